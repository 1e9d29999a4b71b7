import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

async function state(nadi: TestApp, id: string): Promise<readonly string[]> {
  const { status, end_date: end, billed_until: billed } = await subscriptionOf(nadi, id);
  return [status, end, billed];
}

const activate = (nadi: TestApp, id: string) =>
  ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/activate` });
const suspend = (nadi: TestApp, id: string) =>
  ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/suspend` });
const change = (nadi: TestApp, id: string, body: object) =>
  ok(nadi, { method: 'PUT', url: `/api/subscriptions/${id}`, body });

/** Invoiced for 15 January, then switched to expire: it ends that day with the invoice open. */
async function expiredWithInvoice(nadi: TestApp, billSuspended = false): Promise<string> {
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', billSuspended });
  await nadi.edition.runBilling();
  await change(nadi, subscriptionId, { auto_renew: false });
  assert.equal((await nadi.edition.runBilling()).expired, 1);
  goTo(nadi, '2026-01-25');
  return subscriptionId;
}

test('expired with an open invoice, started again, then paid: thirty days from the start', async () => {
  await using nadi = await testApp();
  const id = await expiredWithInvoice(nadi);
  await activate(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-01-25', '2026-02-24']);
  await payAll(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-02-24', '2026-02-24']);
});

test('field.md 1: expired with an open invoice, then paid – active again for the days paid', async () => {
  await using nadi = await testApp();
  const id = await expiredWithInvoice(nadi);
  await payAll(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-02-24', '2026-02-24']);
  const logs = await ok<{ data: { action: string }[] }>(nadi, {
    url: `/api/billing-logs?subscription_id=${id}&action=activated`,
  });
  assert.equal(logs.data.length, 1);
  goTo(nadi, '2026-02-24');
  assert.equal((await nadi.edition.runBilling()).expired, 1);
});

test('expired, and the package bills suspended time: a payment for time gone by starts nothing', async () => {
  await using nadi = await testApp();
  const id = await expiredWithInvoice(nadi, true);
  goTo(nadi, '2026-03-01');
  await payAll(nadi, id);
  assert.deepEqual(await state(nadi, id), ['expired', '2026-02-14', '2026-02-14']);
});

test('a package for nothing: invoiced and paid at once, never overdue, never suspended', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', price: 0 });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual([invoice?.amount, invoice?.status], ['0.00', 'paid']);
  assert.deepEqual(await state(nadi, subscriptionId), ['active', '2026-02-14', '2026-02-14']);
  goTo(nadi, '2026-02-01');
  const body = { subscription_id: subscriptionId, due_date: '2026-02-01' };
  assert.equal((await ok(nadi, { method: 'POST', url: '/api/invoices', body })).status, 'paid');
  assert.deepEqual(await state(nadi, subscriptionId), ['active', '2026-03-16', '2026-03-16']);
  goTo(nadi, '2026-06-01');
  const run = await nadi.edition.runBilling();
  assert.deepEqual([run.overdue, run.suspended], [0, 0]);
});

test('field.md 2: nobody is suspended over a rounding remainder', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', price: 100_000 });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  const pay = (amount: string) =>
    ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice?.id, amount } });
  await pay('66666.66');
  goTo(nadi, '2026-01-20');
  assert.equal((await nadi.edition.runBilling()).suspended, 1);
  await pay('33333.33');
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'active');
  goTo(nadi, '2026-01-25');
  assert.equal((await nadi.edition.runBilling()).suspended, 0);
});

test('the dearest package there may be is invoiced; a dearer one is refused, and blocks no run', async () => {
  await using nadi = await testApp();
  const dear = await subscriber(nadi, { start: '2026-01-15', price: 99_999_999_999 });
  const other = await subscriber(nadi, { start: '2026-01-15' });
  const url = `/api/packages/${dear.packageId}`;
  const refused = await nadi.request({ method: 'PUT', url, body: { price: '99999999999.99' } });
  assert.equal(refused.statusCode, 422, refused.body);
  assert.equal((await nadi.edition.runBilling()).renewed, 2);
  assert.equal((await invoicesOf(nadi, other.subscriptionId)).length, 1);
  await subscriber(nadi, { start: '2026-01-15', price: 99_999_999_999 });
  await nadi.edition.runBilling();
  const stats = await ok(nadi, { url: '/api/dashboard/stats' });
  assert.equal(stats.outstanding_amount, '200000149998.00');
});

