import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareReports } from '../../server/modules/reports/index.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

interface Mrr {
  readonly totals: Record<string, string | number>;
  readonly rows: readonly Record<string, string | number>[];
  readonly last_month: Record<string, string | number>;
}

test('monthly revenue counts periods as months, with discounts and add-ons, and suspended ones apart', async () => {
  await using nadi = await testApp();
  const monthly = await subscriber(nadi, { price: 300_000, months: 3 });
  const daily = await subscriber(nadi, { price: 150_000, days: 30 });
  const resting = await subscriber(nadi, { price: 200_000, months: 1 });
  const gone = await subscriber(nadi, { price: 999_000, months: 1 });
  const at = "'2026-01-15T03:00:00Z', '2026-01-15T03:00:00Z'";
  const { pool } = nadi.kit;
  await pool.query(`insert into subscription_discounts (id, subscription_id, name, kind, value, ended_at, created_at, updated_at) values
    (gen_random_uuid(), '${monthly.subscriptionId}', 'Ten', 'percent', 10, null, ${at}),
    (gen_random_uuid(), '${monthly.subscriptionId}', 'Over', 'percent', 50, '2026-01-01T00:00:00Z', ${at}),
    (gen_random_uuid(), '${daily.subscriptionId}', 'All', 'amount', 900000, null, ${at})`);
  await pool.query(`insert into subscription_addons (id, subscription_id, name, unit_price, quantity, created_at, updated_at) values
    (gen_random_uuid(), '${daily.subscriptionId}', 'IP', 15000, 2, ${at})`);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${resting.subscriptionId}/suspend` });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${gone.subscriptionId}` });
  const mrr = await ok<Mrr>(nadi, { url: '/api/reports/mrr' });
  // 270,000 of three months; 30,000 of thirty days: the discount takes no more than the price.
  assert.deepEqual(mrr.totals, {
    active_subscriptions: 2,
    mrr: '120436.88',
    suspended_subscriptions: 1,
    suspended_mrr: '200000.00',
  });
  const { from: _, ...month } = mrr.last_month;
  assert.deepEqual([month.new, month.back, month.lost, month.lost_mrr], [4, 0, 1, '999000.00']);
  const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
  assert.deepEqual(
    [stats.mrr, stats.suspended_mrr, stats.total_subscriptions, stats.active_subscriptions],
    ['120436.88', '200000.00', 3, 2],
  );
});

