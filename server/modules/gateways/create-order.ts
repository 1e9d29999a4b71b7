import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { noteGatewayOrder } from '../billing/index.ts';
import { type Gateway, GatewayError, type GatewayName, type MadeOrder } from './gateway.ts';
import { logMidtrans } from './log-queries.ts';
import {
  changeOrder,
  freeTransferAmount,
  insertOrder,
  type OrderRow,
  type OrderSubject,
  reusableOrder,
  subjectOf,
} from './order-queries.ts';
import { payUrl } from './pay-link.ts';
import type { Gateways } from './process-inbox.ts';

const validHours = 24;
/** One that can be paid for less than this is not given to anybody any more. */
const leastMinutes = 15;

/**
 * An order to pay what is left of an invoice: one that stands already, or a new one. It is written before the gateway is asked, so
 * that money for it is known whatever becomes of the answer.
 * @throws {AppError} validation_failed, invoice_paid, invoice_cancelled, invoice_draft, gateway_off, gateway_trouble
 */
export async function createOrder(
  kit: Kit,
  gateways: Gateways,
  author: Author,
  {
    invoice_id: invoiceId,
    gateway: name,
  }: { readonly invoice_id: string; readonly gateway: GatewayName | 'transfer' },
): Promise<OrderRow> {
  const subject = await payable(kit, invoiceId);
  const now = kit.clock.now();
  // Gateways take whole rupiah.
  const amount = `${Math.ceil(Number(subject.left_to_pay))}.00`;
  const until = instantText(now.add({ minutes: leastMinutes }));
  const most = name === 'transfer' ? `${Number(amount) + 999}.00` : amount;
  const known = await reusableOrder(kit.db, { gateway: name, invoiceId, least: amount, most, until });
  if (known) return known;
  if (name === 'transfer') return insertTransfer(kit, author, invoiceId, subject, amount);
  const gateway = gateways.get(name);
  if (gateway === undefined) throw new AppError('gateway_off');
  const order = await insertNumbered(kit, author, subject, async (orderId) => ({
    ...common(kit, name, invoiceId, author),
    order_id: orderId,
    amount,
    status: 'creating',
    next_check_at: instantText(now.add({ minutes: 2 })),
  }));
  return askFor(kit, gateway, order, subject);
}

/** @throws {AppError} */
async function payable(kit: Kit, invoiceId: string): Promise<OrderSubject> {
  const subject = await subjectOf(kit.db, invoiceId);
  if (!subject)
    throw fieldError('invoice_id', { en: 'There is no such invoice.', id: 'Tagihan ini tidak ada.' });
  if (subject.status === 'paid') throw new AppError('invoice_paid');
  if (subject.status === 'cancelled') throw new AppError('invoice_cancelled');
  if (subject.status === 'draft') throw new AppError('invoice_draft');
  return subject;
}

const common = (kit: Kit, gateway: string, invoiceId: string, author: Author) => {
  const now = kit.clock.now();
  return {
    id: newId(kit.clock),
    gateway,
    invoice_id: invoiceId,
    expires_at: instantText(now.add({ hours: validHours })),
    created_by: author.userId ?? null,
    created_at: instantText(now),
    updated_at: instantText(now),
  };
};

/** Two at once in the same millisecond get numbers, and sums of transfers, that follow each other (decisions.md, Network). */
async function insertNumbered(
  kit: Kit,
  author: Author,
  { invoice_number: number }: OrderSubject,
  row: (orderId: string, tx: Tx) => Promise<Parameters<typeof insertOrder>[1]>,
): Promise<OrderRow> {
  for (let attempt = 0; ; attempt += 1) {
    const time = (kit.clock.now().epochMilliseconds + attempt).toString(36);
    const orderId = `${(number ?? 'INV').replace(/[^A-Za-z0-9._~-]/g, '-').slice(0, 38)}-${time}`;
    try {
      return await inTransaction(kit.db, async (tx) => {
        const order = await insertOrder(tx, await row(orderId, tx));
        if (author.userId !== undefined)
          await recordChanges(tx, kit.clock, author, [
            {
              action: 'payment_order.created',
              subjectType: 'payment_order',
              subjectId: order.id,
              after: order,
            },
          ]);
        return order;
      });
    } catch (error) {
      const taken = violatedConstraint(error);
      const isTaken =
        taken === 'payment_orders_order_id_unique' || taken === 'payment_orders_transfer_amount';
      if (!isTaken || attempt >= 20) throw error;
    }
  }
}

/** A transfer tells whose it is by its sum: a few rupiah more than is owed, which go to the customer's balance. */
async function insertTransfer(
  kit: Kit,
  author: Author,
  invoiceId: string,
  subject: OrderSubject,
  amount: string,
): Promise<OrderRow> {
  const rest = common(kit, 'transfer', invoiceId, author);
  const expires = instantText(kit.clock.now().add({ hours: transferHours }));
  return insertNumbered(kit, author, subject, async (orderId, tx) => {
    const unique = await freeTransferAmount(tx, amount);
    if (unique === undefined) throw new AppError('limit_reached', { message: allTaken });
    return {
      ...rest,
      order_id: orderId,
      amount: unique,
      status: 'open',
      expires_at: expires,
      next_check_at: expires,
    };
  });
}

/** Banks may take a weekend. */
const transferHours = 72;

const allTaken = {
  en: 'Too many transfers of this sum are awaited. Pay online, or try again tomorrow.',
  id: 'Terlalu banyak transfer sebesar ini yang ditunggu. Bayar online, atau coba lagi besok.',
};

async function askFor(kit: Kit, gateway: Gateway, order: OrderRow, subject: OrderSubject): Promise<OrderRow> {
  const note = async (made: MadeOrder | GatewayError): Promise<OrderRow> => {
    const at = instantText(kit.clock.now());
    const isMade = !(made instanceof GatewayError);
    const change = isMade
      ? { status: 'open', gateway_id: made.gatewayId, token: made.token, url: made.url, last_error: null }
      : made.kind === 'refused'
        ? { status: 'failed', last_error: made.message, next_check_at: null }
        : { last_error: made.message };
    await inTransaction(kit.db, async (tx) => {
      await changeOrder(tx, order.id, change, at);
      if (isMade)
        await noteGatewayOrder(tx, order.invoice_id, {
          payment_url: made.url,
          ...(gateway.name === 'midtrans' ? { midtrans_order_id: order.order_id } : {}),
        });
      if (gateway.name === 'midtrans')
        await logMidtrans(
          tx,
          [
            {
              invoice_id: order.invoice_id,
              order_id: order.order_id,
              event: 'create',
              ...(isMade
                ? { request: made.request, response: made.response }
                : { response: { error: made.message } }),
            },
          ],
          at,
        );
    });
    return { ...order, ...change };
  };
  try {
    const made = await gateway.create({
      orderId: order.order_id,
      amount: Math.round(Number(order.amount)),
      itemId: order.invoice_id,
      description: `Internet ${subject.invoice_number ?? ''}`.trim(),
      customer: subject,
      expiresAt: Temporal.Instant.from(order.expires_at),
      now: kit.clock.now(),
      returnUrl: payUrl(kit, order.invoice_id),
    });
    return await note(made);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    await note(error);
    throw trouble(error);
  }
}

/** The refusal that tells people what a gateway said. */
export function trouble(error: GatewayError): AppError {
  return new AppError('gateway_trouble', {
    message: {
      en: `${error.message}. Nothing was booked; try again in a moment.`,
      id: `Payment gateway: ${error.message}. Tidak ada yang dibukukan; coba lagi sebentar.`,
    },
  });
}
