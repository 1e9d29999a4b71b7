import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import {
  addConfig,
  adjust,
  alertsOf,
  check,
  limitOf,
  memberOf,
  settle,
  topUp,
  use,
} from './quota-support.ts';

/** Paid until 14 February, in periods of 30 days. */
const paid = { start: '2026-01-15', end: '2026-02-14' };

test('used up is throttled, a top-up gives back, and the next period begins anew', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'throttle', throttle_rate: '1M' });
  const { customerId, subscriptionId } = await subscriber(nadi, paid);
  await use(nadi, subscriptionId, '2026-01-15', 9.999_999_999);
  await check(nadi);
  const before = await memberOf(nadi, customerId);
  assert.deepEqual(
    [before.state, before.percent, before.period_start, before.period_end],
    ['warned', 99.9, '2026-01-15', '2026-02-14'],
  );
  assert.equal(await limitOf(nadi, subscriptionId), undefined);

  await use(nadi, subscriptionId, '2026-01-15', 0.000_000_001);
  await check(nadi);
  const at = await memberOf(nadi, customerId);
  assert.deepEqual([at.state, at.percent, at.remaining_gb, at.rate_limit], ['exceeded', 100, 0, '1M/1M']);
  assert.deepEqual(await limitOf(nadi, subscriptionId), { blocked: false, rate_limit: '1M/1M' });

  await topUp(nadi, customerId, 2);
  assert.equal(await limitOf(nadi, subscriptionId), undefined, 'at once');
  await use(nadi, subscriptionId, '2026-02-13', 2);
  await check(nadi);
  assert.ok(await limitOf(nadi, subscriptionId));

  nadi.clock.set('2026-02-13T16:59:59Z');
  await check(nadi);
  assert.ok(await limitOf(nadi, subscriptionId), 'the last second of 13 February in Jakarta');
  nadi.clock.set('2026-02-13T17:00:00Z');
  await check(nadi);
  assert.equal(await limitOf(nadi, subscriptionId), undefined, 'midnight');
  const anew = await memberOf(nadi, customerId);
  assert.deepEqual([anew.period_start, anew.used_gb, anew.topup_gb, anew.state], ['2026-02-14', 0, 0, 'ok']);
});

test('the quota is of all subscriptions together, and limits are on all of them', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'block' });
  const { customerId, packageId, subscriptionId } = await subscriber(nadi, paid);
  const body = {
    customer_id: customerId,
    package_id: packageId,
    mikrotik_username: 'kedua',
    start_date: '2026-01-15',
  };
  const second = (await ok(nadi, { method: 'POST', url: '/api/subscriptions', body })).id;
  await use(nadi, subscriptionId, '2026-01-15', 5);
  await use(nadi, second, '2026-01-15', 5);
  await check(nadi);
  for (const id of [subscriptionId, second])
    assert.deepEqual(await limitOf(nadi, id), { blocked: true, rate_limit: null });
  // A third one has no way around it.
  const third = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: { ...body, mikrotik_username: 'ketiga' },
  });
  await check(nadi);
  assert.ok(await limitOf(nadi, third.id));
  await adjust(nadi, customerId, 11);
  for (const id of [subscriptionId, second, third.id]) assert.equal(await limitOf(nadi, id), undefined);
});

test('every percent is told once in a period, in the words of the organisation', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  const { customerId, subscriptionId } = await subscriber(nadi, paid);
  for (const gigabytes of [7.9, 0.1, 1, 1, 5]) {
    nadi.clock.advance({ minutes: 1 });
    await use(nadi, subscriptionId, '2026-01-15', gigabytes);
    await check(nadi);
    await check(nadi);
  }
  const alerts = await alertsOf(nadi);
  assert.deepEqual(
    alerts.map(({ type, title, meta }) => [type, title, meta.percent, meta.member_id]),
    [
      ['quota', 'Kuota: 80 % terpakai', 80, customerId],
      ['quota', 'Kuota: 100 % terpakai', 100, customerId],
    ],
  );
  assert.match(alerts[0]?.message ?? '', /memakai 8 GB dari 10 GB, sampai 2026-02-13\.$/);
  assert.equal(await limitOf(nadi, subscriptionId), undefined, 'only told');
  nadi.clock.set('2026-02-14T03:00:00Z');
  await use(nadi, subscriptionId, '2026-02-14', 8);
  await check(nadi);
  assert.equal((await alertsOf(nadi)).length, 3);
});

test('what is above the quota is charged once when the period is over', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'bill', price_per_gb: '5000' });
  const { subscriptionId } = await subscriber(nadi, paid);
  await use(nadi, subscriptionId, '2026-02-01', 12.5);
  await check(nadi);
  assert.equal(await limitOf(nadi, subscriptionId), undefined);
  goTo(nadi, '2026-02-14');
  for (let times = 0; times < 3; times += 1) await check(nadi);
  const { data } = await ok<{ data: { description: string; unit_price: string }[] }>(nadi, {
    url: `/api/subscriptions/${subscriptionId}/charges`,
  });
  assert.deepEqual(
    data.map(({ description, unit_price: price }) => [description, price]),
    [['Pemakaian di atas kuota, 2.5 GB, 2026-01-15 – 2026-02-13', '12500.00']],
  );
  await nadi.edition.runBilling();
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('nobody looked for three periods: each that was used is charged for itself', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'bill', price_per_gb: '1000', period: 'month' });
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-06-14' });
  await check(nadi);
  for (const [day, gigabytes] of [
    ['2026-01-20', 11],
    ['2026-03-31', 12],
    ['2026-04-01', 13],
    ['2026-05-02', 14],
  ] as const)
    await use(nadi, subscriptionId, day, gigabytes);
  goTo(nadi, '2026-05-03');
  await check(nadi);
  const { data } = await ok<{ data: { description: string; unit_price: string }[] }>(nadi, {
    url: `/api/subscriptions/${subscriptionId}/charges`,
  });
  assert.deepEqual(data.map(({ description, unit_price: price }) => [description.slice(-23), price]).sort(), [
    ['2026-01-01 – 2026-01-31', '1000.00'],
    ['2026-03-01 – 2026-03-31', '2000.00'],
    ['2026-04-01 – 2026-04-30', '3000.00'],
  ]);
});

