import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

test('an invoice is paid through Midtrans: asked for, told, confirmed, booked once', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const made = await ok<{ success: boolean; order_id: string; redirect_url: string }>(nadi, {
    method: 'POST',
    url: '/api/midtrans/create-token',
    body: { invoice_id: payer.invoiceId },
  });
  assert.equal(made.success, true);
  assert.match(made.order_id, /^INV-20260115-\d{4}-[0-9a-z]+$/);
  assert.ok(made.order_id.length <= 50);
  assert.ok(made.redirect_url.startsWith(midtrans.url));
  midtrans.choose(made.order_id, { payment_type: 'qris' });
  await world.settle();
  assert.deepEqual(await booksOf(nadi, payer), {
    status: 'unpaid',
    amount_paid: '0.00',
    subscription: 'active',
    balance: '0.00',
    payments: [],
  });
  midtrans.pay(made.order_id);
  await world.settle();
  const after = await booksOf(nadi, payer);
  assert.deepEqual(after, {
    status: 'paid',
    amount_paid: '150000.00',
    subscription: 'active',
    balance: '0.00',
    payments: [['150000.00', 'qris', false]],
  });
  const invoice = await ok(nadi, { url: `/api/invoices/${payer.invoiceId}` });
  assert.equal(invoice.midtrans_order_id, made.order_id);
  assert.equal(invoice.payment_reference, midtrans.find(made.order_id)?.id);
  const status = await ok<{ data: { transaction_status: string } }>(nadi, {
    url: `/api/midtrans/status/${made.order_id}`,
  });
  assert.equal(status.data.transaction_status, 'settlement');
  const { data: logs } = await ok<{ data: { event: string }[] }>(nadi, {
    url: `/api/midtrans-logs?order_id=${made.order_id}`,
  });
  assert.deepEqual(logs.map(({ event }) => event).sort(), [
    'create',
    'notification',
    'notification',
    'status_check',
  ]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});
