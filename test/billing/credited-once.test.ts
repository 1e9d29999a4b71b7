import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

interface Note {
  readonly amount: string;
  readonly tax_amount: string;
  readonly late_fee: string;
}

/** Eleven percent come on every price. */
async function taxed(): Promise<TestApp> {
  const nadi = await testApp();
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11' } });
  return nadi;
}

const post = (nadi: TestApp, url: string, body: object = {}) => nadi.request({ method: 'POST', url, body });
const credit = (nadi: TestApp, id: string, amount: number) =>
  ok<Note>(nadi, {
    method: 'POST',
    url: `/api/invoices/${id}/credit-notes`,
    body: { amount, reason: 'Gangguan' },
  });
const fundsOf = (nadi: TestApp, id: string) =>
  ok<{ balance: string }>(nadi, { url: `/api/customers/${id}/funds` });

/** An invoice of 111000 with 5000 of late fee. */
async function lateInvoice(nadi: TestApp): Promise<string> {
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { late_fee_kind: 'once', late_fee_amount: 5000 },
  });
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Budi' } });
  const body = { customer_id: customer.id, amount: 100_000, due_date: '2026-01-15' };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/invoices', body });
  goTo(nadi, '2026-01-17');
  await nadi.edition.runBilling();
  return id;
}

/** Takes back all payments of an invoice. */
async function reverseAll(nadi: TestApp, id: string): Promise<void> {
  const { data } = await ok<{ data: { id: string }[] }>(nadi, { url: `/api/payments?invoice_id=${id}` });
  for (const payment of data) await ok(nadi, { method: 'DELETE', url: `/api/payments/${payment.id}` });
}

test('a late fee bears no tax: crediting all but the fee credits all of the tax', async () => {
  await using nadi = await taxed();
  const id = await lateInvoice(nadi);
  const half = await credit(nadi, id, 55_500);
  assert.deepEqual([half.tax_amount, half.late_fee], ['5500.00', '0.00']);
  const rest = await credit(nadi, id, 55_500);
  assert.deepEqual([rest.tax_amount, rest.late_fee], ['5500.00', '0.00']);
  const fee = await credit(nadi, id, 5000);
  assert.deepEqual([fee.tax_amount, fee.late_fee], ['0.00', '5000.00']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a late fee that was credited is not waived on top of it', async () => {
  await using nadi = await taxed();
  const id = await lateInvoice(nadi);
  assert.equal((await credit(nadi, id, 113_000)).late_fee, '2000.00');
  await reverseAll(nadi, id);
  const waived = (await post(nadi, `/api/invoices/${id}/waive-late-fee`)).json();
  assert.deepEqual([waived.late_fee, waived.amount], ['2000.00', '113000.00']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  await nadi.edition.runBilling();
  assert.equal((await ok<{ status: string }>(nadi, { url: `/api/invoices/${id}` })).status, 'paid');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('cancelled or changed after credit notes: unused days give back no more than those left of the period', async () => {
  for (const [credited, unused] of [
    [333_000, 0],
    [266_400, 66_600],
    [33_300, 166_500],
  ] as const) {
    await using nadi = await taxed();
    const { subscriptionId: id, customerId } = await subscriber(nadi, {
      price: 300_000,
      start: '2026-01-15',
    });
    const { packageId } = await subscriber(nadi, { price: 600_000 });
    await nadi.edition.runBilling();
    await payAll(nadi, id);
    await credit(nadi, (await invoicesOf(nadi, id))[0]?.id ?? '', credited);
    // Half of the thirty days are to come.
    goTo(nadi, '2026-01-30');
    const change = { package_id: packageId, when: 'now', preview: true };
    const { lines } = (await post(nadi, `/api/subscriptions/${id}/change-package`, change)).json();
    assert.equal(Math.round(Math.abs(lines[0].amount) * 1.11), unused);
    assert.equal(
      (await post(nadi, `/api/subscriptions/${id}/cancel`, { at: 'now', credit: true })).statusCode,
      200,
    );
    assert.equal((await fundsOf(nadi, customerId)).balance, `${credited + unused}.00`);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
});

test('an open invoice of time to come that has credit notes is not voided by cancelling', async () => {
  for (const how of [{ at: 'now', credit: true }, { at: 'period_end' }]) {
    await using nadi = await taxed();
    const { subscriptionId: id, customerId } = await subscriber(nadi, {
      price: 300_000,
      start: '2026-01-20',
    });
    await nadi.edition.runBilling();
    const invoice = (await invoicesOf(nadi, id))[0]?.id ?? '';
    await credit(nadi, invoice, 33_300);
    await reverseAll(nadi, invoice);
    assert.equal((await post(nadi, `/api/subscriptions/${id}/cancel`, how)).statusCode, 200);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
    await nadi.edition.runBilling();
    const left = (await invoicesOf(nadi, id)).find((one) => one.id === invoice);
    const { balance } = await fundsOf(nadi, customerId);
    const isOver = how.at === 'now';
    assert.deepEqual(
      [left?.status, left?.amount_paid, balance],
      isOver ? ['paid', '333000.00', '0.00'] : ['unpaid', '33300.00', '0.00'],
    );
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
});

test('credit notes after a cancellation or a change give back no more than unused days left', async () => {
  for (const how of ['cancel', 'change-package'] as const) {
    await using nadi = await taxed();
    const one = await subscriber(nadi, { start: '2026-01-15', price: 300_000 });
    const other = await subscriber(nadi, { start: '2026-06-15', price: 600_000 });
    await nadi.edition.runBilling();
    await payAll(nadi, one.subscriptionId);
    const [invoice] = await invoicesOf(nadi, one.subscriptionId);
    goTo(nadi, '2026-01-25');
    const body =
      how === 'cancel' ? { at: 'now', credit: true } : { package_id: other.packageId, when: 'now' };
    assert.equal((await post(nadi, `/api/subscriptions/${one.subscriptionId}/${how}`, body)).statusCode, 200);
    // Twenty of thirty days of 333,000 were given back.
    const over = await post(nadi, `/api/invoices/${invoice?.id}/credit-notes`, {
      amount: 111_001,
      reason: 'G',
    });
    assert.equal(over.json().code, 'credit_too_high', how);
    await credit(nadi, invoice?.id ?? '', 111_000);
    const more = await post(nadi, `/api/invoices/${invoice?.id}/credit-notes`, { amount: 1, reason: 'G' });
    assert.equal(more.json().code, 'credit_too_high', how);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
});
