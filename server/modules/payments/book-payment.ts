import type { Tx } from '#kit/db.ts';
import { accountOf, post } from '../ledger/index.ts';
import type { PaymentRow } from './queries.ts';
import { amountLeft } from './rules.ts';

/**
 * Books a payment on `day`: what it paid of its invoice, and what went to the customer's balance. A reversed one is booked
 * the other way round.
 */
export async function bookPayment(
  tx: Tx,
  payment: PaymentRow,
  customerId: string,
  act: 'taken' | 'reversed',
  day: string,
  at: string,
): Promise<void> {
  // What came through a gateway lies there, whatever it was paid with.
  const account = payment.midtrans_transaction_id === null ? accountOf(payment.method) : 'gateway';
  const sign = act === 'reversed' ? '-' : '';
  const move = (credit: string, amount: string) => ({
    debit: account,
    credit,
    amount: `${sign}${amount}`,
    customerId,
    invoiceId: payment.invoice_id,
    paymentId: payment.id,
  });
  const moves = [
    move('receivable', amountLeft(payment.amount, payment.to_balance)),
    move('customer_balance', payment.to_balance),
  ];
  await post(tx, moves, { day, kind: act === 'taken' ? 'payment' : 'payment_reversed', at });
}
