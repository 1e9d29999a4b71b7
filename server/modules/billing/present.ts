import type { z } from 'zod';
import type {
  billingLogSchema,
  billingRunRecordSchema,
  chargeSchema,
  creditNoteSchema,
  invoiceSchema,
  runItemSchema,
  runPreviewSchema,
} from '#contract';
import type { ChargeRow } from './charge-queries.ts';
import type { CreditNoteRow } from './credit-note-queries.ts';
import type { Preview } from './preview-run.ts';
import type { BillingLogRow, InvoiceRow, InvoiceWithCustomer } from './queries.ts';
import { type Counts, countsOf } from './run-progress.ts';
import type { ItemRow, RunRow } from './run-row-queries.ts';

type Invoice = z.input<typeof invoiceSchema>;
type Charge = z.input<typeof chargeSchema>;
type BillingLog = z.input<typeof billingLogSchema>;

export function presentInvoice(row: InvoiceRow | InvoiceWithCustomer): Invoice {
  // The column's check allows just the contract's values.
  return { ...row, status: row.status as Invoice['status'] };
}

export function presentCharge(row: ChargeRow): Charge {
  // The column's check allows just the contract's values.
  return { ...row, kind: row.kind as Charge['kind'] };
}

export function presentCreditNote(row: CreditNoteRow): z.input<typeof creditNoteSchema> {
  // Only what the schema says is ever written into lines.
  return { ...row, lines: row.lines as z.input<typeof creditNoteSchema>['lines'] };
}

export function presentBillingLog(row: BillingLogRow): BillingLog {
  // Only objects are ever written into meta.
  return { ...row, meta: row.meta as BillingLog['meta'] };
}

type Run = z.input<typeof billingRunRecordSchema>;

export function presentRun(row: RunRow): Run {
  const { id, subscription_id, error, retry_of, started_by, finished_at } = row;
  return {
    id,
    date: row.billed_to,
    subscription_id,
    // Only the contract's values are ever written into these.
    steps: row.steps as Run['steps'],
    finished_steps: row.finished_steps as Run['steps'],
    state: row.state as Run['state'],
    failed_step: row.failed_step as Run['failed_step'],
    error,
    retry_of,
    started_by,
    started_at: row.created_at,
    finished_at,
    ...countsOf(row.counts as Partial<Counts>),
  };
}

export function presentRunItem(row: ItemRow): z.input<typeof runItemSchema> {
  // Only objects are ever written into meta.
  return { ...row, meta: row.meta as BillingLog['meta'] };
}

export function presentPreview({
  counts,
  items,
  total,
  ...preview
}: Preview & {
  readonly date: string;
  readonly subscription_id: string | null;
}): z.input<typeof runPreviewSchema> {
  return { ...preview, ...counts, items: items.map(presentRunItem), items_total: total };
}
