import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../../test/support/gateway-client.ts';
import { askMidtrans, snap, statusOf } from '../../../test/support/midtrans-client.ts';
import { startWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { startMidtrans } from './start-midtrans.ts';

const path = '/snap/v1/transactions';

test('an order is answered with a token and where to pay, and is no transaction before the customer chose', async () => {
  await using midtrans = await startMidtrans();
  const { token, redirect_url: redirect } = await snap(midtrans, 'INV-20260101-0001-k3x9');
  assert.equal(redirect, `${midtrans.url}/snap/v3/redirection/${token}`);
  const { status, body } = await askMidtrans(midtrans, 'GET', '/v2/INV-20260101-0001-k3x9/status');
  // HTTP says 200, and the body that there is nothing.
  assert.equal(status, 200);
  assert.equal(body.status_code, '404');
  assert.equal(body.status_message, "Transaction doesn't exist.");
});

test('Snap refuses with 401, or with 400 and every fault in words', async () => {
  await using midtrans = await startMidtrans();
  const wrong = await ask(midtrans.url, 'another-key', 'POST', path, {});
  assert.equal(wrong.status, 401);
  assert.match(
    wrong.text,
    /Access denied due to unauthorized transaction, please check client or server key/,
  );
  const details = (order_id: unknown, gross_amount: unknown) => ({
    transaction_details: { order_id, gross_amount },
  });
  const item = (price: number, quantity = 1) => ({ id: 'p', name: 'Paket 10M', price, quantity });
  const name = 'transaction_details';
  const cases: readonly (readonly [unknown, readonly string[]])[] = [
    [{}, [`${name}.order_id is required`, `${name}.gross_amount is required`]],
    [details('a'.repeat(51), 1), [`${name}.order_id is too long (maximum is 50 characters)`]],
    [details('a b', 1), [`${name}.order_id contains invalid characters`]],
    [details('a', '1'), [`${name}.gross_amount must be an integer`]],
    [details('a', 1.5), [`${name}.gross_amount must be an integer`]],
    [details('a', 0), [`${name}.gross_amount must be greater than or equal to 1`]],
    [
      { ...details('a', 100), item_details: [item(30, 3), item(11)] },
      [`${name}.gross_amount is not equal to the sum of item_details`],
    ],
    [
      { ...details('a', 1), item_details: [{ ...item(1), name: 'x'.repeat(51) }] },
      ['item_details.name is too long (maximum is 50 characters)'],
    ],
    ['{"transaction_details":', ['invalid JSON request']],
    ['[]', ['invalid JSON request']],
  ];
  for (const [asked, messages] of cases) {
    const { status, body } = await askMidtrans(midtrans, 'POST', path, asked);
    assert.equal(status, 400);
    assert.deepEqual(body, { error_messages: messages });
  }
  assert.deepEqual(midtrans.orders, []);
  const fine = { ...details('a'.repeat(50), 100), item_details: [item(30, 3), item(20), item(-10)] };
  assert.equal((await askMidtrans(midtrans, 'POST', path, fine)).status, 201);
  assert.equal((await askMidtrans(midtrans, 'POST', path, 'x'.repeat(1_000_001))).status, 413);
});

test('an order id is taken once', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  const asked = { transaction_details: { order_id: 'A', gross_amount: 10_000 } };
  const { status, body } = await askMidtrans(midtrans, 'POST', path, asked);
  assert.equal(status, 400);
  assert.deepEqual(body, { error_messages: ['transaction_details.order_id sudah digunakan'] });
});

test('notifications go where the order wants them: appended, or instead; three at most', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
  const to = (...names: string[]) => names.map((name) => `${receiver.url}/${name}`).join(' , ');
  await snap(midtrans, 'A', 1000, { 'X-Append-Notification': to('a', 'b') });
  await snap(midtrans, 'B', 1000, {
    'X-Override-Notification': to('1', '2', '3', '4'),
    'X-Append-Notification': to('a'),
  });
  midtrans.choose('A', { payment_type: 'gopay' });
  midtrans.choose('B', { payment_type: 'gopay' });
  await midtrans.idle();
  const paths = (order: string) =>
    receiver.received.flatMap(({ path, body }) => (body.order_id === order ? [path] : [])).toSorted();
  assert.deepEqual(paths('A'), ['/notification', '/notification/a', '/notification/b']);
  assert.deepEqual(paths('B'), ['/notification/1', '/notification/2', '/notification/3']);
});

test('an order expires after its own time, told in UTC+7 without a zone', async () => {
  await using midtrans = await startMidtrans();
  const asked = {
    transaction_details: { order_id: 'A', gross_amount: 1000 },
    expiry: { duration: 30, unit: 'minutes' },
    custom_field1: 'kept',
  };
  await askMidtrans(midtrans, 'POST', path, asked);
  midtrans.choose('A', { payment_type: 'bank_transfer' });
  const pending = await statusOf(midtrans, 'A');
  assert.equal(pending.transaction_time, '2026-01-01 07:00:00');
  assert.equal(pending.expiry_time, '2026-01-01 07:30:00');
  assert.equal(pending.custom_field1, 'kept');
  await midtrans.advance(1799);
  assert.equal((await statusOf(midtrans, 'A')).transaction_status, 'pending');
  await midtrans.advance(1);
  assert.equal((await statusOf(midtrans, 'A')).transaction_status, 'expire');
  assert.throws(() => midtrans.pay('A'), /cannot be paid/);
});

test('somebody can play the customer on the page that redirect_url names', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
  const { redirect_url: page } = await snap(midtrans, 'A<b>'.replaceAll(/[<>]/g, '~'), 25_000);
  const shown = await (await fetch(`${page}`)).text();
  assert.match(shown, /A~b~: Rp 25000 \(waiting\)/);
  assert.match(shown, /value="qris"/);
  const body = new URLSearchParams({ method: 'qris' });
  const paid = await (await fetch(`${page}`, { method: 'POST', body })).text();
  assert.match(paid, /settlement/);
  assert.doesNotMatch(paid, /button/);
  await fetch(`${page}`, { method: 'POST', body });
  await midtrans.idle();
  assert.deepEqual(
    receiver.received.map(({ body: { transaction_status } }) => transaction_status),
    ['pending', 'settlement'],
  );
  assert.equal((await fetch(`${midtrans.url}/snap/v3/redirection/nobody`)).status, 404);
});
