import assert from 'node:assert/strict';
import type { Midtrans } from '#simulators';
import { ask, type GatewayAnswer } from './gateway-client.ts';

/** Asks the simulated Midtrans with its own key. */
export const askMidtrans = (
  midtrans: Midtrans,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<GatewayAnswer> => ask(midtrans.url, midtrans.serverKey, method, path, body, headers);

/** Asks Snap for an order of so many rupiah. */
export async function snap(
  midtrans: Midtrans,
  orderId: string,
  amount = 10_000,
  headers?: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const asked = { transaction_details: { order_id: orderId, gross_amount: amount } };
  const answer = await askMidtrans(midtrans, 'POST', '/snap/v1/transactions', asked, headers);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/** What GET status says of it. */
export const statusOf = async (midtrans: Midtrans, orderId: string) =>
  (await askMidtrans(midtrans, 'GET', `/v2/${orderId}/status`)).body;
