import { systemClock } from '#kit/clock.ts';
import type { Config } from '#kit/config.ts';
import { type Midtrans, startMidtrans } from '#simulators';

/** Where the demo's payments are made, and the key that signs their notifications. */
export interface PaymentPlace {
  readonly url: string;
  readonly server_key: string;
}

const serverKey = 'SB-Mid-server-demo';

/** A simulated Midtrans that lives by the clock on the wall. */
export function simulateMidtrans(): Promise<Midtrans> {
  return startMidtrans({
    serverKey,
    clock: systemClock,
    tickEveryMilliseconds: 1000,
  });
}

export const placeOf = (midtrans: Midtrans): PaymentPlace => ({ url: midtrans.url, server_key: serverKey });

/** The configuration with the demo's own gateway and no other, and nobody to send messages to. */
export function withDemoGateway(config: Config, midtrans: Midtrans): Config {
  return {
    ...config,
    midtrans: { serverKey, snapUrl: midtrans.url, apiUrl: midtrans.url },
    xendit: undefined,
    messaging: {
      ...config.messaging,
      telegram: { ...config.messaging.telegram, botToken: undefined, chatId: undefined },
      whatsapp: undefined,
    },
  };
}

/** What each of the first customers with an open invoice does. */
const habits: readonly ((midtrans: Midtrans, order: string) => void)[] = [
  (midtrans, order) => midtrans.pay(order, { payment_type: 'qris' }),
  (midtrans, order) => midtrans.pay(order, { payment_type: 'gopay', fee: { amount: 1500 } }),
  (midtrans, order) => midtrans.pay(order, { payment_type: 'bank_transfer', bank: 'bni' }),
  // Has the number of the account, and did not go to the bank yet.
  (midtrans, order) => midtrans.choose(order, { payment_type: 'bank_transfer', bank: 'bca' }),
];

/** A few customers pay online, through the API and Midtrans' notifications as everybody does. */
export async function payOnline(midtrans: Midtrans, url: string, token: string): Promise<void> {
  midtrans.notificationUrl = `${url}/api/midtrans/notification`;
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as T; // The contract says what it is.
  };
  const { data } = await ask<{ data: { id: string }[] }>(
    `/api/invoices?status=unpaid&per_page=${habits.length}`,
  );
  for (const [index, { id }] of data.entries()) {
    const { order_id: order } = await ask<{ order_id: string }>('/api/payment-orders', {
      invoice_id: id,
      gateway: 'midtrans',
    });
    // After a restart an order may stand that this Midtrans never heard of.
    if (midtrans.orders.includes(order) && midtrans.find(order) === undefined)
      habits[index]?.(midtrans, order);
  }
  await midtrans.idle();
}
