import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { runBoth, toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

const show = (nadi: TestApp, id: string) => ok(nadi, { url: `/api/subscriptions/${id}` });
const cancel = (nadi: TestApp, id: string, body: object) =>
  nadi.request({ method: 'POST', url: `/api/subscriptions/${id}/cancel`, body });

async function balanceOf(nadi: TestApp, customerId: string): Promise<string> {
  const { rows } = await nadi.kit.pool.query('select balance from customer_funds where customer_id = $1', [
    customerId,
  ]);
  return rows[0]?.balance ?? '0.00';
}

test('at the period’s end: it renews no more, is cancelled once by either node, and its username is free', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-09');
  await nadi.edition.runBilling();
  const answer = await cancel(nadi, id, { at: 'period_end', reason: 'Pindah rumah' });
  assert.deepEqual(
    [answer.json().cancel_requested_on, answer.json().cancel_reason, answer.json().status],
    ['2026-02-09', 'Pindah rumah', 'active'],
  );
  assert.deepEqual(
    (await invoicesOf(nadi, id)).map(({ period_start: from, status }) => [from, status]),
    [
      ['2026-01-15', 'paid'],
      ['2026-02-14', 'cancelled'],
    ],
  );
  toDay(nodes, '2026-02-13');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-02-20');
  const both = await runBoth(nodes);
  assert.deepEqual(both.map((run) => run.cancelled).sort(), [0, 1]);
  const gone = await show(nadi, id);
  assert.deepEqual([gone.status, gone.cancel_reason], ['cancelled', 'Pindah rumah']);
  assert.equal((await invoicesOf(nadi, id)).length, 2);
  const secret = await nadi.request({ url: `/api/subscriptions/${id}/secret` });
  assert.equal(secret.statusCode, 404);
  assert.equal((await cancel(nadi, id, { at: 'period_end' })).json().code, 'subscription_state');
  const kept = await nadi.request({ method: 'POST', url: `/api/subscriptions/${id}/keep` });
  assert.equal(kept.json().code, 'subscription_state');
  assert.deepEqual(await readFaults(nodes), {});
});

test('kept: it renews as before, and what was voided is invoiced anew', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-09');
  await nadi.edition.runBilling();
  await cancel(nadi, id, { at: 'period_end' });
  await runBoth(nodes);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/keep` });
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/keep` });
  await runBoth(nodes);
  assert.deepEqual(
    (await invoicesOf(nadi, id)).map(({ period_start: from, status }) => [from, status]).sort(),
    [
      ['2026-01-15', 'paid'],
      ['2026-02-14', 'cancelled'],
      ['2026-02-14', 'unpaid'],
    ],
  );
  toDay(nodes, '2026-02-16');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'suspended');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a period that has begun and is not paid runs to its end, unless it is suspended for it', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 10 } });
  const payer = await subscriber(nadi, { start: '2026-01-15' });
  const debtor = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  toDay(nodes, '2026-01-20');
  for (const { subscriptionId: id } of [payer, debtor]) await cancel(nadi, id, { at: 'period_end' });
  await runBoth(nodes);
  assert.equal((await show(nadi, payer.subscriptionId)).status, 'active');
  await payAll(nadi, payer.subscriptionId);
  toDay(nodes, '2026-01-26');
  await runBoth(nodes);
  assert.equal((await show(nadi, payer.subscriptionId)).status, 'active');
  assert.equal((await show(nadi, debtor.subscriptionId)).status, 'cancelled');
  assert.equal((await invoicesOf(nadi, debtor.subscriptionId))[0]?.status, 'overdue');
  toDay(nodes, '2026-02-14');
  await runBoth(nodes);
  assert.equal((await show(nadi, payer.subscriptionId)).status, 'cancelled');
  assert.deepEqual(await readFaults(nodes), {});
});

