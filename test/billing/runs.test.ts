import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStepNames } from '#contract';
import { goTo, invoicesOf, ok, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';
import { itemsOf, type Result, type Run, run, runsOf } from './run-seen.ts';

/** Makes every change of a table fail, as a fault of the program would. */
async function breakTable(nadi: TestApp, table: string): Promise<() => Promise<unknown>> {
  await nadi.kit.pool.query(`create function broken() returns trigger language plpgsql as $$ begin raise exception 'secret detail'; end $$;
    create trigger broken before insert or update on ${table} for each row execute function broken()`);
  return () => nadi.kit.pool.query(`drop trigger broken on ${table}; drop function broken()`);
}

test('a run that did something is listed with its counts and items; one that did nothing leaves no row', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  const first = await run(nadi);
  assert.deepEqual([first.renewed, first.state], [1, 'done']);
  const second = await run(nadi);
  assert.deepEqual([second.run_id, second.state], [null, 'done']);
  const [only, ...others] = await runsOf(nadi);
  assert.deepEqual(others, []);
  assert.ok(only);
  assert.deepEqual(
    [only.id, only.state, only.renewed, only.date, only.started_by, only.finished_steps.length],
    [first.run_id, 'done', 1, '2026-01-15', 'admin@nadi.test', runStepNames.length],
  );
  assert.deepEqual(await ok(nadi, { url: `/api/billing/runs/${only.id}` }), only);
  const [item] = await itemsOf(nadi, only.id);
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual(
    [item?.action, item?.invoice_id, item?.invoice_number, item?.amount, item?.subscription_id],
    ['renewed', invoice?.id, invoice?.invoice_number, '150000.00', subscriptionId],
  );
  assert.match(item?.customer_name ?? '', /^Pelanggan/);
  assert.equal((await runsOf(nadi, '?state=failed')).length, 0);
  assert.equal((await runsOf(nadi, '?from=2026-01-16')).length, 0);
  assert.equal((await runsOf(nadi, '?from=2026-01-15&to=2026-01-15&state=done')).length, 1);
});

test('log rows say why: which invoice, how many days, how much', async () => {
  await using nadi = await testApp();
  const late = await subscriber(nadi, { start: '2026-01-15' });
  const ending = await subscriber(nadi, { start: '2026-01-15', end: '2026-01-17', autoRenew: false });
  await run(nadi);
  const [invoice] = await invoicesOf(nadi, late.subscriptionId);
  assert.ok(invoice);
  await ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice.id, amount: 30000 } });
  goTo(nadi, '2026-01-18');
  const { run_id: id } = await run(nadi);
  const items = await itemsOf(nadi, id ?? '');
  const suspended = items.find(({ action }) => action === 'suspended');
  assert.deepEqual(
    [suspended?.message, suspended?.invoice_id, suspended?.subscription_id, suspended?.amount],
    [
      `Suspended: ${invoice.invoice_number} is 3 days overdue, 120000 to pay`,
      invoice.id,
      late.subscriptionId,
      '120000.00',
    ],
  );
  assert.deepEqual(suspended?.meta, {
    invoice_number: invoice.invoice_number,
    due_date: '2026-01-15',
    days_overdue: 3,
    amount: '120000.00',
  });
  const expired = items.find(({ action }) => action === 'expired');
  assert.deepEqual(
    [expired?.message, expired?.subscription_id],
    ['Expired: paid until 2026-01-16 and it does not renew', ending.subscriptionId],
  );
  // What is paid above goes to the balance, which pays the next invoice.
  await ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice.id, amount: 170000 } });
  goTo(nadi, '2026-02-14');
  const next = await run(nadi);
  const paid = (await itemsOf(nadi, next.run_id ?? '')).find(({ action }) => action === 'part_paid');
  assert.match(paid?.message ?? '', /^Paid from the balance: 50000 for INV-20260214-0001, 100000 left$/);
  assert.equal(paid?.amount, '50000.00');
});

