import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { lockInvoice, takeBack } from '../billing/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { lockSubscription } from '../subscriptions/index.ts';
import { presentPayment } from './present.ts';
import { findPayment, lockPayment, type PaymentRow, updatePaymentRow } from './queries.ts';

/** Changes the notes; a payment's amount stands. @throws {AppError} not_found */
export async function updatePayment(
  kit: Kit,
  author: Author,
  id: string,
  notes: string | null,
): Promise<PaymentRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockPayment(tx, id);
    if (!before) throw new AppError('not_found');
    const after = await updatePaymentRow(tx, id, { notes, updated_at: instantText(kit.clock.now()) });
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment.updated',
        subjectType: 'payment',
        subjectId: id,
        before: presentPayment(before),
        after: presentPayment(after),
      },
    ]);
    return after;
  });
}

/**
 * Reverses a payment: it stays on record, its invoice is open again, and the time it paid for is unpaid. The run then
 * suspends as for any open invoice. @throws {AppError} not_found, payment_reversed
 */
export async function reversePayment(
  kit: Kit,
  author: Author,
  id: string,
  reason: string | null,
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const found = await findPayment(tx, id);
    if (!found) throw new AppError('not_found');
    // The invoice first, as when paying, so that the two never wait for each other.
    const invoice = await lockInvoice(tx, found.invoice_id);
    if (invoice?.subscription_id) await lockSubscription(tx, invoice.subscription_id);
    const before = await lockPayment(tx, id);
    if (!before) throw new AppError('not_found');
    if (before.reversed_at !== null) throw new AppError('payment_reversed');
    const at = instantText(kit.clock.now());
    const after = await updatePaymentRow(tx, id, {
      reversed_at: at,
      reversal_reason: reason,
      updated_at: at,
    });
    await takeBack(
      tx,
      { invoiceId: before.invoice_id, amount: before.amount },
      { at, today: await organisationToday(kit, tx), message: `Payment reversed by ${author.name}` },
    );
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment.reversed',
        subjectType: 'payment',
        subjectId: id,
        before: presentPayment(before),
        after: presentPayment(after),
      },
    ]);
  });
}
