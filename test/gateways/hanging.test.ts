import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

test('gateways that answer nothing at all are given up on, on every call, and nothing is booked wrongly', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const [told, asked, cancelled, made] = [
    await world.payer(),
    await world.payer(),
    await world.payer(),
    await world.payer(),
  ];
  const order = await world.order(told.invoiceId);
  const open = await world.order(asked.invoiceId, 'xendit');
  const other = await world.order(cancelled.invoiceId);
  midtrans.choose(other, { payment_type: 'qris' });
  await world.settle();
  for (const gateway of [midtrans, xendit]) gateway.faults.add({ do: 'hang', when: 'after', call: /./ });
  midtrans.pay(order, { payment_type: 'qris' });
  const orders = await ok<{ data: { id: string; order_id: string }[] }>(nadi, { url: '/api/payment-orders' });
  const idOf = (number: string) => orders.data.find((row) => row.order_id === number)?.id;
  // All at once: each waits as long as a gateway is waited for.
  const answers = await Promise.all([
    nadi.request({
      method: 'POST',
      url: '/api/payment-orders',
      body: { invoice_id: made.invoiceId, gateway: 'midtrans' },
    }),
    nadi.request({ method: 'POST', url: `/api/payment-orders/${idOf(open)}/check` }),
    nadi.request({ method: 'POST', url: `/api/payment-orders/${idOf(other)}/cancel` }),
    world.settle(),
  ]);
  for (const answer of answers.slice(0, 3))
    assert.deepEqual([answer?.statusCode, answer?.json().code], [409, 'gateway_trouble']);
  assert.equal((await booksOf(nadi, told)).status, 'paid', 'its notification is genuine');
  assert.equal((await booksOf(nadi, asked)).status, 'unpaid');
  for (const gateway of [midtrans, xendit]) gateway.faults.clear();
  await world.pass(3600);
  assert.equal(midtrans.find(other)?.status, 'cancel', 'the answer was lost, not the cancellation');
  const found = await ok<{ data: { status: string }[] }>(nadi, {
    url: `/api/payment-orders?order_id=${other}`,
  });
  assert.equal(found.data[0]?.status, 'cancelled');
});