test('now with credit: unused paid days and their tax become balance, time to come is voided, used time stays owed', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  await nadi.kit.pool.query(
    `insert into taxes (id, name, rate, inclusive, created_at, updated_at)
     values (gen_random_uuid(), 'PPN', 11, false, '2026-01-01Z', '2026-01-01Z')`,
  );
  const { subscriptionId: id, customerId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const { subscriptionId: owing } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-09');
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${owing}/activate`,
    body: { until: '2026-03-01' },
  });
  await nadi.edition.runBilling();
  const answers = await Promise.all(
    [nadi, other, nadi, other].map((node) => cancel(node, id, { at: 'now', credit: true })),
  );
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200, 200],
  );
  assert.equal((await show(nadi, id)).status, 'cancelled');
  assert.equal(await balanceOf(nadi, customerId), '55500.00');
  const ledger = await nadi.kit.pool.query(
    `select debit, credit, amount from ledger_entries where customer_id = $1 order by id desc limit 5`,
    [customerId],
  );
  assert.ok(ledger.rows.some((row) => row.debit === 'revenue' && row.amount === '50000.00'));
  assert.ok(ledger.rows.some((row) => row.debit === 'tax' && row.amount === '5500.00'));
  const seen = await invoicesOf(nadi, id);
  assert.equal(seen.find(({ period_start: from }) => from === '2026-02-14')?.status, 'cancelled');
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${owing}/cancel`,
    body: { at: 'now', credit: true },
  });
  assert.deepEqual(
    (await invoicesOf(nadi, owing)).map(({ period_start: from, status }) => [from, status]),
    [
      ['2026-01-15', 'overdue'],
      ['2026-02-14', 'cancelled'],
    ],
  );
  await runBoth(nodes);
  assert.deepEqual(await readFaults(nodes), {});
});

test('credit after a pause and after a change of package is of the days that were not used, at what they were sold for', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id, customerId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const dear = await subscriber(nadi, { price: 600_000, start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-01-25');
  const body = { package_id: dear.packageId, when: 'now' };
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/change-package`, body });
  await payAll(nadi, id);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/pause` });
  toDay(nodes, '2026-03-25');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/activate` });
  toDay(nodes, '2026-04-04');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/pause` });
  toDay(nodes, '2026-05-04');
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${id}/cancel`,
    body: { at: 'now', credit: true },
  });
  // Ten days of one, ten of the other, and ten left.
  assert.equal(await balanceOf(nadi, customerId), '200000.00');
  await runBoth(nodes);
  assert.deepEqual(await readFaults(nodes), {});
});

test('cancelling now refuses a part-paid period to come, closed books, and credit at the period’s end', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-09');
  await nadi.edition.runBilling();
  const next = (await invoicesOf(nadi, id)).find(({ status }) => status === 'unpaid');
  const payment = await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: next?.id, amount: 5 },
  });
  assert.equal((await cancel(nadi, id, { at: 'now', credit: true })).json().code, 'invoice_has_payments');
  assert.equal((await cancel(nadi, id, { at: 'period_end', credit: true })).statusCode, 422);
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${payment.id}` });
  await ok(nadi, { method: 'POST', url: '/api/ledger/closing', body: { closed_until: '2026-02-08' } });
  for (const node of nodes) node.clock.set('2026-02-08T03:00:00Z');
  assert.equal((await cancel(nadi, id, { at: 'now', credit: true })).json().code, 'books_closed');
  assert.equal((await show(nadi, id)).status, 'active');
  const late = await nadi.request({
    method: 'POST',
    url: '/api/subscriptions/00000000-0000-4000-8000-000000000000/cancel',
    body: { at: 'now', credit: true },
  });
  assert.equal(late.statusCode, 404);
  assert.deepEqual(await readFaults(nodes), {});
});

for (const at of ['now', 'period_end'] as const) {
  test(`cancelled ${at}: the charges that waited for a next period are invoiced, credits go to the balance`, async () => {
    await using nodes = await twoNodes();
    const [nadi] = nodes;
    const owing = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
    const credited = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
    await nadi.edition.runBilling();
    const charge = (id: string, body: object) =>
      ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/charges`, body });
    for (const { subscriptionId: id } of [owing, credited]) await payAll(nadi, id);
    for (let n = 0; n < 3; n += 1)
      await charge(owing.subscriptionId, { description: `Kabel ${n}`, unit_price: 1000 + n });
    await charge(credited.subscriptionId, { description: 'Gangguan', unit_price: '25000', credit: true });
    for (const { subscriptionId: id } of [owing, credited])
      assert.equal((await cancel(nadi, id, { at })).statusCode, 200);
    toDay(nodes, '2026-02-14');
    await runBoth(nodes);
    const invoices = (await invoicesOf(nadi, owing.subscriptionId)).filter(
      (one) => one.period_start === null,
    );
    assert.deepEqual(invoices.map(({ amount }) => amount).sort(), ['3003.00']);
    assert.equal(await balanceOf(nadi, credited.customerId), '25000.00');
    const { rows } = await nadi.kit.pool.query(
      'select count(*)::int as waiting from charges where invoice_id is null',
    );
    assert.equal(rows[0].waiting, 0);
    assert.equal((await show(nadi, owing.subscriptionId)).status, 'cancelled');
    assert.deepEqual(await readFaults(nodes), {});
  });
}
