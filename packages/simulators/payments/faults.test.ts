import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { askMidtrans, snap, statusOf } from '../../../test/support/midtrans-client.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { signatureOf } from '../midtrans/formats.ts';
import { type Midtrans, startMidtrans } from '../midtrans/start-midtrans.ts';

const order = (id: string) => ({ transaction_details: { order_id: id, gross_amount: 1000 } });
const create = (midtrans: Midtrans, id: string, signal?: AbortSignal) =>
  fetch(`${midtrans.url}/snap/v1/transactions`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${midtrans.serverKey}:`).toString('base64')}` },
    body: JSON.stringify(order(id)),
    signal: signal ?? null,
  });

/** Gives a call up once it has arrived and, where it is done, was done. */
async function givenUp(midtrans: Midtrans, id: string, isDone: boolean): Promise<void> {
  const before = midtrans.calls.length;
  const patience = new AbortController();
  const call = assert.rejects(create(midtrans, id, patience.signal), /abort/);
  while (midtrans.calls.length === before || midtrans.orders.includes(id) !== isDone) await nextTurn();
  patience.abort();
  await call;
}

test('a call that hangs, is reset or fails was done or not, as told; the client cannot tell', async () => {
  await using midtrans = await startMidtrans();
  for (const when of ['before', 'after'] as const) {
    const done = when === 'after';
    midtrans.faults.add({ do: 'hang', when, times: 1 });
    await givenUp(midtrans, `hang-${when}`, done);
    midtrans.faults.add({ do: 'reset', when, times: 1 });
    await assert.rejects(create(midtrans, `reset-${when}`), /fetch failed/);
    midtrans.faults.add({ do: 'fail', status: 503, when, times: 1 });
    const failed = await create(midtrans, `fail-${when}`);
    assert.equal(failed.status, 503);
    assert.match(await failed.text(), /Sorry, we encountered internal server error/);
    midtrans.faults.add({ do: 'html', when, times: 1 });
    const page = await create(midtrans, `html-${when}`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /^<!DOCTYPE html>/);
    midtrans.faults.add({ do: 'garble', when, times: 1 });
    const garbled = await create(midtrans, `garble-${when}`);
    assert.equal(garbled.status, 200);
    await assert.rejects(garbled.json(), SyntaxError);
    for (const name of ['hang', 'reset', 'fail', 'html', 'garble'])
      assert.equal(midtrans.orders.includes(`${name}-${when}`), done);
  }
  // Asked again after a timeout, the order is there already: that is how a client learns of it.
  const again = await askMidtrans(midtrans, 'POST', '/snap/v1/transactions', order('hang-after'));
  assert.equal(again.status, 400);
});

test('a fault strikes the calls it is for: by name, by what they are like, after some, and so often', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  await snap(midtrans, 'B');
  midtrans.pay('A', { payment_type: 'gopay' });
  midtrans.pay('B', { payment_type: 'gopay' });
  const asked = async (id: string) => (await askMidtrans(midtrans, 'GET', `/v2/${id}/status`)).status;
  midtrans.faults.add({ do: 'fail', status: 500, call: 'GET /v2/A/status', skip: 1, times: 1 });
  assert.deepEqual(
    [await asked('A'), await asked('B'), await asked('A'), await asked('A')],
    [200, 200, 500, 200],
  );
  const off = midtrans.faults.add({
    do: 'fail',
    status: 502,
    call: /^GET .*status$/,
    where: ({ path }) => path.includes('B'),
  });
  assert.deepEqual([await asked('A'), await asked('B'), await asked('B')], [200, 502, 502]);
  off();
  assert.equal(await asked('B'), 200);
  midtrans.faults.add({ do: 'slow', milliseconds: 60 });
  const before = performance.now();
  assert.equal(await asked('A'), 200);
  assert.ok(performance.now() - before >= 59);
  midtrans.faults.clear();
  const last = midtrans.calls.at(-1);
  assert.deepEqual([last?.method, last?.path, last?.answer?.status], ['GET', '/v2/A/status', 200]);
});

