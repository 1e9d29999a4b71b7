import type { Body } from '../payments/notification.ts';
import { jakartaTime, money, signatureOf } from './formats.ts';
import { fieldsOf, tellsFraud } from './payment-types.ts';
import type { Status } from './statuses.ts';
import { refunded, type Transaction } from './transaction.ts';

/** Who asks and is told: the account. */
export interface Account {
  readonly serverKey: string;
  readonly merchantId: string;
}

/** The code that goes with a status (docs.midtrans.com/reference/code-statuses); a challenge is not decided yet. */
function codeOf({ status, fraud }: Transaction): '200' | '201' | '202' {
  if (status === 'pending' || (status === 'capture' && fraud === 'challenge')) return '201';
  return ['deny', 'cancel', 'expire'].includes(status) ? '202' : '200';
}

/**
 * Answers have other codes than notifications: 407 for an expired transaction (a client must not take that for an error) and 200
 * for a cancelled one (docs.midtrans.com/reference/cancel-transaction; the official PHP client excepts 407).
 */
function answerCodeOf(transaction: Transaction): string {
  if (transaction.status === 'expire') return '407';
  return transaction.status === 'cancel' ? '200' : codeOf(transaction);
}

/** What a notification says. */
export const notificationOf = (account: Account, transaction: Transaction): Body =>
  describe(account, transaction, codeOf(transaction), 'midtrans payment notification');

/** What GET status says. ShopeePay's `PENDING` with 200 is as in docs.midtrans.com/reference/get-transaction-status. */
export function statusOf(account: Account, transaction: Transaction): Body {
  const message = 'Success, transaction is found';
  if (transaction.status === 'pending' && transaction.choice.payment_type === 'shopeepay')
    return describe(account, transaction, '200', message, 'PENDING');
  return describe(account, transaction, answerCodeOf(transaction), message);
}

/** What an act on a transaction answers, with fields of its own. */
export const answerOf = (
  account: Account,
  transaction: Transaction,
  message: string,
  more: Body = {},
): Body => ({
  ...describe(account, transaction, answerCodeOf(transaction), message),
  ...more,
});

function describe(
  { serverKey, merchantId }: Account,
  transaction: Transaction,
  code: string,
  message: string,
  status: Status | 'PENDING' = transaction.status,
): Body {
  const { order, choice, fraud, settledAt, expiresAt } = transaction;
  const amount = money(transaction.amount);
  const paid = settledAt === undefined ? undefined : { at: jakartaTime(settledAt), amount };
  return {
    transaction_time: jakartaTime(transaction.at),
    transaction_status: status,
    transaction_id: transaction.id,
    status_message: message,
    status_code: code,
    signature_key: signatureOf(order.id, code, amount, serverKey),
    payment_type: choice.payment_type,
    order_id: order.id,
    merchant_id: merchantId,
    gross_amount: amount,
    currency: 'IDR',
    expiry_time: jakartaTime(expiresAt),
    ...(paid === undefined ? {} : { settlement_time: paid.at }),
    ...(tellsFraud(choice) ? { fraud_status: fraud } : {}),
    ...fieldsOf(choice, transaction.serial, paid),
    ...refundsOf(transaction),
    ...feeOf(transaction),
    ...order.customFields,
  };
}

/** Given back, as in docs.midtrans.com/reference/refund-transaction; the sum is of all. */
function refundsOf(transaction: Transaction): Body {
  if (transaction.refunds.length === 0) return {};
  return {
    refund_amount: money(refunded(transaction)),
    refunds: transaction.refunds.map(({ number, amount, at, reason, key, confirmedAt }) => ({
      refund_chargeback_id: number,
      refund_amount: money(amount),
      created_at: jakartaTime(at),
      reason,
      refund_key: key,
      ...(confirmedAt === undefined
        ? {}
        : { refund_method: 'online', bank_confirmed_at: jakartaTime(confirmedAt) }),
    })),
  };
}

/** Numbers and texts are mixed as in the sample of Midtrans' documentation. */
function feeOf({ order, amount, fee }: Transaction): Body {
  if (fee === undefined || fee.told === 'nowhere') return {};
  const info = {
    gross_amount_info: {
      original_amount: `${order.amount}`,
      gross_amount: amount,
      customer_imposed_payment_fee: `${fee.amount}`,
    },
  };
  return fee.told === 'extra_info' ? { extra_info: info } : { metadata: { extra_info: info } };
}
