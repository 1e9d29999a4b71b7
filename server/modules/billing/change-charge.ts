import { instantText } from '#kit/clock.ts';
import type { Db, Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId, newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { type Change, recordChanges } from '../audit/index.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { changePrice, refuseTooDear, refuseTooMany } from '../subscriptions/index.ts';
import {
  type ChargeRow,
  cancelChargeRow,
  countPending,
  findCharge,
  insertCharge,
  issueCharge,
  pendingChargeRows,
} from './charge-queries.ts';
import { refusePastDueDate } from './create-invoice.ts';
import { presentCharge, presentInvoice } from './present.ts';
import { findInvoice } from './queries.ts';
import { totalOf } from './rules.ts';

export interface ChargeInput {
  readonly description: string;
  readonly quantity: number;
  /** Decimal text above zero. */
  readonly unit_price: string;
  /** Take it off instead. */
  readonly credit: boolean;
  readonly taxable: boolean;
  readonly invoice_now: boolean;
  readonly due_date?: string | undefined;
}

/**
 * Charges or credits something once: with the subscription's next period, or at once as an invoice of its own. What a credit
 * has above its invoice goes to the customer's balance.
 * @throws {AppError} not_found, subscription_state, limit_reached, validation_failed, books_closed
 */
export async function createCharge(
  kit: Kit,
  author: Author,
  subscriptionId: string,
  input: ChargeInput,
): Promise<ChargeRow> {
  refuseAmount(input);
  const added = await refusingClosedBooks(() =>
    changePrice(kit, subscriptionId, async (tx, _, at) => {
      // One that is invoiced at once does not wait.
      if (!input.invoice_now) refuseTooMany(await countPending(tx, subscriptionId));
      const { credit, invoice_now: now, due_date: dueDate, ...given } = input;
      const row = await insertCharge(tx, {
        ...given,
        unit_price: credit ? `-${input.unit_price}` : input.unit_price,
        id: newId(kit.clock),
        subscription_id: subscriptionId,
        created_at: at,
        updated_at: at,
      });
      const invoiced = now ? await invoiceNow(kit, tx, author, row, dueDate) : undefined;
      const after = { ...row, invoice_id: invoiced?.subjectId ?? null };
      await recordChanges(tx, kit.clock, author, [
        { action: 'charge.created', subjectType: 'charge', subjectId: row.id, after },
        ...(invoiced ? [invoiced] : []),
      ]);
      return after;
    }),
  );
  if (!added) throw new Error('Nothing was added.');
  return added;
}

/** Cancels a charge that waits; a second time changes nothing. @throws {AppError} not_found, subscription_state, charge_invoiced */
export async function cancelCharge(
  kit: Kit,
  author: Author,
  subscriptionId: string,
  id: string,
): Promise<void> {
  await changePrice(kit, subscriptionId, async (tx, _, at) => {
    const before = await findCharge(tx, subscriptionId, id);
    if (!before) throw new AppError('not_found');
    if (before.invoice_id !== null) throw new AppError('charge_invoiced');
    if (before.cancelled_at !== null) return undefined;
    const after = await cancelChargeRow(tx, id, at);
    await recordChanges(tx, kit.clock, author, [
      { action: 'charge.cancelled', subjectType: 'charge', subjectId: id, before, after },
    ]);
    return after;
  });
}

/** The charges that wait, as a subscription's answer shows them. */
export async function pendingChargesOf(db: Db, subscriptionId: string) {
  return (await pendingChargeRows(db, subscriptionId)).map(presentCharge);
}

/** Returns what the audit log is to say of the invoice. */
async function invoiceNow(
  kit: Kit,
  tx: Tx,
  author: Author,
  { id: chargeId }: ChargeRow,
  dueDate: string | undefined,
): Promise<Change> {
  const today = await organisationToday(kit, tx);
  refusePastDueDate(dueDate ?? today, today);
  const id = await issueCharge(tx, chargeId, {
    today,
    at: instantText(kit.clock.now()),
    runId: null,
    idPrefix: newIdPrefix(kit.clock),
    dueDate: dueDate ?? today,
    log: { action: 'created', message: `Invoiced by ${author.name}` },
  });
  const invoice = await findInvoice(tx, id);
  if (!invoice) throw new Error('The invoice was not inserted.');
  const { customer: _, ...after } = presentInvoice(invoice);
  return { action: 'invoice.created', subjectType: 'invoice', subjectId: id, after };
}

function refuseAmount(input: ChargeInput): void {
  refuseTooDear(input.unit_price, input.quantity);
  if (totalOf([input]) < 1n) {
    throw fieldError('unit_price', {
      en: 'Price times quantity must be at least one rupiah.',
      id: 'Harga kali jumlah harus paling sedikit satu rupiah.',
    });
  }
  if (input.due_date !== undefined && !input.invoice_now) {
    throw fieldError('due_date', {
      en: 'A due date goes with invoice_now: what waits is due with its period.',
      id: 'Jatuh tempo hanya untuk invoice_now: yang menunggu jatuh tempo bersama periodenya.',
    });
  }
}
