import { instantText } from '#kit/clock.ts';
import type { LineFault } from '#kit/csv/columns.ts';
import { type CsvLine, type ReadResult, readLines } from '#kit/csv/read-lines.ts';
import { inTransactionIf, type Tx, violatedConstraint } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { insertPastInvoices, type PastContext, type PastInvoice } from '../billing/index.ts';
import { readClosing, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { insertPastPayments, type PastPayment } from '../payments/index.ts';
import { lockImports } from '../subscriptions/index.ts';
import { checkInvoices, type InvoiceChecks } from './check-invoices.ts';
import { type InvoiceValues, invoiceColumns } from './invoice-columns.ts';
import { rememberOrigins } from './source-queries.ts';

export interface InvoicesImported extends ReadResult<LineFault> {
  readonly invoices: number;
  /** Of them, those that got a payment of their whole amount. */
  readonly paid: number;
  readonly unpaid: number;
  readonly cancelled: number;
  readonly alreadyThere: number;
}

export interface ImportInvoicesOptions {
  /** How the file is named in the audit log. */
  readonly fileName: string;
  readonly dryRun?: boolean;
  /** Paid invoices are left open, for a file of payments. */
  readonly paymentsFollow?: boolean;
  readonly onProgress?: (line: number) => void;
}

/**
 * Adds invoices from before from CSV: all lines or, where one is faulty, none, in one transaction. They belong to no
 * subscription, so they extend and suspend nothing; each is booked on its own date, and a paid one is given a payment of its
 * whole amount. A number that is there already for the same customer and amount is passed over, so a file may be run again.
 */
export async function importInvoices(
  kit: Kit,
  author: Author,
  source: AsyncIterable<Uint8Array>,
  options: ImportInvoicesOptions,
): Promise<InvoicesImported> {
  const keep = ({ faultCount }: InvoicesImported) => faultCount === 0 && !options.dryRun;
  const work = () =>
    inTransactionIf(kit.db, keep, async (tx) => {
      await lockImports(tx);
      const { timezone: timeZone } = await readOrganisation(tx);
      const context = { timeZone, today: await organisationToday(kit, tx), at: instantText(kit.clock.now()) };
      const { closed_until: closedUntil } = await readClosing(tx);
      const checks = { tx, today: context.today, closedUntil, numbers: new Map(), customers: new Map() };
      const counts = { invoices: 0, paid: 0, unpaid: 0, cancelled: 0, alreadyThere: 0 };
      const read = await readLines(source, {
        columns: invoiceColumns,
        take: (lines, faulty) => addLines(kit, tx, checks, context, counts, lines, faulty, options),
        onProgress: options.onProgress,
      });
      const result = { ...read, ...counts };
      if (keep(result) && counts.invoices > 0) {
        const { alreadyThere, ...rest } = counts;
        await recordChanges(tx, kit.clock, author, [
          {
            action: 'invoices.imported',
            subjectType: 'import',
            subjectId: null,
            after: { file: options.fileName, lines: read.lines, ...rest, already_there: alreadyThere },
          },
        ]);
      }
      return result;
    });
  try {
    return await refusingClosedBooks(work);
  } catch (error) {
    if (violatedConstraint(error) !== 'invoices_invoice_number_unique') throw error;
    throw new UserError(
      'Somebody took a number of this file at the same moment. Nothing was imported; run it again.',
    );
  }
}

type Counts = { -readonly [K in 'invoices' | 'paid' | 'unpaid' | 'cancelled' | 'alreadyThere']: number };

async function addLines(
  kit: Kit,
  tx: Tx,
  checks: InvoiceChecks,
  context: PastContext,
  counts: Counts,
  lines: readonly CsvLine<InvoiceValues>[],
  faulty: boolean,
  options: ImportInvoicesOptions,
): Promise<readonly LineFault[]> {
  const { fresh, known, faults } = await checkInvoices(checks, lines);
  counts.alreadyThere += known;
  if (faulty || faults.length > 0 || fresh.length === 0) return faults;
  const invoices = fresh.map(({ values, customerId }) => pastInvoice(newId(kit.clock), values, customerId));
  await insertPastInvoices(tx, invoices, context);
  const payments = fresh.flatMap(({ values }, index) => {
    const invoice = invoices[index];
    const isPaid = values.status === 'paid' && !options.paymentsFollow && values.amount !== '0.00';
    return isPaid && invoice ? [paymentOf(newId(kit.clock), invoice, values)] : [];
  });
  if (payments.length > 0) await insertPastPayments(tx, payments, context);
  const numbers = new Map(invoices.map((invoice) => [invoice.id, invoice.number]));
  await rememberOrigins(
    tx,
    'csv',
    [
      ...invoices.map(({ id, number }) => ({ kind: 'invoice' as const, sourceId: number, id })),
      ...payments.map(({ id, invoice_id: invoiceId }) => ({
        kind: 'payment' as const,
        sourceId: wholePaymentOf(numbers.get(invoiceId) ?? ''),
        id,
      })),
    ],
    context.at,
  );
  const isOpen = (status: string) => status === 'unpaid' || (status === 'paid' && options.paymentsFollow);
  counts.invoices += invoices.length;
  counts.paid += fresh.filter(({ values }) => values.status === 'paid' && !options.paymentsFollow).length;
  counts.unpaid += fresh.filter(({ values }) => isOpen(values.status)).length;
  counts.cancelled += fresh.filter(({ values }) => values.status === 'void').length;
  return faults;
}

/** By what the payment is known that a paid invoice was given: a file of payments must not pay it again. */
export const wholePaymentOf = (number: string) => `paid:${number}`;

function pastInvoice(id: string, values: InvoiceValues, customerId: string): PastInvoice {
  const description = [values.description ?? 'Internet', values.period].filter(Boolean).join(', ');
  return {
    id,
    number: values.number,
    customer_id: customerId,
    date: values.date,
    due_date: values.due_date ?? values.date,
    amount: values.amount,
    tax: values.tax ?? '0.00',
    // By whole characters: half of one is not text that can be stored.
    description: [...description].slice(0, 255).join(''),
    cancelled: values.status === 'void',
  };
}

function paymentOf(id: string, invoice: PastInvoice, values: InvoiceValues): PastPayment {
  return {
    id,
    invoice_id: invoice.id,
    customer_id: invoice.customer_id,
    amount: invoice.amount,
    method: values.method ?? 'other',
    date: values.paid_on ?? values.date,
    reference: null,
    notes: null,
  };
}
