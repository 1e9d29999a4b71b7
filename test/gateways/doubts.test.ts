import assert from 'node:assert/strict';
import { test } from 'node:test';
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
