import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { booksOf, paidWorld } from './paid-world.ts';

const post = (
  nadi: TestApp,
  payload: string | Buffer,
  headers: Record<string, string> = {},
  url = '/api/midtrans/notification',
) =>
  nadi.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });

interface Kept {
  readonly verdict: string;
  readonly state: string;
  readonly body: string;
  readonly note: string | null;
}
const inbox = async (nadi: TestApp) =>
  (await ok<{ data: Kept[] }>(nadi, { url: '/api/gateway-inbox?per_page=100' })).data;

const signed = (key: string, order: string, more: object = {}) => {
  const [code, gross] = ['200', '150000.00'];
  const signature = createHash('sha512').update(`${order}${code}${gross}${key}`).digest('hex');
  return JSON.stringify({
    order_id: order,
    status_code: code,
    gross_amount: gross,
    signature_key: signature,
    transaction_status: 'settlement',
    transaction_id: 'made-up',
    ...more,
  });
};

test('forged notifications are refused, kept to be seen, and book nothing', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  const forged = [
    signed('another-key', order),
    signed(midtrans.serverKey, order, { gross_amount: '150001.00' }),
    signed(midtrans.serverKey, order, { order_id: `${order}x` }),
    signed(midtrans.serverKey, order, { signature_key: null }),
    signed(midtrans.serverKey, order, { signature_key: ['a'] }),
    JSON.stringify({ order_id: order, transaction_status: 'settlement' }),
  ];
  for (const body of forged) assert.equal((await post(nadi, body)).statusCode, 403, body);
  const callback = JSON.stringify({ external_id: order, status: 'PAID', id: 'x', amount: 150_000 });
  for (const token of ['', 'wrong', `${xendit.callbackToken} `, xendit.callbackToken.toUpperCase()])
    assert.equal(
      (await post(nadi, callback, { 'x-callback-token': token }, '/api/xendit/callback')).statusCode,
      403,
    );
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).status, 'unpaid');
  const kept = await inbox(nadi);
  assert.equal(kept.length, 10);
  assert.ok(kept.every(({ verdict, state }) => verdict === 'forged' && state === 'kept'));
  assert.ok(!nadi.logged().includes(midtrans.serverKey));
});

test('a genuine signature over a payment that never was books nothing: Midtrans is asked', async () => {
  await using world = await paidWorld();
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  assert.equal((await post(world.nadi, signed(world.midtrans.serverKey, order))).statusCode, 200);
  await world.settle();
  for (let hours = 0; hours < 30; hours += 1) await world.pass(3601);
  assert.equal((await booksOf(world.nadi, payer)).amount_paid, '0.00');
  const [kept] = await inbox(world.nadi);
  assert.equal(kept?.state, 'kept');
  assert.match(kept?.note ?? '', /knows no payment/);
});

test('what is no JSON, too large, or nobody’s is answered as the rules want and kept', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const genuine = signed(midtrans.serverKey, 'INV-OF-SOMEBODY-ELSE-1');
  const answers: readonly (readonly [string | Buffer, number])[] = [
    ['nope', 400],
    ['', 400],
    ['{', 400],
    [Buffer.from([0xff, 0xfe, 0x7b]), 400],
    ['null', 403],
    ['[]', 403],
    ['7', 403],
    ['{}', 403],
    ['{"order_id":"\\u0000"}', 403],
    ['{"order_id":{"a":1}}', 403],
    [`{"order_id":"${'x'.repeat(500)}"}`, 403],
    ['['.repeat(30_000), 400],
    [`{"a":"${'x'.repeat(70_000)}"}`, 413],
    [`{"a":"${'x'.repeat(1024 * 1024)}"}`, 413],
    [genuine, 200],
  ];
  for (const [body, status] of answers) {
    const answer = await post(nadi, body);
    assert.equal(answer.statusCode, status, `${String(body).slice(0, 40)}: ${answer.body}`);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/xml', '*/*'])
    assert.equal((await post(nadi, genuine, { 'content-type': type })).statusCode, 200, type);
  await world.settle();
  const kept = await inbox(nadi);
  // What no server would read to its end is not there.
  assert.equal(kept.length, answers.length - 1 + 4);
  assert.ok(kept.every(({ state }) => state === 'kept'));
  assert.ok(kept.every(({ body }) => body.length <= 65_536));
  assert.deepEqual(
    new Set(kept.flatMap(({ note }) => note ?? [])),
    new Set(['no order of ours has this number']),
  );
});

test('somebody who sends without end fills nothing, and genuine ones still come in', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  for (let round = 0; round < 60; round += 1)
    await Promise.all(Array.from({ length: 25 }, () => post(nadi, signed('x', order))));
  midtrans.pay(order, { payment_type: 'qris' });
  await world.settle();
  const { rows } = await nadi.kit.pool.query('select count(*)::int as n from gateway_inbox');
  assert.ok(rows[0].n >= 1000 && rows[0].n < 1300, `${rows[0].n} kept`);
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
});

test('a replayed notification changes nothing, months later either', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.pay(order, { payment_type: 'credit_card' });
  midtrans.settle(order);
  const settled = midtrans.body(order);
  await world.settle();
  midtrans.refund(order);
  await world.settle();
  nadi.clock.advance({ hours: 24 * 40 });
  midtrans.faults.add({ do: 'reset', when: 'before', call: /status$/ });
  midtrans.send(settled);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).amount_paid, '0.00');
});

test('without keys the door is closed, and says so', async () => {
  await using world = await paidWorld();
  const { testApp } = await import('../support/test-app.ts');
  await using without = await testApp();
  assert.equal((await post(without, '{}')).json().code, 'gateway_off');
  const payer = await world.payer();
  assert.ok(payer.invoiceId);
  const { id } = await ok(without, { method: 'POST', url: '/api/customers', body: { name: 'Budi' } });
  const { id: invoice } = await ok(without, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: id, amount: '90000', due_date: '2026-01-30' },
  });
  const answer = await without.request({
    method: 'POST',
    url: '/api/midtrans/create-token',
    body: { invoice_id: invoice },
  });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.json().success, false);
});
