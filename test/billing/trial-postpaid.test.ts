import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InvoiceSeen, invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { runBoth, toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

const show = (nadi: TestApp, id: string) => ok(nadi, { url: `/api/subscriptions/${id}` });
const periods = (invoices: readonly InvoiceSeen[]) =>
  invoices.map(({ period_start: from, period_end: to, due_date: due, amount }) => [from, to, due, amount]);

async function postpaid(nadi: TestApp, start: string, autoRenew = true) {
  const { packageId, customerId } = await subscriber(nadi, { price: 300_000, start: '2027-01-01' });
  await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { billing_mode: 'postpaid' } });
  const body = {
    customer_id: customerId,
    package_id: packageId,
    mikrotik_username: `post-${packageId.slice(-8)}`,
    start_date: start,
    auto_renew: autoRenew,
  };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  return { id, packageId, customerId };
}

test('a trial costs nothing: the first invoice is for the period after it, and a pause moves its end', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { packageId, customerId } = await subscriber(nadi, { price: 300_000, start: '2027-01-01' });
  const body = {
    customer_id: customerId,
    package_id: packageId,
    mikrotik_username: 'trial',
    start_date: '2026-01-15',
    trial_days: 14,
  };
  const both = { ...body, end_date: '2026-02-01' };
  assert.equal(
    (await nadi.request({ method: 'POST', url: '/api/subscriptions', body: both })).statusCode,
    422,
  );
  const made = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  assert.deepEqual([made.trial_ends_on, made.end_date], ['2026-01-29', '2026-01-29']);
  await runBoth(nodes);
  assert.deepEqual(await invoicesOf(nadi, made.id), []);
  toDay(nodes, '2026-01-20');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${made.id}/pause` });
  toDay(nodes, '2026-01-25');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${made.id}/activate` });
  assert.equal((await show(nadi, made.id)).trial_ends_on, '2026-02-03');
  toDay(nodes, '2026-01-27');
  await runBoth(nodes);
  assert.deepEqual(periods(await invoicesOf(nadi, made.id)), [
    ['2026-02-03', '2026-03-05', '2026-02-03', '300000.00'],
  ]);
  assert.deepEqual(await readFaults(nodes), {});
});

test('due days are added to what the run makes, and nobody is suspended before', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { due_days: 10 } });
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  await runBoth(nodes);
  assert.deepEqual(periods(await invoicesOf(nadi, id)), [
    ['2026-01-15', '2026-02-14', '2026-01-25', '300000.00'],
  ]);
  toDay(nodes, '2026-01-26');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-01-27');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'suspended');
  assert.deepEqual(await readFaults(nodes), {});
});

test('postpaid: invoiced when the period is over, goes on meanwhile, and is suspended for an overdue invoice alone', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { due_days: 14 } });
  const { id } = await postpaid(nadi, '2026-01-15');
  toDay(nodes, '2026-02-13');
  await runBoth(nodes);
  assert.deepEqual(await invoicesOf(nadi, id), []);
  assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-02-15');
  await runBoth(nodes);
  assert.deepEqual(periods(await invoicesOf(nadi, id)), [
    ['2026-01-15', '2026-02-14', '2026-03-01', '300000.00'],
  ]);
  toDay(nodes, '2026-03-02');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-03-03');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).suspended_for, 'overdue');
  toDay(nodes, '2026-03-10');
  await payAll(nadi, id);
  const resumed = await show(nadi, id);
  assert.deepEqual([resumed.status, resumed.billed_until], ['active', '2026-02-21']);
  toDay(nodes, '2026-03-23');
  await runBoth(nodes);
  assert.equal((await invoicesOf(nadi, id))[1]?.period_end, '2026-03-23');
  assert.deepEqual(await readFaults(nodes), {});
});

test('postpaid that does not renew, or is cancelled at the end, is billed for its last period and then ends, however late the run', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const ending = await postpaid(nadi, '2026-01-15', false);
  const leaving = await postpaid(nadi, '2026-01-15');
  toDay(nodes, '2026-01-20');
  await runBoth(nodes);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${leaving.id}/cancel`,
    body: { at: 'period_end' },
  });
  await runBoth(nodes);
  for (const { id } of [ending, leaving]) assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-04-20');
  await runBoth(nodes);
  assert.equal((await show(nadi, ending.id)).status, 'expired');
  assert.equal((await show(nadi, leaving.id)).status, 'cancelled');
  for (const { id } of [ending, leaving]) {
    assert.deepEqual(periods(await invoicesOf(nadi, id)), [
      ['2026-01-15', '2026-02-14', '2026-04-20', '300000.00'],
    ]);
    await payAll(nadi, id);
  }
  assert.equal((await show(nadi, ending.id)).status, 'expired', 'paying for used time gives no more');
  toDay(nodes, '2026-05-01');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${ending.id}/activate` });
  await runBoth(nodes);
  const again = await show(nadi, ending.id);
  assert.deepEqual([again.status, again.billed_until], ['active', '2026-05-01']);
  assert.equal((await nadi.edition.runBilling()).run_id, null);
  assert.deepEqual(await readFaults(nodes), {});
});

test('postpaid changes: at the renewal after what was used, now with the used days at the old price', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const later = await postpaid(nadi, '2026-01-15');
  const now = await postpaid(nadi, '2026-01-15');
  const dear = await subscriber(nadi, { price: 600_000, start: '2027-01-01' });
  toDay(nodes, '2026-01-25');
  const change = (id: string, when: string) =>
    ok(nadi, {
      method: 'POST',
      url: `/api/subscriptions/${id}/change-package`,
      body: { package_id: dear.packageId, when },
    });
  await ok(nadi, {
    method: 'PUT',
    url: `/api/packages/${dear.packageId}`,
    body: { billing_mode: 'postpaid' },
  });
  await change(later.id, 'renewal');
  const seen = await change(now.id, 'now');
  assert.equal(seen.invoice_id, null);
  toDay(nodes, '2026-02-14');
  await runBoth(nodes);
  assert.deepEqual(periods(await invoicesOf(nadi, later.id)), [
    ['2026-01-15', '2026-02-14', '2026-02-14', '300000.00'],
  ]);
  assert.equal((await show(nadi, later.id)).package_id, dear.packageId);
  // Ten days at 10 000 and twenty at 20 000.
  assert.deepEqual(periods(await invoicesOf(nadi, now.id)), [
    ['2026-01-15', '2026-02-14', '2026-02-14', '500000.00'],
  ]);
  assert.deepEqual(await readFaults(nodes), {});
});

test('postpaid cancelled now: the used days are invoiced', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const one = await postpaid(nadi, '2026-01-15');
  const other = await postpaid(nadi, '2026-01-15');
  toDay(nodes, '2026-01-25');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${one.id}/cancel`, body: { at: 'now' } });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${other.id}` });
  for (const { id } of [one, other]) {
    assert.deepEqual(
      (await invoicesOf(nadi, id)).map(({ amount, due_date: due }) => [amount, due]),
      [['100000.00', '2026-01-25']],
    );
  }
  assert.deepEqual(await readFaults(nodes), {});
});
