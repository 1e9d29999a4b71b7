import { createHash } from 'node:crypto';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findPayment } from '../payments/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { askOrder, noteTold } from './ask-orders.ts';
import { bookTransactions } from './book.ts';
import { trouble } from './create-order.ts';
import { type Answered, type Gateway, GatewayError, type Json, ranks } from './gateway.ts';
import { logMidtrans } from './log-queries.ts';
import { changeOrder, findOrder, lockOrder, type OrderRow } from './order-queries.ts';
import type { Gateways } from './process-inbox.ts';
import { heldTransaction, resolveHeld, transactionOfPayment } from './transaction-queries.ts';

/** The gateway of an order. @throws {AppError} gateway_off */
function gatewayOf(gateways: Gateways, { gateway: name }: OrderRow): Gateway {
  const gateway = gateways.get(name);
  if (gateway === undefined) throw new AppError('gateway_off');
  return gateway;
}

/**
 * Asks the gateway now, and brings the books in line; of a transfer there is nobody to ask.
 * @throws {AppError} gateway_off @throws {GatewayError}
 */
export async function checkOrder(
  kit: Kit,
  gateways: Gateways,
  onChanged: OnSubscriptionsChanged,
  order: OrderRow,
): Promise<Answered> {
  if (order.gateway === 'transfer') return { state: undefined, isOver: false, answer: {} };
  const answered = await askOrder(kit, gatewayOf(gateways, order), order);
  await bookTransactions(kit, onChanged);
  return answered;
}

/**
 * Takes an order back, at its gateway too. What the gateway does not know yet, because nobody chose how to pay, cannot be cancelled
 * there; it runs out by itself.
 * @throws {AppError} order_not_open, gateway_off @throws {GatewayError}
 */
export async function cancelOrder(
  kit: Kit,
  gateways: Gateways,
  author: Author,
  order: OrderRow,
): Promise<Json> {
  if (order.status !== 'open' && order.status !== 'creating') throw new AppError('order_not_open');
  const answer = order.gateway === 'transfer' ? {} : await gatewayOf(gateways, order).cancel(order);
  await inTransaction(kit.db, async (tx) => {
    const status = await lockOrder(tx, order.id);
    const at = instantText(kit.clock.now());
    // Its money may have come meanwhile; what its gateway says of it then counts.
    if (status === 'paid' && order.gateway === 'transfer') throw new AppError('order_not_open');
    // It is asked about once more: the customer may have been faster.
    await changeOrder(
      tx,
      order.id,
      {
        ...(status === 'paid' ? {} : { status: 'cancelled' }),
        next_check_at: order.gateway === 'transfer' ? null : instantText(kit.clock.now().add({ minutes: 1 })),
      },
      at,
    );
    if (order.gateway === 'midtrans')
      await logMidtrans(
        tx,
        [{ invoice_id: order.invoice_id, order_id: order.order_id, event: 'cancel', response: answer }],
        at,
      );
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment_order.cancelled',
        subjectType: 'payment_order',
        subjectId: order.id,
        before: { status: order.status },
        after: { status: 'cancelled' },
      },
    ]);
  });
  return answer;
}

/** Notes a transfer that arrived; two who note it at once note it once. @throws {AppError} order_not_open, validation_failed */
export async function receiveTransfer(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  order: OrderRow,
  {
    amount = order.amount,
    reference,
  }: { readonly amount?: string | undefined; readonly reference?: string | undefined },
): Promise<void> {
  if (order.gateway !== 'transfer') throw new AppError('order_not_open');
  await inTransaction(kit.db, async (tx) => {
    const status = await lockOrder(tx, order.id);
    if (status !== 'open' && status !== 'expired') throw new AppError('order_not_open');
    const at = instantText(kit.clock.now());
    const state = {
      transactionId: order.order_id,
      status: 'received',
      rank: ranks.settled,
      gross: amount,
      credited: amount,
      refunded: '0.00',
      kept: amount,
      method: 'transfer',
      paidAt: at,
      isPartUnknown: false,
      isPlain: true,
    };
    await noteTold(tx, [{ order, state, confirmed: true, at }], at);
    await changeOrder(tx, order.id, { next_check_at: null }, at);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment_order.received',
        subjectType: 'payment_order',
        subjectId: order.id,
        after: { amount, reference: reference ?? null },
      },
    ]);
  });
  await bookTransactions(kit, onChanged);
}

