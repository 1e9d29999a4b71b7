import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

test('unpaid: overdue the day after it is due, suspended after the grace day, resumed by the payment', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-16');
  assert.deepEqual(pick(await nadi.edition.runBilling()), {
    overdue: 1,
    suspended: 0,
    renewed: 0,
    expired: 0,
  });
  goTo(nadi, '2026-01-17');
  assert.deepEqual(pick(await nadi.edition.runBilling()), {
    overdue: 0,
    suspended: 1,
    renewed: 0,
    expired: 0,
  });
  goTo(nadi, '2026-02-01');
  assert.equal((await nadi.edition.runBilling()).renewed, 0, 'suspended time is not billed');
  await payAll(nadi, subscriptionId);
  const resumed = await subscriptionOf(nadi, subscriptionId);
  // Two days were used before the suspension; the other 28 of the paid 30 count from today.
  assert.deepEqual(
    [resumed.status, resumed.end_date, resumed.billed_until],
    ['active', '2026-03-01', '2026-03-01'],
  );
  const logs = await ok<{ data: { action: string }[] }>(nadi, {
    url: `/api/billing-logs?subscription_id=${subscriptionId}`,
  });
  assert.deepEqual(logs.data.map((log) => log.action).sort(), [
    'activated',
    'created',
    'paid',
    'renewed',
    'suspended',
  ]);
});

test('a package may bill suspended time', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', billSuspended: true });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-17');
  await nadi.edition.runBilling();
  goTo(nadi, '2026-02-01');
  await payAll(nadi, subscriptionId);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2026-02-14');
});

test('a subscription with two overdue invoices resumes with the last of them', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', days: 3 });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-30');
  await nadi.edition.runBilling();
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
  const open = (await invoicesOf(nadi, subscriptionId)).filter((invoice) => invoice.due_date < '2026-01-30');
  assert.ok(open.length >= 2);
  for (const [index, invoice] of open.entries()) {
    await ok(nadi, { method: 'POST', url: `/api/invoices/${invoice.id}/mark-paid` });
    const status = index === open.length - 1 ? 'active' : 'suspended';
    assert.equal((await subscriptionOf(nadi, subscriptionId)).status, status);
  }
});

test('suspended by hand: a payment does not lift it, activate does', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/suspend` });
  goTo(nadi, '2026-01-20');
  await nadi.edition.runBilling();
  await payAll(nadi, subscriptionId);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/activate` });
  const active = await subscriptionOf(nadi, subscriptionId);
  assert.deepEqual(
    [active.status, active.end_date],
    ['active', '2026-02-19'],
    'five days of suspension are not used up',
  );
});

test('activated with overdue invoices: the run leaves it alone until the date given', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-17');
  await nadi.edition.runBilling();
  const url = `/api/subscriptions/${subscriptionId}/activate`;
  await ok(nadi, { method: 'POST', url, body: { until: '2026-01-20' } });
  goTo(nadi, '2026-01-19');
  assert.equal((await nadi.edition.runBilling()).suspended, 0);
  goTo(nadi, '2026-01-20');
  assert.equal((await nadi.edition.runBilling()).suspended, 1);
});

test('without auto_renew it is not invoiced and expires on its first unpaid day', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, {
    start: '2026-01-15',
    end: '2026-02-14',
    autoRenew: false,
  });
  goTo(nadi, '2026-02-13');
  assert.deepEqual(pick(await nadi.edition.runBilling()), {
    overdue: 0,
    suspended: 0,
    renewed: 0,
    expired: 0,
  });
  goTo(nadi, '2026-02-14');
  assert.deepEqual(pick(await nadi.edition.runBilling()), {
    overdue: 0,
    suspended: 0,
    renewed: 0,
    expired: 1,
  });
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/activate` });
  await nadi.drainJobs();
  assert.deepEqual(
    (await invoicesOf(nadi, subscriptionId)).map((invoice) => invoice.period_start),
    ['2026-02-14'],
  );
});

test('a voided renewal is made anew by the next run, under a new number; the old one stands', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [first] = await invoicesOf(nadi, subscriptionId);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${first?.id}` });
  await nadi.edition.runBilling();
  const all = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual(all.map((i) => [i.period_start, i.status]).sort(), [
    ['2026-01-15', 'cancelled'],
    ['2026-01-15', 'unpaid'],
  ]);
  assert.deepEqual(all.map((i) => i.invoice_number).sort(), ['INV-20260115-0001', 'INV-20260115-0002']);
});

