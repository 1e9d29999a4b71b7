import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { type InvoiceRow, lockInvoice, lockSubscriptionsOf, takeBack } from '../billing/index.ts';
import { changeFunds, lockFunds, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { bookPayment } from './book-payment.ts';
import { presentPayment } from './present.ts';
import { findPayment, lockPayment, type PaymentRow, updatePaymentRow } from './queries.ts';
import { amountLeft, isMore } from './rules.ts';

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
 * suspends as for any open invoice. What it left on the customer's balance is taken back too, unless that was used.
 * @throws {AppError} not_found, payment_reversed, balance_used
 */
export async function reversePayment(
  kit: Kit,
  author: Author,
  id: string,
  reason: string | null,
): Promise<void> {
  await refusingClosedBooks(() =>
    inTransaction(kit.db, async (tx) => {
      const found = await findPayment(tx, id);
      if (!found) throw new AppError('not_found');
      // The invoice first, as when paying, so that the two never wait for each other.
      const invoice = await lockInvoice(tx, found.invoice_id);
      if (!invoice) throw new AppError('not_found');
      await lockSubscriptionsOf(tx, invoice);
      const before = await lockPayment(tx, id);
      if (!before) throw new AppError('not_found');
      if (before.reversed_at !== null) throw new AppError('payment_reversed');
      await reverseLocked(kit, tx, author, invoice, before, reason);
    }),
  );
}

/** Reverses a payment that stands; the locks of its invoice, subscriptions and itself are held. @throws {AppError} balance_used */
export async function reverseLocked(
  kit: Kit,
  tx: Tx,
  author: Author,
  { customer_id: customerId }: InvoiceRow,
  before: PaymentRow,
  reason: string | null,
): Promise<void> {
  const at = instantText(kit.clock.now());
  const after = await updatePaymentRow(tx, before.id, {
    reversed_at: at,
    reversed_by: author.userId ?? null,
    reversal_reason: reason,
    updated_at: at,
  });
  const today = await organisationToday(kit, tx);
  const funds = await lockFunds(tx, customerId, at);
  const givesBack = before.method === 'balance';
  if (isMore(before.to_balance, funds.balance)) throw new AppError('balance_used');
  const amount = amountLeft(before.amount, before.to_balance);
  // One that went to the balance as a whole never touched its invoice.
  if (isMore(amount, '0.00'))
    await takeBack(
      tx,
      { invoiceId: before.invoice_id, amount },
      { at, today, message: `Payment reversed by ${author.name}` },
    );
  await changeFunds(tx, customerId, { balance: givesBack ? before.amount : `-${before.to_balance}` }, at);
  await bookPayment(tx, before, customerId, 'reversed', today, at);
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'payment.reversed',
      subjectType: 'payment',
      subjectId: before.id,
      before: presentPayment(before),
      after: presentPayment(after),
    },
  ]);
}