/** A person says what is the provider's of money that the gateway was not clear about. @throws {AppError} order_not_held */
export async function resolveOrder(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  order: OrderRow,
  {
    transaction_id: transactionId,
    kept,
    reason,
  }: { readonly transaction_id: string; readonly kept: string; readonly reason: string },
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    const held = await heldTransaction(tx, order.id, transactionId);
    if (!held) throw new AppError('order_not_held');
    if (Number(kept) > Number(held.gross))
      throw fieldError('kept', {
        en: `The customer paid ${held.gross}; no more than that can be kept.`,
        id: `Pelanggan membayar ${held.gross}; tidak bisa lebih dari itu.`,
      });
    await resolveHeld(tx, held.id, kept, at);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment_order.resolved',
        subjectType: 'payment_order',
        subjectId: order.id,
        after: { transaction_id: transactionId, kept, reason },
      },
    ]);
  });
  await bookTransactions(kit, onChanged);
}

/**
 * Gives money of a payment back through its gateway; the books follow what the gateway then says. Asked for twice with one key, or twice
 * at once, it is given back once.
 * @throws {AppError} not_found, payment_reversed, refund_not_possible, gateway_off, gateway_trouble, validation_failed
 */
export async function refundPayment(
  kit: Kit,
  gateways: Gateways,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  paymentId: string,
  {
    amount,
    reason,
    idempotency_key: key,
  }: {
    readonly amount?: string | undefined;
    readonly reason: string;
    readonly idempotency_key?: string | undefined;
  },
): Promise<void> {
  const payment = await findPayment(kit.db, paymentId);
  if (!payment) throw new AppError('not_found');
  if (payment.reversed_at !== null) throw new AppError('payment_reversed');
  const transaction = await transactionOfPayment(kit.db, paymentId);
  const order = transaction === undefined ? undefined : await findOrder(kit.db, transaction.payment_order_id);
  if (!transaction || !order || order.gateway === 'transfer') throw new AppError('refund_not_possible');
  const gateway = gatewayOf(gateways, order);
  if (gateway.refund === undefined) throw new AppError('refund_not_possible');
  const wanted = Number(amount ?? transaction.kept);
  if (!Number.isInteger(wanted) || wanted > Number(transaction.kept))
    throw fieldError('amount', {
      en: `Use whole rupiah, at most ${transaction.kept}.`,
      id: `Gunakan rupiah bulat, paling banyak ${transaction.kept}.`,
    });
  // Whoever repeats the same request means the same refund.
  const refundKey = createHash('sha256')
    .update(JSON.stringify([transaction.id, key ?? transaction.refunded, wanted]))
    .digest('hex')
    .slice(0, 32);
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    // Found by the sweep where the answer is lost.
    await changeOrder(tx, order.id, { next_check_at: instantText(kit.clock.now().add({ minutes: 1 })) }, at);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment.refund_asked',
        subjectType: 'payment',
        subjectId: paymentId,
        after: { amount: `${wanted}.00`, reason, refund_key: refundKey },
      },
    ]);
  });
  try {
    const answer = await gateway.refund(order, { key: refundKey, amount: wanted, reason });
    if (order.gateway === 'midtrans')
      await logMidtrans(
        kit.db,
        [
          {
            invoice_id: order.invoice_id,
            order_id: order.order_id,
            transaction_id: transaction.transaction_id,
            event: 'refund',
            request: { refund_key: refundKey, amount: wanted, reason },
            response: answer,
          },
        ],
        instantText(kit.clock.now()),
      );
    await checkOrder(kit, gateways, onChanged, order);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.kind === 'unclear') throw trouble(error);
    throw new AppError('refund_not_possible', {
      message: {
        en: `${error.message}. Give the money back yourself, then reverse the payment.`,
        id: `Payment gateway: ${error.message}. Kembalikan uangnya sendiri, lalu batalkan pembayarannya.`,
      },
    });
  }
}
