import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const subscribers = 3000;

/** Subscribers due on 15 January, added by one statement: what is tested is the run, not how they came. */
async function dueSubscribers(nadi: TestApp): Promise<void> {
  const at = '2026-01-15T03:00:00Z';
  await nadi.kit.pool.query(
    `insert into packages (id, name, bandwidth, price, created_at, updated_at) values (nadi_uuid('${at}'), 'P', '1M/1M', 100000, '${at}', '${at}')`,
  );
  await nadi.kit.pool.query(
    `insert into customers (id, name, created_at, updated_at)
     select nadi_uuid('${at}', n), 'C' || n, '${at}', '${at}' from generate_series(1, ${subscribers}) n`,
  );
  await nadi.kit.pool.query(
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select nadi_uuid('${at}'), c.id, p.id, c.name, '2026-01-15', '2026-01-15', '2026-01-15', 15, '${at}', '${at}' from customers c, packages p`,
  );
}

/** What must hold however a run was cut: one invoice and line and log per subscription and period, no number left out. */
async function assertWhole(nadi: TestApp, periods: number): Promise<void> {
  const { rows } = await nadi.kit.pool.query(`
    select (select count(*)::int from invoices) as invoices,
      (select count(distinct (subscription_id, period_start))::int from invoices) as periods,
      (select count(*)::int from invoice_lines) as lines,
      (select count(*)::int from billing_logs where action = 'renewed') as logs,
      (select coalesce(sum(last_number), 0)::int from invoice_counters) as numbers,
      (select count(distinct invoice_number)::int from invoices) as distinct_numbers,
      (select coalesce(sum((new_values ->> 'renewed')::int), 0)::int from audit_logs where action = 'billing.run') as audited,
      (select count(*)::int from subscriptions s where billed_until <>
        (select max(period_end) from invoices i where i.subscription_id = s.id)) as astray`);
  const expected = subscribers * periods;
  assert.deepEqual(rows[0], {
    invoices: expected,
    periods: expected,
    lines: expected,
    logs: expected,
    numbers: expected,
    distinct_numbers: expected,
    audited: expected,
    astray: 0,
  });
}

/** The next run. A connection that was killed may be found dead only when it is used, so the queue would try again. */
async function runOnceMore(nadi: TestApp): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      assert.equal((await nadi.edition.runBilling()).state, 'done');
      return;
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

test('the run’s connection is killed in the middle of a statement: nothing is half done, the next run completes it', async () => {
  await using nadi = await testApp();
  await dueSubscribers(nadi);
  let killed = 0;
  // Until it was met at work twice at least: how long a run takes differs from machine to machine.
  for (let attempt = 0; attempt < 12 || (killed < 2 && attempt < 100); attempt += 1) {
    const run = nadi.edition.runBilling().then(
      ({ state }) => (state === 'failed' ? 'killed' : 'done'),
      () => 'killed',
    );
    // Each attempt strikes at another moment of the run: before, within or after one of its statements.
    for (let spin = 0; spin < (attempt % 25) * 2; spin += 1) await nadi.kit.pool.query('select 1');
    await nadi.kit.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and query ilike any (array['%invoice_counters%', '%pg_advisory_xact_lock%', 'commit', 'begin'])`);
    if ((await run) === 'killed') killed += 1;
    const { rows } = await nadi.kit.pool.query('select count(*)::int as count from invoices');
    assert.ok([0, subscribers].includes(rows[0].count), `all or nothing, not ${rows[0].count}`);
  }
  assert.ok(killed > 0, 'no attempt met the run at work');
  await runOnceMore(nadi);
  await assertWhole(nadi, 1);
});

test('the process stops between any two steps: the next run ends the same', async () => {
  await using whole = await testApp();
  await dueSubscribers(whole);
  for (const stopAfter of ['overdue', 'suspended', 'renewed', 'expired']) {
    await assert.rejects(
      whole.edition.runBilling({
        onStep: (step) => {
          if (step === stopAfter) throw new Error('the process is gone');
        },
      }),
    );
  }
  await whole.edition.runBilling();
  await assertWhole(whole, 1);
});

test('two nodes run at once all year while one is killed again and again: one invoice per period', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  await dueSubscribers(nadi);
  await nadi.kit.pool.query('update organisation set grace_days = 90');
  for (const day of ['2026-01-15', '2026-02-10', '2026-03-05', '2026-03-20']) {
    for (const node of [nadi, other]) goTo(node, day);
    const runs = Promise.allSettled([nadi, other, nadi].map((node) => node.edition.runBilling()));
    await other.kit.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and query ilike '%pg_advisory_xact_lock%' limit 1`);
    await runs;
    await runOnceMore(nadi);
  }
  await assertWhole(nadi, 3);
});
