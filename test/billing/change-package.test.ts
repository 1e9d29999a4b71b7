import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPackage, change } from '../support/packages.ts';
import { invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

test('on the last day at most one day is credited, and the day after the new period is of the new package', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const dear = await addPackage(nadi, { price: '600000', days: 30, months: null });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-13');
  const { lines, to_pay: toPay } = await change(nadi, id, { package_id: dear, when: 'now' });
  assert.deepEqual([lines.map(({ amount }) => amount), toPay], [['-10000.00', '20000.00'], '10000.00']);
  toDay(nodes, '2026-02-14');
  await nadi.edition.runBilling();
  const invoices = await invoicesOf(nadi, id);
  assert.deepEqual(invoices.find(({ period_start: from }) => from === '2026-02-14')?.amount, '600000.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a period invoiced ahead is voided and invoiced anew; one paid ahead is prorated too', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const unpaid = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const paid = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const cheap = await addPackage(nadi, { price: '150000', days: 30, months: null });
  await nadi.edition.runBilling();
  for (const one of [unpaid, paid]) await payAll(nadi, one.subscriptionId);
  toDay(nodes, '2026-02-09');
  await nadi.edition.runBilling();
  await payAll(nadi, paid.subscriptionId);
  const first = await change(nadi, unpaid.subscriptionId, { package_id: cheap, when: 'now' });
  assert.deepEqual(
    first.lines.map(({ amount }) => amount),
    ['-50000.00', '25000.00'],
  );
  const second = await change(nadi, paid.subscriptionId, { package_id: cheap, when: 'now' });
  assert.deepEqual(
    second.lines.map(({ amount }) => amount),
    ['-50000.00', '25000.00', '-300000.00', '150000.00'],
  );
  assert.equal(second.to_balance, '175000.00');
  await nadi.drainJobs();
  const next = (await invoicesOf(nadi, unpaid.subscriptionId)).filter(
    ({ period_start: from }) => from === '2026-02-14',
  );
  assert.deepEqual(next.map(({ status, amount, amount_paid: given }) => [status, amount, given]).sort(), [
    ['cancelled', '300000.00', '0.00'],
    ['unpaid', '150000.00', '25000.00'],
  ]);
  assert.deepEqual(await readFaults(nodes), {});
});

test('the invoice of a prorated period stays; refusals are clear; two changes at once are one after the other', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  const { subscriptionId: id, packageId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const [one, two] = [
    await addPackage(nadi, { price: '100000', days: 30, months: null }),
    await addPackage(nadi, { price: '900000', days: 10, months: null }),
  ];
  await nadi.edition.runBilling();
  toDay(nodes, '2026-01-20');
  const url = `/api/subscriptions/${id}/change-package`;
  const send = (node: TestApp, body: object) => node.request({ method: 'POST', url, body });
  const same = await send(nadi, { package_id: packageId, when: 'now' });
  assert.equal(same.statusCode, 422, same.body);
  const answers = await Promise.all(
    [one, two, one, two, one].map((pack, n) =>
      send(n % 2 === 0 ? nadi : other, { package_id: pack, when: 'now' }),
    ),
  );
  assert.ok(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 422));
  assert.deepEqual(await readFaults(nodes), {});
  const [period] = (await invoicesOf(nadi, id)).filter(({ period_start: from }) => from !== null);
  const gone = await nadi.request({ method: 'DELETE', url: `/api/invoices/${period?.id}` });
  assert.equal(gone.json().code, 'invoice_prorated');
  toDay(nodes, '2026-01-18');
  const { package_id: now } = await ok(nadi, { url: `/api/subscriptions/${id}` });
  const back = await send(nadi, { package_id: now === one ? two : one, when: 'now' });
  assert.equal(back.json().code, 'change_backdated', back.body);
  const dated = await send(nadi, { package_id: one, when: 'now', date: '2026-01-16' });
  assert.equal(dated.statusCode, 422);
  assert.deepEqual(await readFaults(nodes), {});
});

test('at the renewal: remembered, shown, and applied once before the next period is invoiced, by whichever node', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  const { subscriptionId: id, packageId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const next = await addPackage(nadi, { price: '450000', days: 10, months: null });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  const done = await change(nadi, id, { package_id: next, when: 'renewal' });
  assert.deepEqual([done.subscription.next_package_id, done.invoice_id], [next, null]);
  const used = await nadi.request({ method: 'DELETE', url: `/api/packages/${next}` });
  assert.equal(used.json().code, 'package_in_use');
  toDay(nodes, '2026-02-06');
  await nadi.edition.runBilling();
  assert.equal((await ok(nadi, { url: `/api/subscriptions/${id}` })).package_id, packageId);
  toDay(nodes, '2026-02-07');
  const both = await Promise.all([nadi.edition.runBilling(), other.edition.runBilling()]);
  assert.equal(
    both.reduce((sum, { package_changed: n }) => sum + n, 0),
    1,
  );
  const invoices = await invoicesOf(nadi, id);
  assert.deepEqual(
    invoices.map(({ period_start: from, period_end: to, amount }) => [from, to, amount]),
    [
      ['2026-01-15', '2026-02-14', '300000.00'],
      ['2026-02-14', '2026-02-24', '450000.00'],
    ],
  );
  const after = await ok(nadi, { url: `/api/subscriptions/${id}` });
  assert.deepEqual([after.package_id, after.next_package_id], [next, null]);
  const cancelled = await change(nadi, id, { package_id: packageId, when: 'renewal' });
  assert.equal(cancelled.subscription.next_package_id, packageId);
  const taken = await change(nadi, id, { package_id: next, when: 'renewal' });
  assert.equal(taken.subscription.next_package_id, null);
  assert.deepEqual(await readFaults(nodes), {});
});
