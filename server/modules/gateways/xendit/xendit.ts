import { z } from 'zod';
import type { XenditConfig } from '#kit/config.ts';
import { sameText } from '#kit/crypto.ts';
import { amount, less } from '../amounts.ts';
import { type Asked, ask } from '../ask.ts';
import {
  type AskedOrder,
  type Gateway,
  GatewayError,
  type Json,
  kindOf,
  type MoneyState,
  ranks,
} from '../gateway.ts';
import { isAddress, storable, wordIn } from '../words-in.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => storable(value) === value);

/** An invoice of Xendit's, in answers and callbacks alike (developers.xendit.co/api-reference, Invoices). */
const invoiceSchema = z.looseObject({
  id: text,
  external_id: text,
  status: text,
  amount,
  paid_amount: amount.optional(),
  paid_at: z.iso.datetime({ offset: true }).optional(),
  currency: z.literal('IDR').optional(),
  fees: z
    .array(z.looseObject({ value: amount }))
    .max(20)
    .optional(),
});

/** Xendit's invoices. Money goes back in its dashboard alone. */
export function xenditGateway({ secretKey, callbackToken, apiUrl }: XenditConfig): Gateway {
  const get = (path: string) => ask(`${apiUrl}${path}`, secretKey, 'GET');
  /** By its id, or by ours where the answer that told it was lost; of several the one that was paid, else the newest. */
  const find = async ({ order_id: orderId, gateway_id: id }: AskedOrder): Promise<Json | undefined> => {
    if (id !== null) return accepted(await get(`/v2/invoices/${encodeURIComponent(id)}`));
    const { list } = accepted(await get(`/v2/invoices?external_id=${encodeURIComponent(orderId)}`));
    const found = (Array.isArray(list) ? list : []).filter(isObject);
    return found.find(({ status }) => status === 'PAID' || status === 'SETTLED') ?? found[0];
  };
  /** The only way to take an invoice back; one that is paid is refused. */
  const expire = async (order: AskedOrder): Promise<Json> => {
    const id = order.gateway_id ?? (await find(order))?.id;
    if (typeof id !== 'string') throw new GatewayError('refused', 'Xendit does not know this order');
    return accepted(await ask(`${apiUrl}/invoices/${encodeURIComponent(id)}/expire!`, secretKey, 'POST'));
  };
  return {
    name: 'xendit',
    async create({ orderId, amount: asked, description, customer, expiresAt, now, returnUrl }) {
      const request = {
        external_id: orderId,
        amount: asked,
        currency: 'IDR',
        description: description.slice(0, 255),
        invoice_duration: Math.max(60, Math.floor(now.until(expiresAt).total('seconds'))),
        success_redirect_url: returnUrl,
        failure_redirect_url: returnUrl,
        customer: {
          given_names: customer.name.slice(0, 255),
          ...(customer.email === null ? {} : { email: customer.email }),
        },
      };
      const response = accepted(await ask(`${apiUrl}/v2/invoices`, secretKey, 'POST', request));
      const { id, invoice_url: url } = response;
      if (typeof id !== 'string' || typeof url !== 'string' || !isAddress(url))
        throw new GatewayError('unclear', 'Xendit answered without an invoice');
      return { gatewayId: id, token: null, url, request, response };
    },
    async status(order) {
      const found = await find(order);
      if (found === undefined) return { state: undefined, isOver: false, answer: {} };
      const state = readInvoice(found, order);
      return { state, isOver: state.rank >= ranks.failed, answer: found };
    },
    cancel: expire,
    expire,
    readNotification(body, headers) {
      if (!isObject(body)) return undefined;
      const { external_id: orderId, status } = body;
      if (typeof orderId !== 'string' || orderId === '' || orderId.length > 200) return undefined;
      const token = headers['x-callback-token'];
      const isGenuine = typeof token === 'string' && sameText(token, callbackToken);
      return {
        verdict: isGenuine ? 'genuine' : 'forged',
        orderId,
        status: wordIn(status).slice(0, 50),
      };
    },
    stateIn(body, order) {
      try {
        return readInvoice(body, order);
      } catch (error) {
        if (error instanceof GatewayError) return undefined;
        throw error;
      }
    },
  };
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const rankOf: Readonly<Record<string, number>> = {
  PENDING: ranks.pending,
  EXPIRED: ranks.failed,
  PAID: ranks.captured,
  SETTLED: ranks.settled,
};

/** @throws {GatewayError} unclear where it cannot be understood */
function readInvoice(body: unknown, order: AskedOrder): MoneyState {
  const parsed = invoiceSchema.safeParse(body);
  if (!parsed.success || parsed.data.external_id !== order.order_id)
    throw new GatewayError('unclear', 'Xendit answered something that is not about this order');
  const { id, status, amount: asked, paid_amount: paid, paid_at: paidAt, fees = [] } = parsed.data;
  const rank = rankOf[status];
  if (rank === undefined)
    throw new GatewayError('unclear', `Xendit says “${status}”, which is not known here`);
  const isPaid = rank >= ranks.captured;
  const gross = isPaid ? (paid ?? asked) : asked;
  const withoutFees = fees.reduce((rest, { value }) => less(rest, value), gross);
  // Xendit tells its fees, so what is above what was asked is the customer's.
  const credited = withoutFees;
  return {
    transactionId: id,
    status: status.toLowerCase(),
    rank,
    gross,
    credited,
    refunded: '0.00',
    kept: isPaid ? credited : '0.00',
    method: 'xendit',
    paidAt: isPaid ? (paidAt ?? null) : null,
    isPartUnknown: false,
    isPlain: withoutFees === order.amount,
  };
}

function accepted({ status, body }: Asked): Json {
  if (status >= 200 && status < 300 && body.error_code === undefined) return body;
  throw new GatewayError(
    kindOf(status),
    `Xendit answered ${status}: ${wordIn(body.message) || wordIn(body.error_code)}`,
  );
}
