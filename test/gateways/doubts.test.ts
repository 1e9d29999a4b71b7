import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { GatewayError } from '../../server/modules/gateways/gateway.ts';
import { midtransGateway } from '../../server/modules/gateways/midtrans/midtrans.ts';
import { xenditGateway } from '../../server/modules/gateways/xendit/xendit.ts';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

interface Shown {
  readonly data: readonly {
    readonly id: string;
    readonly transactions: readonly { readonly transaction_id: string; readonly held: string | null }[];
  }[];
}

test('what a person decided about held money stands, however often the gateway says the same again', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.pay(order, { payment_type: 'credit_card' });
  midtrans.settle(order);
  await world.settle();
  midtrans.chargeback(order, 'part');
  await world.settle();
  const held = async () => (await ok<Shown>(nadi, { url: '/api/payment-orders?held=true' })).data;
  const [first] = await held();
  const resolve = (kept: string) =>
    ok(nadi, {
      method: 'POST',
      url: `/api/payment-orders/${first?.id}/resolve`,
      body: { transaction_id: first?.transactions[0]?.transaction_id, kept, reason: 'Kata bank' },
    });
  await resolve('90000');
  for (const seconds of [86_400, 86_400 * 3, 86_400 * 7]) await world.pass(seconds);
  midtrans.send(midtrans.body(order));
  await world.settle();
  assert.deepEqual(await held(), []);
  assert.equal((await booksOf(nadi, payer)).amount_paid, '90000.00');
  midtrans.chargeback(order);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).amount_paid, '0.00');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('who was seen to be paying, and paid while Midtrans could not be asked, does not wait for it', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.choose(order, { payment_type: 'bank_transfer', bank: 'bca' });
  await world.pass(130);
  const heal = midtrans.faults.add({ do: 'reset', when: 'before', call: /status$/ });
  midtrans.pay(order);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
  const unconfirmed = async () =>
    (
      await ok<{ gateways: { unconfirmed: number }[] }>(nadi, {
        url: '/api/gateways/reconciliation?from=2025-01-01&to=2026-12-31',
      })
    ).gateways[0]?.unconfirmed;
  assert.equal(await unconfirmed(), 1);
  heal();
  await world.pass(200);
  assert.equal(await unconfirmed(), 0);
  assert.deepEqual((await booksOf(nadi, payer)).payments, [['150000.00', 'transfer', false]]);
});

test('a notification whose status is no text is refused, at both doors', async () => {
  await using world = await paidWorld();
  const odd = { toString: 1, valueOf: 1 };
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const [url, body] of [
    ['/api/midtrans/notification', JSON.stringify({ order_id: 'x', transaction_status: odd })],
    ['/api/xendit/callback', JSON.stringify({ external_id: 'x', status: odd })],
    ['/api/midtrans/notification', `{"order_id":"x","transaction_status":${deep}}`],
  ] as const) {
    const answer = await world.nadi.app.inject({
      method: 'POST',
      url,
      payload: body,
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.statusCode, 403, answer.body);
  }
});