test('a step that fails does not stop those behind it; the retry does the rest under the same date', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await subscriber(nadi, { start: '2026-01-15', end: '2026-01-15', autoRenew: false });
  const mend = await breakTable(nadi, 'invoice_counters');
  const failed = await run(nadi);
  assert.deepEqual(
    [failed.state, failed.failed_step, failed.renewed, failed.expired],
    ['failed', 'renewed', 0, 1],
  );
  assert.ok(failed.error && !failed.error.includes('secret'));
  const [row] = await runsOf(nadi, '?state=failed');
  assert.deepEqual(
    [row?.id, row?.failed_step, row?.finished_steps],
    [
      failed.run_id,
      'renewed',
      ['overdue', 'late_fees', 'resumed', 'suspended', 'from_balance', 'cancelled', 'expired'],
    ],
  );
  await mend();
  goTo(nadi, '2026-01-20');
  const url = `/api/billing/runs/${failed.run_id}/retry`;
  const [one, other] = await Promise.all([1, 2].map(() => ok<Result>(nadi, { method: 'POST', url })));
  assert.equal((one?.renewed ?? 0) + (other?.renewed ?? 0), 1);
  const [retried] = await runsOf(nadi, '?state=done');
  assert.deepEqual(
    [retried?.date, retried?.steps, retried?.retry_of],
    ['2026-01-15', ['renewed'], failed.run_id],
  );
  const invoices = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual(
    invoices.map((invoice) => invoice.invoice_number),
    ['INV-20260115-0001'],
  );
  const again = await nadi.request({ method: 'POST', url: `/api/billing/runs/${retried?.id}/retry` });
  assert.deepEqual([again.statusCode, again.json().code], [409, 'billing_run_state']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('the process is killed after any step: the row says what is done, and is interrupted once another run took over', async () => {
  for (const stopAfter of ['overdue', 'late_fees', 'suspended', 'renewed']) {
    await using nadi = await testApp();
    await subscriber(nadi, { start: '2026-01-15' });
    await ok(nadi, {
      method: 'PUT',
      url: '/api/organisation',
      body: { late_fee_kind: 'daily', late_fee_amount: 1000 },
    });
    await run(nadi);
    goTo(nadi, '2026-01-18');
    await subscriber(nadi, { start: '2026-01-18' });
    await assert.rejects(
      nadi.edition.runBilling({
        onStep: (step) => {
          if (step === stopAfter) throw new Error('the process is gone');
        },
      }),
    );
    const [cut] = await runsOf(nadi, '?state=running');
    const done = ['overdue', 'late_fees', 'resumed', 'suspended', 'renewed'];
    const before = done.slice(0, done.indexOf(stopAfter) + 1);
    // Renewing is over when nothing is left to renew, which was not looked for any more.
    const finished = before.filter((step) => step !== 'renewed');
    assert.deepEqual([cut?.finished_steps, cut?.state], [finished, 'running']);
    const counted = done.filter((step) => cut?.[step as keyof Run] === 1);
    assert.deepEqual(
      counted,
      before.filter((step) => step !== 'resumed'),
    );
    await run(nadi);
    const interrupted = await ok<Run>(nadi, { url: `/api/billing/runs/${cut?.id}` });
    assert.deepEqual([interrupted.state, interrupted.finished_steps], ['interrupted', finished]);
    const retried = await ok<Result>(nadi, { method: 'POST', url: `/api/billing/runs/${cut?.id}/retry` });
    assert.deepEqual([retried.state, retried.run_id], ['done', null], 'everything was caught up');
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
});

test('two nodes run at once: each row counts its own part, and none is called interrupted', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  for (let n = 0; n < 5; n += 1) await subscriber(nadi, { start: '2026-01-15', days: 3 });
  for (const date of ['2026-01-15', '2026-01-17', '2026-01-19']) {
    for (const node of [nadi, other]) goTo(node, date);
    await Promise.all([nadi, other, nadi, other].map((node) => node.edition.runBilling()));
  }
  const rows = await runsOf(nadi, '?per_page=100');
  assert.deepEqual([...new Set(rows.map(({ state }) => state))], ['done']);
  const { rows: counted } = await nadi.kit.pool.query(
    `select (select count(*)::int from billing_logs where action = 'renewed') as renewed, (select count(*)::int from billing_logs where action = 'suspended') as suspended`,
  );
  const sum = (pick: (row: Run) => number) => rows.reduce((total, row) => total + pick(row), 0);
  assert.deepEqual(
    { renewed: sum((row) => row.renewed), suspended: sum((row) => row.suspended) },
    counted[0],
  );
  assert.deepEqual(await readFaults([nadi, other]), {});
});

test('for one subscription, some steps, or an earlier date; not for a later one', async () => {
  await using nadi = await testApp();
  const [one, other] = [
    await subscriber(nadi, { start: '2026-01-15' }),
    await subscriber(nadi, { start: '2026-01-15' }),
  ];
  const scoped = await run(nadi, { subscription_id: one.subscriptionId });
  assert.deepEqual([scoped.renewed, scoped.subscription_id], [1, one.subscriptionId]);
  assert.equal((await invoicesOf(nadi, other.subscriptionId)).length, 0);
  assert.equal((await runsOf(nadi))[0]?.subscription_id, one.subscriptionId);
  await run(nadi, { subscription_id: other.subscriptionId });
  goTo(nadi, '2026-01-20');
  const part = await run(nadi, { steps: ['expired', 'overdue'], subscription_id: other.subscriptionId });
  assert.deepEqual([part.overdue, part.suspended], [1, 0]);
  assert.deepEqual((await runsOf(nadi))[0]?.steps, ['overdue', 'expired']);
  const earlier = await run(nadi, { date: '2026-01-16' });
  assert.deepEqual([earlier.overdue, earlier.suspended], [1, 0], 'one day is in the grace days');
  const rest = await run(nadi, { subscription_id: one.subscriptionId });
  assert.deepEqual([rest.overdue, rest.suspended], [0, 1]);
  assert.equal((await subscriptionOf(nadi, other.subscriptionId)).status, 'active');
  const refusals = [
    { date: '2026-01-21' },
    { subscription_id: '00000000-0000-4000-8000-000000000000' },
    { steps: [] },
    { steps: ['overdue', 'overdue'] },
    { steps: ['all'] },
  ];
  for (const body of refusals)
    assert.equal((await nadi.request({ method: 'POST', url: '/api/billing/run', body })).statusCode, 422);
  await ok(nadi, { method: 'POST', url: '/api/ledger/closing', body: { closed_until: '2026-01-18' } });
  for (const url of ['/api/billing/run', '/api/billing/preview']) {
    const closed = await nadi.request({ method: 'POST', url, body: { date: '2026-01-18' } });
    assert.deepEqual([closed.statusCode, closed.json().code], [409, 'books_closed']);
  }
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a balance pays only the invoices of the subscription a run is for', async () => {
  await using nadi = await testApp();
  const { customerId, packageId, subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  const second = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: {
      customer_id: customerId,
      package_id: packageId,
      mikrotik_username: 'kedua',
      start_date: '2026-01-15',
    },
  });
  await run(nadi);
  const [first] = await invoicesOf(nadi, subscriptionId);
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: first?.id, amount: 350000 },
  });
  const scoped = await run(nadi, { subscription_id: subscriptionId });
  assert.equal(scoped.from_balance, 0);
  const all = await run(nadi, { subscription_id: second.id });
  assert.equal(all.from_balance, 1);
});