test('a share of what is left over is added to the next period, and not to the one after', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { rollover_percent: 50, period: 'day' });
  const { customerId, subscriptionId } = await subscriber(nadi, paid);
  await use(nadi, subscriptionId, '2026-01-15', 4);
  await check(nadi);
  goTo(nadi, '2026-01-16');
  await check(nadi);
  const next = await memberOf(nadi, customerId);
  assert.deepEqual([next.rollover_gb, next.total_gb], [3, 13]);
  await use(nadi, subscriptionId, '2026-01-16', 13);
  await check(nadi);
  assert.equal((await memberOf(nadi, customerId)).state, 'exceeded');
  goTo(nadi, '2026-01-17');
  await check(nadi);
  assert.equal((await memberOf(nadi, customerId)).rollover_gb, 0);
  const { data } = await ok<{
    data: { reason: string; old_quota: number; new_quota: number; actor: string }[];
  }>(nadi, {
    url: `/api/v1/admin/quota/history?member_id=${customerId}`,
  });
  assert.deepEqual(
    data.map((row) => [row.reason, row.old_quota, row.new_quota, row.actor]),
    [['rollover', 10, 13, 'quota.check']],
  );
});

test('which quota counts: the customer’s, the package’s, else regular; a change counts at once', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  await addConfig(nadi, { membership_type: 'gold', max_quota: 100 });
  await addConfig(nadi, { membership_type: 'kantor', max_quota: 1000 });
  const { customerId, packageId } = await subscriber(nadi, paid);
  await check(nadi);
  const seen = async () => {
    await check(nadi);
    const { membership_type: type, quota_gb: quota } = await memberOf(nadi, customerId);
    return [type, quota];
  };
  assert.deepEqual(await seen(), ['regular', 10]);
  await ok(nadi, { method: 'PATCH', url: `/api/packages/${packageId}`, body: { membership_type: 'Gold' } });
  assert.deepEqual(await seen(), ['gold', 100]);
  await ok(nadi, {
    method: 'PATCH',
    url: `/api/customers/${customerId}`,
    body: { membership_type: 'kantor' },
  });
  assert.deepEqual(await seen(), ['kantor', 1000]);
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: '/api/customers?membership_type=kantor',
  });
  assert.deepEqual(
    data.map(({ id }) => id),
    [customerId],
  );
  await ok(nadi, { method: 'PATCH', url: `/api/customers/${customerId}`, body: { membership_type: 'lain' } });
  assert.deepEqual(await seen(), [null, null], 'a type without a quota');
});

test('switched off, deleted or changed: limits follow', async () => {
  await using nadi = await testApp();
  const config = await addConfig(nadi, { action: 'throttle', throttle_rate: '1M/2M' });
  const { subscriptionId } = await subscriber(nadi, paid);
  await use(nadi, subscriptionId, '2026-01-15', 10);
  const change = async (body: object) => {
    await ok(nadi, { method: 'PATCH', url: `/api/v1/admin/quota/configs/${config}`, body });
    await settle(nadi);
    return limitOf(nadi, subscriptionId);
  };
  assert.deepEqual(await change({ throttle_rate: '512k/1M' }), { blocked: false, rate_limit: '512k/1M' });
  assert.deepEqual(await change({ action: 'block' }), { blocked: true, rate_limit: null });
  assert.equal(await change({ max_quota: 10.01 }), undefined);
  assert.ok(await change({ max_quota: 1 }));
  assert.equal(await change({ is_active: false }), undefined);
  assert.ok(await change({ is_active: true }));
  assert.equal(await change({ action: 'notify' }), undefined);
  assert.ok(await change({ action: 'block' }));
  await ok(nadi, { method: 'DELETE', url: `/api/v1/admin/quota/configs/${config}` });
  await settle(nadi);
  assert.equal(await limitOf(nadi, subscriptionId), undefined);
});

test('a limit for another reason is left alone', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'block' });
  const { subscriptionId } = await subscriber(nadi, paid);
  await nadi.kit.pool.query(`insert into subscription_limits values ($1, false, '3M/3M', 'office', $2)`, [
    subscriptionId,
    nadi.clock.now().toString(),
  ]);
  for (const [day, gigabytes] of [
    ['2026-01-15', 10],
    ['2026-02-14', 1],
  ] as const) {
    goTo(nadi, day);
    await use(nadi, subscriptionId, day, gigabytes);
    await check(nadi);
    const { rows } = await nadi.kit.pool.query('select rate_limit, reason from subscription_limits');
    assert.deepEqual(rows, [{ rate_limit: '3M/3M', reason: 'office' }]);
  }
});
