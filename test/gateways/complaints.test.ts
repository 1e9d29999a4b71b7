import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Midtrans, startMidtrans } from '#simulators';
import { readFaults } from '../billing/books.ts';
import {
  assertSettled,
  letLapse,
  packageOf,
  provisioned,
  rowOf,
  subscribed,
  wake,
} from '../network/provisioned.ts';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

/** What Nadi needs to know of it. */
const envOf = ({ serverKey, url }: Midtrans) => ({
  MIDTRANS_SERVER_KEY: serverKey,
  MIDTRANS_SNAP_URL: url,
  MIDTRANS_API_URL: url,
});

test('complaint 1: who pays online while blocked is let in on the router by the same work that books the payment', async () => {
  await using midtrans = await startMidtrans({ serverKey: 'kunci-midtrans' });
  await using world = await provisioned({ env: envOf(midtrans) });
  const { nadi, router, routerId } = world;
  const address = await nadi.app.listen({ port: 0, host: '127.0.0.1' });
  midtrans.notificationUrl = `${address}/api/midtrans/notification`;
  const { subscriptionId } = await subscribed(nadi, await packageOf(nadi), 'budi');
  await letLapse(nadi);
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/invoices?subscription_id=${subscriptionId}&status=overdue`,
  });
  assert.equal(data.length, 1);
  const { order_id: order } = await ok<{ order_id: string }>(nadi, {
    method: 'POST',
    url: '/api/payment-orders',
    body: { invoice_id: data[0]?.id, gateway: 'midtrans' },
  });
  // The router is away as the money comes.
  router.faults.add({ do: 'refuse', times: 1 });
  midtrans.pay(order, { payment_type: 'qris' });
  await midtrans.idle();
  await nadi.drainJobs();
  assert.equal((await ok(nadi, { url: `/api/subscriptions/${subscriptionId}` })).status, 'active');
  nadi.clock.advance({ minutes: 5 });
  await wake(nadi);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'false');
  await assertSettled(nadi, routerId);
});

test('complaint 7: a customer who paid is not shown as cancelled, whatever is sent again or late', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.choose(order, { payment_type: 'qris' });
  const pending = midtrans.body(order);
  midtrans.pay(order);
  await world.settle();
  const expired = { ...pending, transaction_status: 'expire', status_code: '202' };
  for (const late of [pending, { ...expired, signature_key: 'x' }]) midtrans.send(late);
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
  const { data } = await ok<{ data: { status: string }[] }>(nadi, {
    url: `/api/payment-orders?order_id=${order}`,
  });
  assert.equal(data[0]?.status, 'paid');
});

test('complaint 8: a state nobody knows is never taken for a failure, and copies 70 ms apart are one payment', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.faults.add({ do: 'duplicate', milliseconds: 70 });
  midtrans.faults.add({ do: 'html', when: 'after', call: /status$/, times: 1 });
  midtrans.pay(order, { payment_type: 'qris' });
  await world.settle();
  const strange = { ...midtrans.body(order), transaction_status: 'reconsidered' };
  midtrans.send(strange);
  await world.settle();
  await world.pass(120);
  assert.deepEqual((await booksOf(nadi, payer)).payments, [['150000.00', 'qris', false]]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});
