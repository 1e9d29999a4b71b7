import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { lockInvoice } from '../billing/index.ts';
import { lockFunds } from '../ledger/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { newestBalancePayment } from './balance-queries.ts';
import { reverseLocked } from './change-payment.ts';
import { lockForPayment } from './gateway-queries.ts';
import { findPayment, lockPayment } from './queries.ts';
import { isMore } from './rules.ts';
import { takeGatewayMoney } from './take-gateway-money.ts';

export type Returned =
  /** What stands for the transaction now, if anything is left of it; what a person reversed still does. */
  | { readonly payment: string | undefined; readonly customers: readonly string[] }
  /** What it left on the balance is spent: this payment from the balance has to be reversed first, if there is one. */
  | { readonly spentBy: string | undefined };

/**
 * Takes a gateway's payment back into the books, but for what was kept of it, which is a payment of its own. One that a person
 * had reversed already is left as it is.
 */
export async function returnGatewayMoney(
  kit: Kit,
  tx: Tx,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  { paymentId, kept, reason }: { readonly paymentId: string; readonly kept: string; readonly reason: string },
): Promise<Returned> {
  const found = await findPayment(tx, paymentId);
  if (!found) throw new Error(`There is no payment ${paymentId}.`);
  await lockForPayment(tx, [found.invoice_id]);
  const invoice = await lockInvoice(tx, found.invoice_id);
  const payment = await lockPayment(tx, paymentId);
  if (!invoice || !payment) throw new Error(`There is no payment ${paymentId}.`);
  if (payment.reversed_at !== null) return { payment: paymentId, customers: [] };
  const at = instantText(kit.clock.now());
  const funds = await lockFunds(tx, invoice.customer_id, at);
  if (isMore(payment.to_balance, funds.balance))
    return { spentBy: await newestBalancePayment(tx, invoice.customer_id) };
  await reverseLocked(kit, tx, author, invoice, payment, reason);
  if (!isMore(kept, '0.00')) return { payment: undefined, customers: [] };
  const { payments, customers } = await takeGatewayMoney(kit, tx, onChanged, author, [
    {
      invoice_id: payment.invoice_id,
      amount: kept,
      method: payment.method,
      paid_at: payment.payment_date,
      transaction_id: payment.transaction_id ?? paymentId,
      midtrans_transaction_id: payment.midtrans_transaction_id,
      midtrans_status: payment.midtrans_transaction_id === null ? null : 'partial_refund',
    },
  ]);
  return { payment: [...payments.values()][0], customers };
}