test('a voided period between others is given for nothing: who pays the others is paid up', async () => {
  await using nadi = await testApp();
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15', days: 3 });
  await nadi.edition.runBilling();
  const [, middle, last] = await invoicesOf(nadi, id);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${middle?.id}` });
  assert.deepEqual(await state(nadi, id), ['active', '2026-01-18', '2026-01-24']);
  assert.equal((await nadi.edition.runBilling()).renewed, 0);
  await payAll(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-01-24', '2026-01-24']);
  assert.equal(last?.period_start, '2026-01-21');
});

test('a month keeps its length after a void and a change of package from days to months', async () => {
  await using nadi = await testApp({ now: '2026-01-31T03:00:00Z' });
  const monthly = await subscriber(nadi, { start: '2026-01-31', months: 1 });
  const daily = await subscriber(nadi, { start: '2026-06-01', days: 3 });
  const id = monthly.subscriptionId;
  await nadi.edition.runBilling();
  goTo(nadi, '2026-02-22');
  await payAll(nadi, id);
  await change(nadi, id, { package_id: daily.packageId });
  await nadi.edition.runBilling();
  const short = (await invoicesOf(nadi, id)).at(-1);
  assert.deepEqual([short?.period_start, short?.period_end], ['2026-02-28', '2026-03-03']);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${short?.id}` });
  await change(nadi, id, { package_id: monthly.packageId });
  await nadi.edition.runBilling();
  const month = (await invoicesOf(nadi, id)).find((invoice) => invoice.status === 'unpaid');
  assert.deepEqual([month?.period_start, month?.period_end], ['2026-02-28', '2026-03-28']);
});

test('suspended before it starts: the start is not paid for by the wait', async () => {
  await using nadi = await testApp();
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-03-01' });
  await suspend(nadi, id);
  goTo(nadi, '2026-02-10');
  await activate(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-03-01', '2026-03-01']);
  await suspend(nadi, id);
  goTo(nadi, '2026-03-04');
  await activate(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-03-04', '2026-03-04']);
});

test('nobody is suspended inside paid time for the renewal that follows it', async () => {
  await using nadi = await testApp();
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-01' });
  goTo(nadi, '2026-01-25');
  await nadi.edition.runBilling();
  // On leave for a month; the paid week that was left counts from the return.
  await suspend(nadi, id);
  goTo(nadi, '2026-02-25');
  await activate(nadi, id);
  assert.deepEqual(await state(nadi, id), ['active', '2026-03-04', '2026-04-03']);
  goTo(nadi, '2026-03-05');
  await nadi.edition.runBilling();
  assert.equal((await subscriptionOf(nadi, id)).status, 'active');
  goTo(nadi, '2026-03-06');
  await nadi.edition.runBilling();
  assert.equal((await subscriptionOf(nadi, id)).status, 'suspended');
});

test('an invoice whose lines all round to nothing is refused; the largest total is taken', async () => {
  await using nadi = await testApp();
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Ani' } });
  const invoice = (...prices: string[]) =>
    nadi.request({
      method: 'POST',
      url: '/api/invoices',
      body: {
        customer_id: customer.id,
        due_date: '2026-01-20',
        lines: prices.map((price) => ({ description: 'x', unit_price: price })),
      },
    });
  const codes = async (...prices: string[]) => (await invoice(...prices)).json().errors ?? 'taken';
  for (const prices of [
    ['0.40', '0.40'],
    ['99999999998.50', '0.50'],
  ])
    assert.deepEqual(Object.keys(await codes(...prices)), ['lines']);
  assert.equal(await codes('99999999998.50'), 'taken');
  assert.equal(await codes('0.50', '0.00'), 'taken');
});

test('notes cut for the line keep whole characters', async () => {
  await using nadi = await testApp();
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Ani' } });
  const notes = `${'x'.repeat(254)}😀 lagi`;
  const body = { customer_id: customer.id, amount: 1000, due_date: '2026-01-20', notes };
  const invoice = await ok<{ notes: string; lines: { description: string }[] }>(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body,
  });
  assert.deepEqual([invoice.notes, invoice.lines[0]?.description], [notes, `${'x'.repeat(254)}😀`]);
});

test('a run that a person starts is audited with the person', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { start: '2026-01-15' });
  await ok(nadi, { method: 'POST', url: '/api/billing/run', body: {} });
  const { data } = await ok<{ data: { actor: string; user_id: string }[] }>(nadi, {
    url: '/api/audit-logs?action=billing.run',
  });
  assert.deepEqual(
    data.map((row) => [row.actor, row.user_id]),
    [['admin@nadi.test', nadi.userIds.admin]],
  );
});

test('an invoice that is not there cannot be marked paid: 404, as for anything that is not there', async () => {
  await using nadi = await testApp();
  const url = '/api/invoices/019b0000-0000-7000-8000-000000000000/mark-paid';
  const answer = await nadi.request({ method: 'POST', url });
  assert.deepEqual([answer.statusCode, answer.json().code], [404, 'not_found']);
});