test('a gateway that answers nonsense is not understood, and sends nobody anywhere', async () => {
  const odd = { toString: 1, valueOf: 1 };
  let answer: unknown;
  const server = createServer((_, response) => response.end(JSON.stringify(answer)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const xendit = xenditGateway({ secretKey: 'k', callbackToken: 't', apiUrl: url });
  const midtrans = midtransGateway({ serverKey: 'k', snapUrl: url, apiUrl: url });
  const asked = { order_id: 'A', gateway_id: null, amount: '1.00' };
  const order = {
    orderId: 'A',
    amount: 1,
    itemId: 'a',
    description: 'a',
    customer: { name: 'a', email: null, phone: null },
    expiresAt: Temporal.Instant.from('2026-01-16T00:00:00Z'),
    now: Temporal.Instant.from('2026-01-15T00:00:00Z'),
    returnUrl: url,
  };
  for (const said of [
    { id: 'a', invoice_url: 'javascript:alert(1)' },
    { error_code: odd, message: odd },
    { token: 'a', redirect_url: 'javascript:alert(1)', error_messages: [odd], status_code: odd },
    { status_message: 'a\u0000b\ud800', message: 'a\u0000b\ud800', error_code: 'X' },
    [null, 7],
    [],
  ]) {
    answer = said;
    for (const act of [
      () => xendit.create(order),
      () => midtrans.create(order),
      () => midtrans.status(asked),
      () => midtrans.cancel(asked),
      () => xendit.cancel(asked),
    ])
      await assert.rejects(act, (error) => {
        assert.ok(error instanceof GatewayError, String(error));
        return true;
      });
    const status = await xendit.status(asked).catch((error) => error);
    assert.ok(status instanceof GatewayError || status.state === undefined);
  }
  server.closeAllConnections();
  server.close();
});

test('what the database cannot write keeps nobody else’s payment waiting', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const [odd, other] = [await world.payer(), await world.payer()];
  const [one, two] = [await world.order(odd.invoiceId), await world.order(other.invoiceId)];
  midtrans.choose(one, { payment_type: 'qris' });
  await world.settle();
  const signature = createHash('sha512').update(`${one}201150000.00${midtrans.serverKey}`).digest('hex');
  for (const more of [
    { transaction_status: 'reconsidered', custom_field1: 'a\u0000b\ud800' },
    { transaction_id: 'a\u0000b' },
    { transaction_status: 'set\u0000tlement' },
    { '\u0000': ['\ud800'] },
  ])
    midtrans.send({ ...midtrans.body(one), status_code: '201', signature_key: signature, ...more });
  const deep = `{"order_id":"${one}","status_code":"201","gross_amount":"150000.00","signature_key":"${signature}","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const taken = await nadi.app.inject({ method: 'POST', url: '/api/midtrans/notification', payload: deep });
  assert.equal(taken.statusCode, 200);
  midtrans.pay(two, { payment_type: 'qris' });
  await world.settle();
  assert.equal((await booksOf(nadi, other)).status, 'paid');
  midtrans.pay(one);
  await world.settle();
  assert.equal((await booksOf(nadi, odd)).status, 'paid');
});

test('a payment that a person reversed stays reversed, whatever part goes back through the gateway later', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.pay(order, { payment_type: 'credit_card' });
  midtrans.settle(order);
  await world.settle();
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/payments?invoice_id=${payer.invoiceId}`,
  });
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${data[0]?.id}` });
  for (const amount of [50_000, 30_000]) {
    midtrans.refund(order, amount);
    await world.settle();
    assert.equal((await booksOf(nadi, payer)).amount_paid, '0.00');
  }
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a transfer that arrived while somebody took it back stays paid', async () => {
  await using world = await paidWorld();
  const { nadi } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId, 'transfer');
  const { data } = await ok<Shown>(nadi, { url: `/api/payment-orders?order_id=${order}` });
  const id = data[0]?.id;
  const client = await nadi.kit.pool.connect();
  await client.query('begin');
  await client.query('select from payment_orders where id = $1 for update', [id]);
  const received = nadi.request({ method: 'POST', url: `/api/payment-orders/${id}/receive`, body: {} });
  const waiting = async (n: number) => {
    for (;;) {
      const { rows } = await nadi.kit.pool.query(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (rows[0].n >= n) return;
    }
  };
  await waiting(1);
  const cancelled = nadi.request({ method: 'POST', url: `/api/payment-orders/${id}/cancel` });
  await waiting(2);
  await client.query('commit');
  client.release();
  assert.equal((await received).statusCode, 200);
  assert.equal((await cancelled).json().code, 'order_not_open');
  const shown = await ok(nadi, { url: `/api/payment-orders/${id}` });
  assert.equal(shown.status, 'paid');
});

test('what no gateway answers for is asked ever more rarely, and not for ever', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.choose(order, { payment_type: 'qris' });
  await world.settle();
  let asked = 0;
  midtrans.faults.add({
    do: 'fail',
    status: 503,
    when: 'before',
    where: ({ path }) => {
      const isStatus = path.endsWith('/status');
      if (isStatus) asked += 1;
      return isStatus;
    },
  });
  midtrans.notificationUrl = undefined;
  midtrans.send(midtrans.body(order));
  for (let minutes = 0; minutes < 120; minutes += 1) await world.pass(60);
  assert.ok(asked > 10 && asked < 45, `${asked} times in two hours`);
  for (let days = 0; days < 10; days += 1) await world.pass(86_400 * 12);
  const { rows } = await nadi.kit.pool.query('select status, next_check_at from payment_orders');
  assert.deepEqual(rows, [{ status: 'expired', next_check_at: null }]);
});

test('what is not genuine fills no disk: a piece of it is kept, for a week', async () => {
  await using world = await paidWorld();
  const { nadi } = world;
  const much = 'x'.repeat(60_000);
  for (const payload of [JSON.stringify({ order_id: 'a', much }), JSON.stringify({ much }), `{${much}`]) {
    const { statusCode } = await nadi.app.inject({
      method: 'POST',
      url: '/api/midtrans/notification',
      payload,
    });
    assert.ok(statusCode === 403 || statusCode === 400);
  }
  const kept = async () =>
    (await nadi.kit.pool.query('select count(*)::int as n, max(length(body)) as most from gateway_inbox'))
      .rows[0];
  assert.deepEqual(await kept(), { n: 3, most: 4096 });
  nadi.clock.advance({ hours: 24 * 7 + 1 });
  await nadi.edition.jobs
    .find(({ name }) => name === 'gateways.retention')
    ?.run({}, new AbortController().signal);
  assert.equal((await kept()).n, 0);
});

test('of a customer who was made anonymous nothing is left in what Midtrans was asked', async () => {
  await using world = await paidWorld();
  const { nadi } = world;
  const customer = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name: 'Bunga Melati', email: 'bunga@example.com', phone: '081234567890' },
  });
  const invoice = await ok<{ id: string }>(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: customer.id, amount: '90000', due_date: '2026-01-30' },
  });
  await world.order(invoice.id);
  const logs = async () => (await nadi.request({ url: '/api/midtrans-logs' })).body;
  assert.match(await logs(), /Bunga Melati/);
  await ok(nadi, { method: 'POST', url: `/api/customers/${customer.id}/anonymise` });
  assert.doesNotMatch(await logs(), /Bunga|bunga|0812|6281/);
});
