import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

test('an invoice without a subscription: lines rounded half up to whole rupiah, numbered at once', async () => {
  await using nadi = await testApp();
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Ani' } });
  const body = {
    customer_id: customer.id,
    due_date: '2026-01-20',
    lines: [
      { description: 'Kabel', quantity: 3, unit_price: '1500.50' },
      { description: 'Router', unit_price: 250000 },
    ],
  };
  const invoice = await ok<Record<string, unknown>>(nadi, { method: 'POST', url: '/api/invoices', body });
  assert.equal(invoice.amount, '254502.00');
  assert.equal(invoice.invoice_number, 'INV-20260115-0001');
  assert.deepEqual(
    (invoice.lines as { amount: string }[]).map((line) => line.amount),
    ['4502.00', '250000.00'],
  );
  const found = await ok<{ total: number }>(nadi, { url: '/api/invoices?search=inv-20260115-00' });
  assert.equal(found.total, 1);
});

test('by hand the next period of a subscription: the run does not make it again', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-14' });
  const body = { subscription_id: subscriptionId, due_date: '2026-01-20' };
  const invoice = await ok(nadi, { method: 'POST', url: '/api/invoices', body });
  assert.deepEqual(
    [invoice.period_start, invoice.period_end, invoice.due_date],
    ['2026-02-14', '2026-03-16', '2026-01-20'],
  );
  goTo(nadi, '2026-02-14');
  await nadi.kit.pool.query('update organisation set grace_days = 90');
  assert.equal((await nadi.edition.runBilling()).renewed, 0);
  await payAll(nadi, subscriptionId);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2026-03-16');
});

test('invoices are never deleted, not even by SQL', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  await assert.rejects(nadi.kit.pool.query('delete from invoices'), /never deleted/);
  await assert.rejects(nadi.kit.pool.query('delete from payments'), /never deleted/);
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
});

test('each refusal of an invoice has its code', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  const url = `/api/invoices/${invoice?.id}`;
  const code = async (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
    (await nadi.request({ method, url: path, ...(body ? { body } : {}) })).json().code;
  await ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice?.id, amount: 1 } });
  assert.equal(await code('DELETE', url), 'invoice_has_payments');
  goTo(nadi, '2026-01-16');
  assert.equal(await code('PUT', url, { due_date: '2026-02-01' }), 'invoice_due_date_passed');
  await ok(nadi, { method: 'PUT', url, body: { notes: 'Titip di warung' } });
  await payAll(nadi, subscriptionId);
  assert.equal(await code('POST', `${url}/mark-paid`), 'invoice_paid');
  assert.equal(await code('POST', '/api/payments', { invoice_id: invoice?.id, amount: 1 }), 'invoice_paid');
  const other = await subscriber(nadi, { start: '2026-01-16' });
  await nadi.edition.runBilling();
  const [voided] = await invoicesOf(nadi, other.subscriptionId);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${voided?.id}` });
  assert.equal(await code('DELETE', `/api/invoices/${voided?.id}`), 'invoice_cancelled');
  assert.equal(await code('POST', `/api/invoices/${voided?.id}/mark-paid`), 'invoice_cancelled');
});

test('voiding the overdue invoice of a suspended subscription lifts the suspension', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-17');
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${invoice?.id}` });
  const now = await subscriptionOf(nadi, subscriptionId);
  assert.deepEqual([now.status, now.end_date, now.billed_until], ['active', '2026-01-15', '2026-01-15']);
});

test('field.md 1: paid while the run was waiting – not suspended', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  // Overdue since yesterday: today's run has nothing to mark, and meets the payment where it suspends.
  goTo(nadi, '2026-01-16');
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-17');
  const payment = await nadi.kit.pool.connect();
  await payment.query('begin');
  await payment.query('select from subscriptions where id = $1 for no key update', [subscriptionId]);
  await payment.query(
    "update invoices set status = 'paid', amount_paid = amount where subscription_id = $1",
    [subscriptionId],
  );
  const run = nadi.edition.runBilling();
  await waitedFor(nadi);
  await payment.query('commit');
  payment.release();
  assert.equal((await run).suspended, 0);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'active');
});

test('field.md 1: the last two overdue invoices are paid at once – the subscription resumes', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2027-01-01' });
  for (let round = 1; round <= 8; round += 1) {
    goTo(nadi, `2026-02-0${round}`);
    const body = { subscription_id: subscriptionId, amount: 5000, due_date: `2026-02-0${round}` };
    const open = [0, 1].map(() => ok(nadi, { method: 'POST', url: '/api/invoices', body }));
    const invoices = await Promise.all(open);
    goTo(nadi, `2026-03-0${round}`);
    await nadi.edition.runBilling();
    assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
    await Promise.all(
      invoices.map(({ id }) => ok(nadi, { method: 'POST', url: `/api/invoices/${id}/mark-paid` })),
    );
    assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'active');
  }
});

/** Until a statement of the run waits for a lock. */
async function waitedFor(nadi: TestApp): Promise<void> {
  for (;;) {
    const { rows } = await nadi.kit.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
  }
}

test('a payment and the run meet: neither is lost', async () => {
  await using nadi = await testApp();
  const subscribers = [];
  for (let n = 0; n < 10; n += 1) subscribers.push(await subscriber(nadi, { start: '2026-01-15' }));
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-17');
  await Promise.all([
    ...subscribers.map(({ subscriptionId }) => payAll(nadi, subscriptionId)),
    nadi.edition.runBilling(),
    nadi.edition.runBilling(),
  ]);
  for (const { subscriptionId } of subscribers) {
    const now = await subscriptionOf(nadi, subscriptionId);
    assert.deepEqual([now.status, now.end_date >= '2026-02-14'], ['active', true]);
  }
});
