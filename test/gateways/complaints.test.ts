import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

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