test('a reversed payment opens the invoice again and takes the time back', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, subscriptionId);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2026-02-14');
  const payments = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/payments' });
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${payments.data[0]?.id}?reason=bounced` });
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  assert.equal(invoice?.status, 'unpaid');
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2026-01-15');
  const again = await nadi.request({ method: 'DELETE', url: `/api/payments/${payments.data[0]?.id}` });
  assert.equal(again.statusCode, 409);
  assert.equal(again.json().code, 'payment_reversed');
});

test('two payments of the whole at once: one is taken, the other is told', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  const pay = () => nadi.request({ method: 'POST', url: `/api/invoices/${invoice?.id}/mark-paid` });
  const codes = (await Promise.all([pay(), pay(), pay(), pay()])).map((answer) => answer.statusCode);
  assert.deepEqual(codes.sort(), [200, 409, 409, 409]);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2026-02-14');
});

test('part-payments add up to the rupiah; what is more waits as balance, and pays the next invoice', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', price: 100_000 });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  const pay = (amount: string) =>
    nadi.request({ method: 'POST', url: '/api/payments', body: { invoice_id: invoice?.id, amount } });
  for (const amount of ['33333.33', '33333.33', '33333.33'])
    assert.equal((await pay(amount)).statusCode, 201);
  const last = (await pay('30000.01')).json();
  assert.deepEqual([last.invoice.status, last.to_balance], ['paid', '30000.00']);
  nadi.clock.set('2026-02-08T03:00:00Z');
  assert.equal((await nadi.edition.runBilling()).from_balance, 1);
  const next = (await invoicesOf(nadi, subscriptionId)).find((each) => each.status === 'unpaid');
  assert.equal(next?.amount_paid, '30000.00');
  const refused = await nadi.request({ method: 'DELETE', url: `/api/payments/${last.id}` });
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'balance_used']);
  const used = await ok<{ data: { id: string; method: string }[] }>(nadi, {
    url: `/api/payments?invoice_id=${next?.id}`,
  });
  assert.equal(used.data[0]?.method, 'balance');
  for (const id of [used.data[0]?.id, last.id])
    assert.equal((await nadi.request({ method: 'DELETE', url: `/api/payments/${id}` })).statusCode, 204);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a dry run tells what the run will do, and changes nothing', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { start: '2026-01-15' });
  await subscriber(nadi, { start: '2026-01-15', end: '2026-01-15', autoRenew: false });
  const dry = await ok(nadi, { method: 'POST', url: '/api/billing/run', body: { dry_run: true } });
  const again = await ok(nadi, { method: 'POST', url: '/api/billing/run', body: { dry_run: true } });
  assert.deepEqual(dry, again);
  const run = await ok(nadi, { method: 'POST', url: '/api/billing/run', body: {} });
  assert.deepEqual(pick(run), pick(dry));
  assert.equal(run.renewed, 1);
  assert.equal(run.expired, 1);
  const audits = await ok<{ data: { new_values: unknown }[] }>(nadi, {
    url: '/api/audit-logs?action=billing.run',
  });
  assert.deepEqual(
    audits.data.map((row) => row.new_values),
    [{ date: '2026-01-15', renewed: 1, expired: 1 }],
  );
});

test('numbers grow past four digits and are never cut', async () => {
  await using nadi = await testApp();
  await nadi.kit.pool.query("insert into invoice_counters values ('2026-01-15', 9998)");
  const subscribers = [];
  for (let n = 0; n < 3; n += 1) subscribers.push(await subscriber(nadi, { start: '2026-01-15' }));
  await nadi.edition.runBilling();
  const { rows } = await nadi.kit.pool.query(
    'select invoice_number from invoices order by length(invoice_number), 1',
  );
  assert.deepEqual(
    rows.map((row) => row.invoice_number),
    ['INV-20260115-9999', 'INV-20260115-10000', 'INV-20260115-10001'],
  );
});

function pick(run: object) {
  const { overdue, suspended, renewed, expired } = run as Record<string, unknown>;
  return { overdue, suspended, renewed, expired };
}