test('monthly revenue leaves trials out until they end, and counts what is to end or to change as it is until then', async () => {
  await using nadi = await testApp();
  const { customerId, packageId } = await subscriber(nadi, { price: 100_000, months: 1 });
  const { packageId: dearer } = await subscriber(nadi, { price: 500_000, months: 1, start: '2027-01-01' });
  const add = async (username: string, more: object) => {
    const body = { customer_id: customerId, package_id: packageId, mikrotik_username: username, ...more };
    return (await ok(nadi, { method: 'POST', url: '/api/subscriptions', body })).id;
  };
  const act = (id: string, verb: string, body = {}) =>
    ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/${verb}`, body });
  const figures = async () => {
    const { rows } = await ok<Mrr>(nadi, { url: '/api/reports/mrr' });
    const row = rows.find((found) => found.package_id === packageId);
    return [row?.active_subscriptions, row?.mrr, row?.suspended_subscriptions, row?.suspended_mrr];
  };
  const paid = { start_date: '2026-01-15', end_date: '2026-02-15' };
  const [trial, ends, changes] = [
    await add('trial', { trial_days: 10 }),
    await add('ends', paid),
    await add('changes', paid),
  ];
  await act(ends, 'cancel', { at: 'period_end' });
  await act(changes, 'change-package', { package_id: dearer, when: 'renewal' });
  assert.deepEqual(await figures(), [4, '300000.00', 0, '0.00']);
  goTo(nadi, '2026-01-20');
  await act(trial, 'pause');
  goTo(nadi, '2026-01-27');
  // Its trial would be over, but the pause moves it on.
  assert.deepEqual(await figures(), [3, '300000.00', 1, '0.00']);
  await act(trial, 'activate');
  assert.deepEqual(await figures(), [4, '300000.00', 0, '0.00']);
  goTo(nadi, '2026-02-01');
  assert.deepEqual(await figures(), [4, '400000.00', 0, '0.00']);
  await nadi.kit.pool.query('update organisation set grace_days = 60');
  goTo(nadi, '2026-02-15');
  await nadi.edition.runBilling();
  // One is cancelled, and one has the other package.
  assert.deepEqual(await figures(), [2, '200000.00', 0, '0.00']);
});

interface Churn {
  readonly rows: readonly { readonly at_end: number; readonly [field: string]: unknown }[];
}

const churn = (nadi: TestApp, span: string) => ok<Churn>(nadi, { url: `/api/reports/churn?${span}` });

test('churn counts who came, went and came back, each once, prepared or not', async () => {
  await using nadi = await testApp();
  const span = 'from=2025-12&to=2026-04';
  const act = (id: string, verb: string) =>
    ok(
      nadi,
      verb === 'cancel'
        ? { method: 'DELETE', url: `/api/subscriptions/${id}` }
        : { method: 'POST', url: `/api/subscriptions/${id}/${verb}` },
    );
  const stays = await subscriber(nadi);
  const leaves = await subscriber(nadi);
  const ends = await subscriber(nadi, { autoRenew: false, end: '2026-02-10' });
  const both = await subscriber(nadi, { autoRenew: false, end: '2026-02-10' });
  goTo(nadi, '2026-01-20');
  await act(stays.subscriptionId, 'suspend');
  goTo(nadi, '2026-01-22');
  // Resumed: neither new nor back.
  await act(stays.subscriptionId, 'activate');
  goTo(nadi, '2026-02-03');
  await prepareReports(nadi.kit);
  await act(leaves.subscriptionId, 'cancel');
  goTo(nadi, '2026-02-12');
  await nadi.edition.runBilling();
  goTo(nadi, '2026-03-02');
  await act(ends.subscriptionId, 'activate');
  // Expired before: it is not lost a second time.
  await act(both.subscriptionId, 'cancel');
  const month = (
    name: string,
    at_start: number,
    fresh: number,
    back: number,
    cancelled: number,
    expired: number,
    rate: string | null,
  ) => ({
    month: name,
    at_start,
    new: fresh,
    back,
    cancelled,
    expired,
    lost: cancelled + expired,
    at_end: at_start + fresh + back - cancelled - expired,
    rate,
  });
  const expected = [
    month('2025-12', 0, 0, 0, 0, 0, null),
    month('2026-01', 0, 4, 0, 0, 0, null),
    month('2026-02', 4, 0, 0, 1, 2, '75.00'),
    month('2026-03', 1, 0, 1, 0, 0, '0.00'),
    month('2026-04', 2, 0, 0, 0, 0, '0.00'),
  ];
  assert.deepEqual((await churn(nadi, span)).rows, expected);
  await prepareReports(nadi.kit);
  assert.deepEqual((await churn(nadi, span)).rows, expected);
  nadi.clock.advance({ hours: 2 });
  await prepareReports(nadi.kit);
  await prepareReports(nadi.kit);
  assert.deepEqual((await churn(nadi, span)).rows, expected);
  const { rows } = await nadi.kit.pool.query('select sum(subscriptions)::int as n from subscription_moves');
  assert.equal(rows[0].n, 8);
  assert.deepEqual(
    (await churn(nadi, 'from=2026-02-12&to=2026-03')).rows.map((row) => [row.at_start, row.lost, row.at_end]),
    [
      [3, 2, 1],
      [1, 0, 2],
    ],
  );
  const { rows: held } = await nadi.kit.pool.query(
    "select count(*)::int as n from subscriptions where status in ('active', 'suspended')",
  );
  assert.equal(expected.at(-1)?.at_end, held[0].n);
});

test('counts of a large installation are taken now and then, and say when', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { price: 100_000, months: 1 });
  const { pool } = nadi.kit;
  const figures = async () => {
    const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
    return [stats.total_customers, stats.active_subscriptions, stats.mrr, stats.counted_at];
  };
  // So many that counting them when asked takes too long.
  await pool.query(`insert into customers (id, name, created_at, updated_at)
    select gen_random_uuid(), 'Massal', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z' from generate_series(1, 20001)`);
  await pool.query('analyze customers');
  await prepareReports(nadi.kit);
  goTo(nadi, '2026-01-16');
  await subscriber(nadi, { price: 100_000, months: 1 });
  assert.deepEqual(await figures(), [20_002, 1, '100000.00', '2026-01-15T03:00:00.000Z']);
  await prepareReports(nadi.kit);
  assert.deepEqual(await figures(), [20_003, 2, '200000.00', '2026-01-16T03:00:00.000Z']);
});

