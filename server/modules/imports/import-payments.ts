import { instantText } from '#kit/clock.ts';
import type { LineFault } from '#kit/csv/columns.ts';
import { type CsvLine, type ReadResult, readLines } from '#kit/csv/read-lines.ts';
import { inTransactionIf, type Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { lockInvoicesByNumber } from '../billing/index.ts';
import { readClosing, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { insertPastPayments, type PastPayment } from '../payments/index.ts';
import { lockImports } from '../subscriptions/index.ts';
import { checkPayments, knownKeys } from './check-payments.ts';
import { type PaymentValues, paymentColumns } from './payment-columns.ts';
import { importedBefore, type Origin, rememberOrigins } from './source-queries.ts';

export interface PaymentsImported extends ReadResult<LineFault> {
  readonly payments: number;
  readonly alreadyThere: number;
  /** Lines of invoices that were imported as paid: their money is booked already. */
  readonly alreadyPaid: number;
}

export interface ImportPaymentsOptions {
  /** How the file is named in the audit log. */
  readonly fileName: string;
  readonly dryRun?: boolean;
  readonly onProgress?: (line: number) => void;
}

const mostFaults = 100;
const chunk = 5000;

/**
 * Adds payments from before from CSV: all lines or, where one is faulty, none, in one transaction. They pay invoices of no
 * subscription, so they extend and resume nothing; each is booked on its own date. A line imported before is passed over.
 * Holds the whole file: all its invoices are locked at once, in the order in which a run locks them.
 */
export async function importPayments(
  kit: Kit,
  author: Author,
  source: AsyncIterable<Uint8Array>,
  options: ImportPaymentsOptions,
): Promise<PaymentsImported> {
  const lines: CsvLine<PaymentValues>[] = [];
  const read = await readLines(source, {
    columns: paymentColumns,
    take: async (batch) => {
      lines.push(...batch);
      return [];
    },
    onProgress: options.onProgress,
  });
  const keep = ({ faultCount }: PaymentsImported) => faultCount === 0 && !options.dryRun;
  return refusingClosedBooks(() =>
    inTransactionIf(kit.db, keep, async (tx) => {
      await lockImports(tx);
      const invoices = await lockInvoicesByNumber(tx, [
        ...new Set(lines.map(({ values }) => values.invoice)),
      ]);
      const { keys, whole } = knownKeys(lines);
      const known = await importedBefore(tx, 'csv', 'payment', [...keys, ...whole]);
      const { closed_until: closedUntil } = await readClosing(tx);
      const today = await organisationToday(kit, tx);
      const checked = checkPayments({ today, closedUntil, invoices, known, keys }, lines);
      const faults = [...read.faults, ...checked.faults].toSorted((a, b) => a.line - b.line);
      const result = {
        lines: read.lines,
        payments: checked.fresh.length,
        alreadyThere: checked.alreadyThere,
        alreadyPaid: checked.alreadyPaid,
        faults: faults.slice(0, mostFaults),
        faultCount: read.faultCount + checked.faults.length,
      };
      if (result.faultCount > 0) return result;
      await addPayments(kit, tx, checked.fresh, today);
      if (keep(result) && result.payments > 0) {
        await recordChanges(tx, kit.clock, author, [
          {
            action: 'payments.imported',
            subjectType: 'import',
            subjectId: null,
            after: {
              file: options.fileName,
              lines: read.lines,
              payments: result.payments,
              already_there: result.alreadyThere,
              already_paid: result.alreadyPaid,
            },
          },
        ]);
      }
      return result;
    }),
  );
}

async function addPayments(
  kit: Kit,
  tx: Tx,
  fresh: readonly { readonly key: string; readonly payment: Omit<PastPayment, 'id'> }[],
  today: string,
): Promise<void> {
  const at = instantText(kit.clock.now());
  const { timezone: timeZone } = await readOrganisation(tx);
  for (let start = 0; start < fresh.length; start += chunk) {
    const rows = fresh
      .slice(start, start + chunk)
      .map(({ key, payment }) => ({ key, payment: { id: newId(kit.clock), ...payment } }));
    await insertPastPayments(
      tx,
      rows.map((row) => row.payment),
      { timeZone, today, at },
    );
    const origins = rows.map(
      ({ key, payment }): Origin => ({ kind: 'payment', sourceId: key, id: payment.id }),
    );
    await rememberOrigins(tx, 'csv', origins, at);
  }
}
