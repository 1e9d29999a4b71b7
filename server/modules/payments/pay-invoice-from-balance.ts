import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import {
  applyAmounts,
  lockInvoice,
  lockSubscriptionsOf,
  resumeSettled,
  subscriptionsOfInvoice,
} from '../billing/index.ts';
import { changeFunds, lockFunds } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { nextPayable } from './balance-queries.ts';
import { bookPayment } from './book-payment.ts';
import { presentPayment } from './present.ts';
import { insertPayment, oneAmount } from './queries.ts';
import { nextReceiptNumber } from './receipt-queries.ts';
import { amountLeft, isMore } from './rules.ts';

/** Pays what it can of one invoice from its customer's balance; of one that is not open, or without a balance, nothing. */
export async function payInvoiceFromBalance(
  kit: Kit,
  tx: Tx,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  invoiceId: string,
): Promise<void> {
  const invoice = await lockInvoice(tx, invoiceId);
  if (!invoice || (invoice.status !== 'unpaid' && invoice.status !== 'overdue')) return;
  await lockSubscriptionsOf(tx, invoice);
  const at = instantText(kit.clock.now());
  const { balance } = await lockFunds(tx, invoice.customer_id, at);
  const left = amountLeft(invoice.amount, invoice.amount_paid);
  const amount = isMore(left, balance) ? balance : left;
  if (!isMore(amount, '0.00')) return;
  const today = await organisationToday(kit, tx);
  const context = { at, today, author, paidAt: at, message: 'Paid from the balance', reference: null };
  await applyAmounts(tx, oneAmount(invoiceId, amount), context, onChanged);
  await resumeSettled(tx, subscriptionsOfInvoice(invoiceId), context, onChanged);
  await changeFunds(tx, invoice.customer_id, { balance: `-${amount}` }, at);
  // Last, as for every payment.
  const payment = await insertPayment(tx, {
    id: newId(kit.clock),
    receipt_number: await nextReceiptNumber(tx, today),
    invoice_id: invoiceId,
    amount,
    method: 'balance',
    payment_date: at,
    created_at: at,
    updated_at: at,
  });
  await bookPayment(tx, payment, invoice.customer_id, 'taken', today, at);
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'payment.created',
      subjectType: 'payment',
      subjectId: payment.id,
      after: presentPayment(payment),
    },
  ]);
}

/**
 * Pays a customer's open invoices from the balance, oldest due date first, each in its own transaction: whoever holds the
 * locks of several invoices could wait in a circle with a run, and what a crash leaves out the next run pays. For the same
 * reason a failure is logged, not thrown: what made the balance stands already.
 */
export async function payOpenInvoices(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  customerId: string,
): Promise<void> {
  try {
    for (;;) {
      const invoiceId = await nextPayable(kit.db, customerId);
      if (invoiceId === undefined) return;
      await inTransaction(kit.db, (tx) => payInvoiceFromBalance(kit, tx, onChanged, author, invoiceId));
    }
  } catch (error) {
    kit.log.warn({ err: error, customer_id: customerId }, 'invoices not paid from the balance; the run will');
  }
}