interface Timeline {
  readonly data: readonly {
    readonly kind: string;
    readonly action: string;
    readonly text: string;
    readonly at: string;
    readonly id: string;
    readonly amount: string | null;
  }[];
  readonly next_cursor: string | null;
}

test('a timeline tells everything once, newest first, in both languages, page by page', async () => {
  await using nadi = await testApp();
  const { customerId, subscriptionId } = await subscriber(nadi, { price: 200_000, months: 1 });
  await subscriber(nadi);
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-16');
  const { data: invoices } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/invoices?customer_id=${customerId}`,
  });
  const payment = await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: invoices[0]?.id, amount: '1000', method: 'qris' },
  });
  goTo(nadi, '2026-01-17');
  await ok(nadi, { method: 'PUT', url: `/api/customers/${customerId}`, body: { phone: '0812' } });
  goTo(nadi, '2026-01-18');
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${payment.id}?reason=Salah` });
  goTo(nadi, '2026-01-19');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/suspend` });
  nadi.clock.advance({ minutes: 1 });
  const addon = { name: 'IP publik', unit_price: '50000' };
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/addons`, body: addon });
  goTo(nadi, '2026-01-20');
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${invoices[0]?.id}` });
  const url = `/api/customers/${customerId}/timeline`;
  const all = await ok<Timeline>(nadi, { url: `${url}?per_page=100&language=en` });
  assert.equal(all.next_cursor, null);
  const told = all.data.map(({ kind, action }) => `${kind} ${action}`);
  assert.deepEqual(told.slice(0, 6), [
    'invoice invoice.cancelled',
    'change addon.created',
    'subscription suspended',
    'reversal reversed',
    'customer customer.updated',
    'payment created',
  ]);
  assert.deepEqual(told.slice(6).sort(), ['customer created', 'invoice created', 'subscription created']);
  assert.equal(all.data[1]?.text, 'Add-on IP publik added.');
  assert.match(String(all.data[3]?.text), /^Payment for invoice INV-20260115-000\d reversed \(Salah\)\.$/);
  const inIndonesian = await ok<Timeline>(nadi, { url: `${url}?per_page=100&language=id` });
  for (const [index, { text }] of all.data.entries()) assert.notEqual(text, inIndonesian.data[index]?.text);
  const paged: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Timeline = await ok<Timeline>(nadi, {
      url: `${url}?per_page=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
    });
    paged.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  assert.deepEqual(
    paged,
    all.data.map(({ id }) => id),
  );
  assert.equal(
    (await nadi.request({ url: '/api/customers/00000000-0000-4000-8000-000000000000/timeline' })).statusCode,
    404,
  );
  for (const cursor of [
    'x',
    Buffer.from('2025-02-30T00:00:00.000Z invoice:00000000-0000-4000-8000-000000000000').toString(
      'base64url',
    ),
  ]) {
    assert.equal((await nadi.request({ url: `${url}?cursor=${cursor}` })).statusCode, 422);
  }
});
