import { z } from 'zod';
import { amount, amountIn, less, smaller } from '../amounts.ts';
import { GatewayError, type MoneyState, ranks } from '../gateway.ts';
import { storable } from '../words-in.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => storable(value) === value);

/** What Midtrans says of a transaction, in answers and notifications alike. It adds fields without notice. */
const transactionSchema = z.looseObject({
  status_code: text,
  transaction_status: text,
  transaction_id: text,
  order_id: text,
  gross_amount: amount,
  currency: z.literal('IDR').optional(),
  payment_type: text.optional(),
  fraud_status: text.optional(),
  settlement_time: text.optional(),
  transaction_time: text.optional(),
  refund_amount: amount.optional(),
  metadata: z.unknown().optional(),
  extra_info: z.unknown().optional(),
});

type Transaction = z.output<typeof transactionSchema>;

/** Spec 3, MidtransService::mapPaymentType. */
const methods: Readonly<Record<string, string>> = {
  gopay: 'gopay',
  qris: 'qris',
  bank_transfer: 'transfer',
  echannel: 'transfer',
  bca_klikpay: 'transfer',
  cimb_clicks: 'transfer',
  danamon_online: 'transfer',
};

/**
 * The money of an order by what Midtrans says (docs.midtrans.com/docs/transaction-status-cycle). `asked` is what the order asked for.
 * @throws {GatewayError} unclear where it cannot be understood: an unknown state is never taken for another (field.md 8)
 */
export function readTransaction(body: unknown, orderId: string, asked: string): MoneyState {
  const parsed = transactionSchema.safeParse(body);
  if (!parsed.success || parsed.data.order_id !== orderId)
    throw new GatewayError('unclear', 'Midtrans answered something that is not about this order');
  const transaction = parsed.data;
  const status = transaction.transaction_status.toLowerCase();
  const rank = rankOf(transaction, status);
  const { gross_amount: gross } = transaction;
  const original = originalAmount(transaction);
  // Fees that customers pay on top are not the invoice's.
  const credited = smaller(original ?? asked, gross);
  const given = transaction.refund_amount;
  const isReturned = rank === ranks.returned;
  const isPart = rank === ranks.partlyReturned;
  const refunded =
    isReturned && status === 'refund' ? credited : isPart ? smaller(given ?? '0.00', credited) : '0.00';
  const isPaid = rank === ranks.captured || rank === ranks.settled || isPart;
  return {
    transactionId: transaction.transaction_id,
    status,
    rank,
    gross,
    credited,
    refunded,
    kept: isPaid ? less(credited, refunded) : '0.00',
    method: methods[transaction.payment_type ?? ''] ?? 'midtrans',
    paidAt:
      isPaid || isReturned ? instantIn(transaction.settlement_time ?? transaction.transaction_time) : null,
    isPartUnknown: isPart && given === undefined,
    isPlain: gross === asked || original === asked,
  };
}

function rankOf({ status_code: code, fraud_status: fraud }: Transaction, status: string): number {
  switch (status) {
    case 'pending':
      return ranks.pending;
    case 'authorize':
      return ranks.authorized;
    case 'capture':
      return code === '200' && (fraud ?? 'accept') === 'accept' ? ranks.captured : ranks.authorized;
    case 'settlement':
      if (code !== '200') break;
      return ranks.settled;
    case 'deny':
    case 'cancel':
    case 'expire':
    case 'failure':
      return ranks.failed;
    case 'partial_refund':
    case 'partial_chargeback':
      return ranks.partlyReturned;
    case 'refund':
    case 'chargeback':
      return ranks.returned;
  }
  throw new GatewayError('unclear', `Midtrans says “${status}” with ${code}, which is not known here`);
}

const objectIn = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** What the order asked for, before the fee that its customer pays (protocols.md, Midtrans); it stands in two places. */
function originalAmount({ metadata, extra_info: extra }: Transaction): string | undefined {
  const info = objectIn(metadata, 'extra_info') ?? extra;
  return amountIn(objectIn(objectIn(info, 'gross_amount_info'), 'original_amount'));
}

/** Midtrans' times are those of Jakarta, and do not say so. */
function instantIn(time: string | undefined): string | null {
  const [, day, clock] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(time ?? '') ?? [];
  try {
    return day === undefined ? null : Temporal.Instant.from(`${day}T${clock}+07:00`).toString();
  } catch {
    return null;
  }
}
