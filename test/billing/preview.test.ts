import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runCountNames } from '#contract';
import { goTo, ok, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';
import { type Item, itemsOf, type Result, run } from './run-seen.ts';

/** What an item says, without the ids that a preview cannot know. */
const content = ({ action, message, meta, ...item }: Item) =>
  JSON.stringify([
    action,
    message,
    meta,
    item.subscription_id,
    item.invoice_number,
    item.customer_name,
    item.amount,
  ]);

test('a preview is the run that follows, item for item', async (context) => {
  const seed = Number(process.env.NADI_MODEL_SEED ?? '20260115');
  context.diagnostic(`seed ${seed}`);
  await using nadi = await testApp();
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { late_fee_kind: 'daily', late_fee_percent: '1.5', late_fee_cap: 20000, late_fee_after_days: 1 },
  });
  const own: string[] = [];
  let date = '2026-01-15';
  const seen = new Set<string>();
  const weeks = fc.sample(
    fc.record({
      days: fc.integer({ min: 1, max: 9 }),
      period: fc.constantFrom(3, 10, 30),
      renews: fc.boolean(),
      pays: fc.array(fc.record({ at: fc.nat(99), amount: fc.integer({ min: 1, max: 400_000 }) }), {
        maxLength: 4,
      }),
      scoped: fc.boolean(),
      asks: fc.array(fc.record({ of: fc.nat(99), what: fc.constantFrom('pause', 'cancel', 'package') }), {
        maxLength: 3,
      }),
    }),
    { seed, numRuns: Number(process.env.NADI_PREVIEWS ?? 14) },
  );
  for (const { days, period, renews, pays, scoped, asks } of weeks) {
    own.push((await subscriber(nadi, { start: date, days: period, autoRenew: renews })).subscriptionId);
    for (const { at, amount } of pays) {
      const open = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/invoices?status=overdue' })).data;
      const invoice = open[at % Math.max(1, open.length)];
      if (invoice)
        await ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice.id, amount } });
    }
    for (const { of, what } of asks) await ask(nadi, own[of % own.length] ?? '', what, date);
    date = Temporal.PlainDate.from(date).add({ days }).toString();
    goTo(nadi, date);
    const scope = scoped ? { subscription_id: own[days % own.length] } : {};
    const before = await nadi.kit.pool.query(
      'select count(*)::int as n, max(created_at) as last from billing_logs',
    );
    const preview = await ok<Result & { items: Item[]; items_total: number }>(nadi, {
      method: 'POST',
      url: '/api/billing/preview',
      body: scope,
    });
    const between = await nadi.kit.pool.query(
      'select count(*)::int as n, max(created_at) as last from billing_logs',
    );
    assert.deepEqual(between.rows, before.rows);
    const done = await run(nadi, scope);
    for (const count of runCountNames) assert.equal(preview[count], done[count], `${date}: ${count}`);
    const items = done.run_id === null ? [] : await itemsOf(nadi, done.run_id);
    assert.equal(preview.items_total, items.length);
    assert.deepEqual(preview.items.map(content).sort(), items.map(content).sort());
    for (const { action } of items) seen.add(action);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
  const all = ['renewed', 'suspended', 'late_fee', 'expired', 'activated', 'cancelled', 'package_changed'];
  assert.deepEqual(
    all.filter((action) => !seen.has(action)),
    [],
  );
});

/** Asks for what a later run does; what the subscription's state refuses is left. */
async function ask(nadi: TestApp, id: string, what: 'pause' | 'cancel' | 'package', date: string) {
  const send = (path: string, body: object) =>
    nadi.request({ method: 'POST', url: `/api/subscriptions/${id}/${path}`, body });
  if (what === 'pause')
    await send('pause', { resume_on: Temporal.PlainDate.from(date).add({ days: 4 }).toString() });
  else if (what === 'cancel') await send('cancel', { at: 'period_end' });
  else {
    const { rows } = await nadi.kit.pool.query('select id from packages order by id desc limit 1');
    await send('change-package', { package_id: rows[0].id, when: 'renewal' });
  }
}

test('a preview looks ahead, a month at most', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await run(nadi);
  const ahead = (date: string) =>
    nadi.request({ method: 'POST', url: '/api/billing/preview', body: { date } });
  const preview = (await ahead('2026-01-17')).json<Result & { items: Item[] }>();
  assert.deepEqual(
    [preview.overdue, preview.suspended, preview.items[0]?.subscription_id],
    [1, 1, subscriptionId],
  );
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'active');
  assert.equal((await ahead('2026-02-16')).statusCode, 422);
});
