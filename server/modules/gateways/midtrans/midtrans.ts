import { createHash } from 'node:crypto';
import type { MidtransConfig } from '#kit/config.ts';
import { sameText } from '#kit/crypto.ts';
import { type Asked, ask } from '../ask.ts';
import {
  type AskedOrder,
  type Gateway,
  GatewayError,
  type Json,
  kindOf,
  type NewOrder,
  ranks,
} from '../gateway.ts';
import { isAddress, wordIn } from '../words-in.ts';
import { readTransaction } from './read-transaction.ts';

/** Midtrans: Snap for new orders, the core API for the rest. */
export function midtransGateway({ serverKey, snapUrl, apiUrl }: MidtransConfig): Gateway {
  const core = (method: 'GET' | 'POST', { order_id: id }: AskedOrder, act: string, body?: object) =>
    ask(`${apiUrl}/v2/${encodeURIComponent(id)}/${act}`, serverKey, method, body);
  return {
    name: 'midtrans',
    async create(order) {
      const request = snapRequest(order);
      const { status, body } = await ask(`${snapUrl}/snap/v1/transactions`, serverKey, 'POST', request);
      const { token, redirect_url: url } = body;
      if (status === 201 && isText(token) && isText(url) && isAddress(url))
        return { gatewayId: null, token, url, request, response: body };
      throw refusal(status, body);
    },
    async status(order) {
      const { status, body } = await core('GET', order, 'status');
      // Also while nobody chose how to pay.
      if (body.status_code === '404' && (status === 404 || status === 200))
        return { state: undefined, isOver: false, answer: body };
      if (status >= 400 && body.transaction_status === undefined) throw refusal(status, body);
      const state = readTransaction(body, order.order_id, order.amount);
      // A card that was denied can be followed by another way to pay.
      return { state, isOver: state.rank >= ranks.failed && state.status !== 'deny', answer: body };
    },
    async cancel(order) {
      return accepted(await core('POST', order, 'cancel', {}), ['200']);
    },
    async expire(order) {
      // 407 says that it has expired (docs.midtrans.com/reference/expire-transaction).
      return accepted(await core('POST', order, 'expire', {}), ['407', '200']);
    },
    async refund(order, { key, amount, reason }) {
      const answered = await core('POST', order, 'refund', { refund_key: key, amount, reason });
      // 406: this key was used, so it was done before.
      return accepted(answered, ['200', '406']);
    },
    readNotification(body) {
      if (!isObject(body)) return undefined;
      const { order_id: orderId, status_code: code, gross_amount: gross, signature_key: signature } = body;
      if (!isText(orderId) || orderId.length > 200) return undefined;
      const given = isText(code) && isText(gross) && isText(signature);
      const isGenuine =
        given && sameText(signature.toLowerCase(), signatureOf(orderId, code, gross, serverKey));
      return {
        verdict: isGenuine ? 'genuine' : 'forged',
        orderId,
        status: wordIn(body.transaction_status).slice(0, 50),
      };
    },
    stateIn(body, order) {
      try {
        return readTransaction(body, order.order_id, order.amount);
      } catch (error) {
        if (error instanceof GatewayError) return undefined;
        throw error;
      }
    },
  };
}

/** SHA-512 of order, code, amount as it is written, and key (protocols.md, Midtrans). */
function signatureOf(orderId: string, code: string, gross: string, serverKey: string): string {
  return createHash('sha512').update(`${orderId}${code}${gross}${serverKey}`).digest('hex');
}

/** Spec 3, MidtransService::createSnapToken; an address of mail that is none is left out, since Midtrans would write to it. */
function snapRequest({
  orderId,
  amount,
  itemId,
  description,
  customer,
  expiresAt,
  now,
  returnUrl,
}: NewOrder): Json {
  const minutes = Math.max(1, Math.floor(now.until(expiresAt).total('minutes')));
  return {
    transaction_details: { order_id: orderId, gross_amount: amount },
    customer_details: {
      first_name: customer.name.slice(0, 255),
      ...(customer.email === null ? {} : { email: customer.email }),
      ...(customer.phone === null ? {} : { phone: customer.phone }),
    },
    item_details: [{ id: itemId, price: amount, quantity: 1, name: description.slice(0, 50) }],
    callbacks: { finish: returnUrl, error: returnUrl, pending: returnUrl },
    expiry: { duration: minutes, unit: 'minutes' },
  };
}

/** What an act of the core API answered, if it did it: refusals come with HTTP 200 and say in the body what they are. */
function accepted({ status, body }: Asked, codes: readonly string[]): Json {
  if (codes.includes(wordIn(body.status_code))) return body;
  throw refusal(Number(wordIn(body.status_code)) || status, body);
}

function refusal(status: number, body: Json): GatewayError {
  const { error_messages: messages } = body;
  const said = Array.isArray(messages) ? messages.map(wordIn).join(' ') : wordIn(body.status_message);
  return new GatewayError(
    kindOf(status),
    `Midtrans answered ${status}: ${said || 'nothing that can be understood'}`,
  );
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
