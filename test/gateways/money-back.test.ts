import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { booksOf, type PaidWorld, paidWorld } from './paid-world.ts';

async function paidByCard(world: PaidWorld) {
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  world.midtrans.pay(order, { payment_type: 'credit_card' });
  await world.settle();
  assert.equal((await booksOf(world.nadi, payer)).status, 'paid');
  return { payer, order };
}

const paymentOf = async (nadi: TestApp, invoiceId: string): Promise<string> => {
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/payments?invoice_id=${invoiceId}&reversed=false`,
  });
  return data[0]?.id ?? '';
};

test('a refund, in parts and then whole, reverses payment, invoice and subscription', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const { payer, order } = await paidByCard(world);
  const endOf = async () => (await ok(nadi, { url: `/api/subscriptions/${payer.subscriptionId}` })).end_date;
  const paidUntil = await endOf();
  midtrans.settle(order);
  midtrans.refund(order, 50_000);
  await world.settle();
  assert.deepEqual(await booksOf(nadi, payer), {
    status: 'unpaid',
    amount_paid: '100000.00',
    subscription: 'active',
    balance: '0.00',
    payments: [
      ['150000.00', 'midtrans', true],
      ['100000.00', 'midtrans', false],
    ],
  });
  assert.ok(String(await endOf()) < String(paidUntil), 'the time is not paid any more');
  midtrans.refund(order, 30_000);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).amount_paid, '70000.00');
  midtrans.refund(order);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).amount_paid, '0.00');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  const report = await ok<{ gateways: object[]; differing: object[] }>(nadi, {
    url: '/api/gateways/reconciliation?from=2025-12-01&to=2026-12-31',
  });
  assert.partialDeepStrictEqual(report, {
    gateways: [
      {
        gateway: 'midtrans',
        transactions: 1,
        refunded: '150000.00',
        kept: '0.00',
        booked: '0.00',
        difference: '0.00',
      },
    ],
    differing: [],
  });
});

test('a chargeback takes the payment back; of a partial one nobody knows the amount, until a person says it', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const [whole, part] = [await paidByCard(world), await paidByCard(world)];
  for (const { order } of [whole, part]) midtrans.settle(order);
  midtrans.chargeback(whole.order);
  midtrans.chargeback(part.order, 'part');
  await world.settle();
  assert.equal((await booksOf(nadi, whole.payer)).status, 'unpaid');
  assert.equal((await booksOf(nadi, part.payer)).status, 'paid');
  const { data } = await ok<{
    data: { id: string; transactions: { transaction_id: string; held: string }[] }[];
  }>(nadi, {
    url: '/api/payment-orders?held=true',
  });
  const [held] = data;
  assert.equal(data.length, 1);
  assert.equal(held?.transactions[0]?.held, 'partial_chargeback');
  const resolve = () =>
    nadi.request({
      method: 'POST',
      url: `/api/payment-orders/${held?.id}/resolve`,
      body: { transaction_id: held?.transactions[0]?.transaction_id, kept: '90000', reason: 'Kata bank' },
    });
  assert.equal((await resolve()).statusCode, 200);
  assert.equal((await resolve()).statusCode, 409);
  assert.equal((await booksOf(nadi, part.payer)).amount_paid, '90000.00');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a capture that is cancelled the same day is no payment any more', async () => {
  await using world = await paidWorld();
  const { payer, order } = await paidByCard(world);
  world.midtrans.cancel(order);
  await world.settle();
  assert.equal((await booksOf(world.nadi, payer)).status, 'unpaid');
  await world.pass(90_000);
  assert.equal((await booksOf(world.nadi, payer)).amount_paid, '0.00');
  assert.deepEqual(await readFaults([world.nadi, world.nadi]), {});
});

test('money that went back was spent from the balance: what it paid is open again', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: payer.invoiceId, amount: '150000' },
  });
  midtrans.pay(order, { payment_type: 'credit_card' });
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).balance, '150000.00');
  // The next month is paid from it.
  nadi.clock.set('2026-02-10T03:00:00Z');
  await nadi.edition.runBilling();
  assert.equal((await booksOf(nadi, payer)).balance, '0.00');
  midtrans.settle(order);
  midtrans.refund(order);
  await world.settle();
  const { data } = await ok<{ data: { status: string; amount_paid: string }[] }>(nadi, {
    url: `/api/invoices?customer_id=${payer.customerId}`,
  });
  assert.deepEqual(
    data.map(({ status, amount_paid: paid }) => [status, paid]),
    [
      ['unpaid', '0.00'],
      ['paid', '150000.00'],
    ],
  );
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a balance that was paid out cannot be taken back: a person is told', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: payer.invoiceId, amount: '150000' },
  });
  midtrans.pay(order, { payment_type: 'credit_card' });
  await world.settle();
  await ok(nadi, {
    method: 'POST',
    url: `/api/customers/${payer.customerId}/refund`,
    body: { amount: '150000' },
  });
  midtrans.settle(order);
  midtrans.chargeback(order);
  await world.settle();
  const { data } = await ok<{ data: { transactions: { held: string }[] }[] }>(nadi, {
    url: '/api/payment-orders?held=true',
  });
  assert.equal(data[0]?.transactions[0]?.held, 'balance_spent');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('staff give money back through Midtrans: once, also where the answer is lost or it is asked twice', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const { payer, order } = await paidByCard(world);
  midtrans.settle(order);
  await world.settle();
  const refund = async (body: object) =>
    nadi.request({
      method: 'POST',
      url: `/api/payments/${await paymentOf(nadi, payer.invoiceId)}/refund`,
      body: { reason: 'Gangguan', ...body },
    });
  assert.equal((await refund({ amount: '150001' })).statusCode, 422);
  assert.equal((await refund({ amount: '0.5' })).statusCode, 422);
  assert.equal((await refund({ amount: '50000', idempotency_key: 'a' })).statusCode, 200);
  assert.equal((await booksOf(nadi, payer)).amount_paid, '100000.00');
  midtrans.faults.add({ do: 'reset', when: 'after', call: /refund$/, times: 1 });
  const lost = await refund({ amount: '20000', idempotency_key: 'b' });
  assert.equal(lost.json().code, 'gateway_trouble');
  await world.pass(61);
  assert.equal((await booksOf(nadi, payer)).amount_paid, '80000.00', 'the sweep finds what was done');
  assert.equal(midtrans.find(order)?.refunds.length, 2);
  const all = await Promise.all([refund({}), refund({})]);
  assert.ok(all.some(({ statusCode }) => statusCode === 200));
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).amount_paid, '0.00');
  assert.equal(
    midtrans.find(order)?.refunds.reduce((sum, { amount }) => sum + amount, 0),
    150_000,
  );
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('what cannot be given back through the gateway is said, and nothing changes', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.pay(order, { payment_type: 'bank_transfer', bank: 'bca' });
  await world.settle();
  const refused = await nadi.request({
    method: 'POST',
    url: `/api/payments/${await paymentOf(nadi, payer.invoiceId)}/refund`,
    body: { reason: 'Salah bayar' },
  });
  assert.equal(refused.json().code, 'refund_not_possible');
  assert.match(refused.json().message, /412/);
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
});