async function account(): Promise<{ midtrans: Midtrans; receiver: WebhookReceiver } & AsyncDisposable> {
  const receiver = await startWebhookReceiver();
  const midtrans = await startMidtrans({ notificationUrl: receiver.url });
  await snap(midtrans, 'A');
  await snap(midtrans, 'B');
  return {
    midtrans,
    receiver,
    [Symbol.asyncDispose]: async () => {
      await midtrans.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const statuses = (receiver: WebhookReceiver, id = 'A') =>
  receiver.received.flatMap(({ body }) => (body.order_id === id ? [body.transaction_status] : []));

test('a notification comes twice, at once or so many milliseconds apart', async () => {
  await using parts = await account();
  const { midtrans, receiver } = parts;
  const settled = (body: Readonly<Record<string, unknown>>) => body.transaction_status === 'settlement';
  midtrans.faults.add({ do: 'duplicate', of: settled, copies: 2, times: 1 });
  midtrans.faults.add({ do: 'duplicate', of: settled, milliseconds: 70, skip: 1 });
  receiver.milliseconds = 20;
  midtrans.pay('A', { payment_type: 'gopay' });
  await midtrans.idle();
  assert.deepEqual(statuses(receiver), ['pending', 'settlement', 'settlement', 'settlement']);
  assert.ok(receiver.received.some(({ atOnce }) => atOnce >= 3));
  midtrans.pay('B', { payment_type: 'gopay' });
  await midtrans.idle();
  assert.deepEqual(statuses(receiver, 'B'), ['pending', 'settlement', 'settlement']);
  const [first, second] = receiver.received.slice(-2);
  const apart = (second?.milliseconds ?? 0) - (first?.milliseconds ?? 0);
  assert.ok(apart > 50, `${apart} ms apart`);
  assert.deepEqual(first?.body, second?.body);
});

test('a notification comes after the next, or alone after a minute', async () => {
  await using parts = await account();
  const { midtrans, receiver } = parts;
  midtrans.faults.add({ do: 'reorder', of: (body) => body.transaction_status === 'pending' });
  midtrans.pay('A', { payment_type: 'gopay' });
  midtrans.choose('B', { payment_type: 'gopay' });
  await midtrans.idle();
  assert.deepEqual(statuses(receiver), ['settlement', 'pending']);
  await midtrans.advance(59);
  assert.deepEqual(statuses(receiver, 'B'), []);
  await midtrans.advance(1);
  assert.deepEqual(statuses(receiver, 'B'), ['pending']);
});

test('a notification comes later, or never', async () => {
  await using parts = await account();
  const { midtrans, receiver } = parts;
  midtrans.faults.add({ do: 'postpone', seconds: 600, times: 1 });
  midtrans.faults.add({ do: 'drop', skip: 1, times: 1 });
  midtrans.pay('A', { payment_type: 'gopay' });
  await midtrans.advance(599);
  assert.deepEqual(statuses(receiver), []);
  await midtrans.advance(1);
  await midtrans.advance(100_000);
  assert.deepEqual(statuses(receiver), ['pending']);
  assert.equal((await statusOf(midtrans, 'A')).transaction_status, 'settlement');
  assert.deepEqual(
    midtrans.notifications.map(({ state }) => state),
    ['delivered', 'dropped'],
  );
});

test('a forged notification has no right signature; one with another amount has, unless it is both', async () => {
  await using parts = await account();
  const { midtrans, receiver } = parts;
  const genuine = (body: Readonly<Record<string, string>>) =>
    body.signature_key ===
    signatureOf(`${body.order_id}`, `${body.status_code}`, `${body.gross_amount}`, midtrans.serverKey);
  const off = midtrans.faults.add({ do: 'wrong amount', amount: 9999 });
  midtrans.choose('A', { payment_type: 'gopay' });
  await midtrans.idle();
  midtrans.faults.add({ do: 'forge' });
  midtrans.choose('B', { payment_type: 'gopay' });
  await midtrans.idle();
  off();
  midtrans.pay('A');
  await midtrans.idle();
  midtrans.faults.clear();
  midtrans.send({ ...midtrans.body('B'), transaction_status: 'settlement', status_code: '200' });
  await midtrans.idle();
  assert.deepEqual(
    receiver.received.map(({ body }) => [body.gross_amount, genuine(body)]),
    [
      ['9999.00', true],
      ['9999.00', false],
      ['10000.00', false],
      ['10000.00', false],
    ],
  );
  assert.equal((await statusOf(midtrans, 'A')).gross_amount, '10000.00');
});
