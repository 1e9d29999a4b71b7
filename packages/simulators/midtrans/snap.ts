import { randomUUID } from 'node:crypto';
import { type Answer, asObject, type Call, carries, objectIn } from '../payments/call.ts';
import type { Account } from './body.ts';
import type { Order } from './transaction.ts';
import type { World } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * POST /snap/v1/transactions (docs.midtrans.com/reference/backend-integration): a token and where to pay. What the documentation has
 * no words for is worded after what it has.
 */
export function createOrder(world: World, account: Account, call: Call, baseUrl: string): Answer {
  if (!carries(call, account.serverKey))
    return refused(
      401,
      'Access denied due to unauthorized transaction, please check client or server key',
      'Visit https://snap-docs.midtrans.com/#request-headers for more details',
    );
  const asked = objectIn(call.text);
  if (asked === undefined) return refused(400, 'invalid JSON request');
  const details = asObject(asked.transaction_details) ?? {};
  const faults = faultsIn(asked, details);
  if (faults.length > 0) return refused(400, ...faults);
  const token = randomUUID();
  const added = world.addOrder({
    // Both were just judged.
    id: details.order_id as string,
    amount: details.gross_amount as number,
    token,
    append: urlsIn(call, 'x-append-notification'),
    override: urlsIn(call, 'x-override-notification'),
    expiresAfter: expiryIn(asked),
    customFields: customFieldsIn(asked),
    transaction: undefined,
  });
  // In Indonesian, whatever else is English (docs.midtrans.com/docs, FAQ of the WooCommerce plugin).
  if (!added) return refused(400, 'transaction_details.order_id sudah digunakan');
  return { status: 201, body: { token, redirect_url: `${baseUrl}/snap/v3/redirection/${token}` } };
}

const refused = (status: number, ...messages: readonly string[]): Answer => ({
  status,
  body: { error_messages: messages },
});

function faultsIn(asked: Fields, { order_id: id, gross_amount: amount }: Fields): readonly string[] {
  const faults: string[] = [];
  const name = 'transaction_details';
  if (typeof id !== 'string' || id === '') faults.push(`${name}.order_id is required`);
  else if (id.length > 50) faults.push(`${name}.order_id is too long (maximum is 50 characters)`);
  else if (!/^[\w.~-]+$/.test(id)) faults.push(`${name}.order_id contains invalid characters`);
  if (amount === undefined || amount === null) faults.push(`${name}.gross_amount is required`);
  else if (typeof amount !== 'number' || !Number.isSafeInteger(amount))
    faults.push(`${name}.gross_amount must be an integer`);
  else if (amount < 1) faults.push(`${name}.gross_amount must be greater than or equal to 1`);
  else faults.push(...faultsInItems(asked.item_details, amount));
  return faults;
}

function faultsInItems(items: unknown, amount: number): readonly string[] {
  if (items === undefined) return [];
  if (!Array.isArray(items)) return ['item_details must be a list'];
  let sum = 0;
  for (const item of items) {
    const { price, quantity, name } = asObject(item) ?? {};
    if (typeof name !== 'string') return ['item_details.name is required'];
    if (name.length > 50) return ['item_details.name is too long (maximum is 50 characters)'];
    if (!Number.isSafeInteger(price) || !Number.isSafeInteger(quantity))
      return ['item_details.price and item_details.quantity must be integers'];
    sum += Number(price) * Number(quantity);
  }
  return sum === amount ? [] : [`transaction_details.gross_amount is not equal to the sum of item_details`];
}

/** Three at most (docs.midtrans.com/reference/override-notification-url). */
const urlsIn = ({ headers }: Call, name: string): readonly string[] =>
  `${headers[name] ?? ''}`
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '')
    .slice(0, 3);

const milliseconds = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

function expiryIn({ expiry }: Fields): Order['expiresAfter'] {
  const { duration, unit } = asObject(expiry) ?? {};
  const one = Object.entries(milliseconds).find(([name]) => unit === name || unit === `${name}s`)?.[1];
  return one !== undefined && typeof duration === 'number' ? duration * one : undefined;
}

const customFieldsIn = (asked: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['custom_field1', 'custom_field2', 'custom_field3'].flatMap((name) => {
      const value = asked[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
