import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { addConfig, adjust, alertsOf, check, memberOf, settle, topUp, use } from './quota-support.ts';

const admin = '/api/v1/admin/quota';
const unknown = '01890000-0000-7000-8000-000000000001';

interface Stats {
  readonly members: number;
  readonly exceeded: number;
  readonly limited: number;
  readonly used_gb: number;
  readonly quota_gb: number;
  readonly by_membership_type: readonly { readonly membership_type: string; readonly members: number }[];
}

const statsOf = (nadi: TestApp, query = '') => ok<Stats>(nadi, { url: `${admin}/stats${query}` });

test('statistics are remembered for 300 seconds, and forgotten on every server when a quota changes', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  await addConfig(nadi, { action: 'block' });
  const { customerId, subscriptionId } = await subscriber(nadi);
  await subscriber(nadi);
  await check(nadi);
  const both = async () => {
    const [one, two] = [await statsOf(nadi), await statsOf(other)];
    assert.deepEqual([one.used_gb, one.quota_gb], [two.used_gb, two.quota_gb]);
    return [one.members, one.exceeded, one.limited, one.used_gb, one.quota_gb];
  };
  assert.deepEqual(await both(), [2, 0, 0, 0, 20]);
  await use(nadi, subscriptionId, '2026-01-15', 10);
  await check(nadi);
  assert.deepEqual(await both(), [2, 0, 0, 0, 20], 'remembered');
  for (const node of [nadi, other]) node.clock.advance({ seconds: 299 });
  assert.deepEqual(await both(), [2, 0, 0, 0, 20]);
  for (const node of [nadi, other]) node.clock.advance({ seconds: 1 });
  assert.deepEqual(await both(), [2, 1, 1, 10, 20]);

  await adjust(other, customerId, 15);
  assert.deepEqual(await both(), [2, 0, 0, 10, 25], 'an adjustment');
  await topUp(nadi, customerId, 5);
  assert.deepEqual(await both(), [2, 0, 0, 10, 30], 'a top-up');
  await ok(nadi, { method: 'POST', url: `${admin}/bulk-adjust`, body: { filter: {}, new_quota: 1 } });
  await settle(nadi);
  assert.deepEqual(await both(), [2, 1, 1, 10, 7], 'a bulk adjustment');
  await addConfig(nadi, { membership_type: 'gold', max_quota: 100 });
  await ok(nadi, { method: 'PATCH', url: `/api/customers/${customerId}`, body: { membership_type: 'gold' } });
  await check(nadi);
  await addConfig(nadi, { membership_type: 'lain' });
  assert.deepEqual(
    (await statsOf(nadi)).by_membership_type.map((row) => [row.membership_type, row.members]),
    [
      ['gold', 1],
      ['regular', 1],
    ],
  );
  assert.equal((await statsOf(nadi, '?membership_type=gold')).members, 1);
  assert.equal((await statsOf(nadi, '?period=day')).members, 0);
});

test('members by state; who has no quota, and who is not there', async () => {
  await using nadi = await testApp();
  const lone = await subscriber(nadi);
  const { state, quota_gb: quota } = await memberOf(nadi, lone.customerId);
  assert.deepEqual([state, quota], ['none', null]);
  const refused = await nadi.request({
    method: 'POST',
    url: `${admin}/topups`,
    body: { member_id: lone.customerId, gigabytes: 1 },
  });
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'quota_none']);
  assert.equal((await nadi.request({ url: `${admin}/members/${unknown}` })).statusCode, 404);
  for (const [path, body] of [
    ['adjust', { member_id: unknown, new_quota: 1, reason: 'x' }],
    ['topups', { member_id: unknown, gigabytes: 1 }],
  ] as const) {
    const answer = await nadi.request({ method: 'POST', url: `${admin}/${path}`, body });
    assert.equal(answer.statusCode, 422, answer.body);
    assert.ok(answer.json().errors.member_id);
  }
  await addConfig(nadi);
  await use(nadi, lone.subscriptionId, '2026-01-15', 10);
  await subscriber(nadi);
  await check(nadi);
  const listed = async (query: string) =>
    (await ok<{ data: { member_id: string }[] }>(nadi, { url: `${admin}/members?${query}` })).data.map(
      (row) => row.member_id,
    );
  assert.deepEqual(await listed('state=exceeded'), [lone.customerId]);
  assert.equal((await listed('membership_type=regular&period=billing')).length, 2);
  assert.deepEqual(await listed('state=warned'), []);
  // Used, but not looked at yet: one member is told as it is.
  await use(nadi, lone.subscriptionId, '2026-01-15', 1);
  assert.equal((await memberOf(nadi, lone.customerId)).used_gb, 11);
});

test('a top-up asked for twice is one, and its price one charge', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  const { customerId, subscriptionId } = await subscriber(nadi);
  const key = { price: '25000', idempotency_key: 'satu' };
  const [one, again] = [await topUp(nadi, customerId, 5, key), await topUp(nadi, customerId, 5, key)];
  assert.equal(one.id, again.id);
  const other = await nadi.request({
    method: 'POST',
    url: `${admin}/topups`,
    body: { member_id: customerId, gigabytes: 6, ...key },
  });
  assert.ok(other.json().errors.idempotency_key, other.body);
  const { data } = await ok<{ data: { id: string; unit_price: string; description: string }[] }>(nadi, {
    url: `/api/subscriptions/${subscriptionId}/charges`,
  });
  assert.deepEqual(
    data.map(({ id, unit_price: price, description }) => [id, price, description]),
    [[one.charge_id, '25000.00', 'Tambahan kuota, 5 GB']],
  );
  assert.equal((await memberOf(nadi, customerId)).total_gb, 15);
});

test('one active quota of a type; what cannot be is refused', async () => {
  await using nadi = await testApp();
  const first = await addConfig(nadi);
  const post = (body: object) => nadi.request({ method: 'POST', url: `${admin}/configs`, body });
  const good = { membership_type: 'regular', max_quota: 5 };
  assert.deepEqual(
    [(await post(good)).statusCode, (await post(good)).json().code],
    [409, 'quota_config_exists'],
  );
  const spare = await post({ ...good, is_active: false });
  assert.equal(spare.statusCode, 201, spare.body);
  const url = `${admin}/configs/${spare.json().id}`;
  const active = await nadi.request({ method: 'PUT', url, body: { is_active: true } });
  assert.equal(active.json().code, 'quota_config_exists');
  assert.equal((await nadi.request({ method: 'PATCH', url, body: { action: 'throttle' } })).statusCode, 422);
  await ok(nadi, { method: 'DELETE', url: `${admin}/configs/${first}` });
  await ok(nadi, { method: 'PATCH', url, body: { is_active: true, notify_at: [100, 50, 50] } });
  assert.deepEqual(
    ((await ok(nadi, { url: `${admin}/configs` })) as unknown as { data: { notify_at: number[] }[] }).data[0]
      ?.notify_at,
    [50, 100],
  );
  const other = { membership_type: 'lain', max_quota: 5 };
  const bad: readonly object[] = [
    { ...other, max_quota: 0 },
    { ...other, max_quota: -5 },
    { ...other, max_quota: '5' },
    { ...other, max_quota: 2_000_000 },
    { ...other, action: 'throttle' },
    { ...other, action: 'throttle', throttle_rate: 'cepat' },
    { ...other, action: 'bill' },
    { ...other, action: 'bill', price_per_gb: '0' },
    { ...other, notify_at: [] },
    { ...other, notify_at: [0] },
    { ...other, period: 'year' },
    { ...other, rollover_percent: 101 },
    { ...other, membership_type: 'Dua Kata' },
  ];
  for (const body of bad) assert.equal((await post(body)).statusCode, 422, JSON.stringify(body));
});

test('much more than on other days is told once a day, to who has a history', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { max_quota: 10_000 });
  const [usual, fresh] = [await subscriber(nadi), await subscriber(nadi)];
  for (let day = 1; day <= 14; day += 1)
    await use(nadi, usual.subscriptionId, `2026-01-${String(day).padStart(2, '0')}`, 2.1);
  for (const { subscriptionId } of [usual, fresh]) await use(nadi, subscriptionId, '2026-01-15', 10.5);
  await check(nadi);
  assert.deepEqual(await alertsOf(nadi), [], 'five times as much is not more than that');
  for (const { subscriptionId } of [usual, fresh]) await use(nadi, subscriptionId, '2026-01-15', 0.1);
  await check(nadi);
  await use(nadi, usual.subscriptionId, '2026-01-15', 10);
  await check(nadi);
  const alerts = await alertsOf(nadi);
  assert.deepEqual(
    alerts.map(({ title, meta }) => [title, meta.member_id]),
    [['Pemakaian tidak biasa', usual.customerId]],
  );
  assert.match(alerts[0]?.message ?? '', /memakai 10\.6 GB hari ini, biasanya 2\.1 GB sehari\.$/);
});

test('many failed sign-ins within 15 minutes are told once, by account and by address', async () => {
  await using nadi = await testApp();
  const fail = (email: string, remoteAddress: string) =>
    nadi.request({
      as: 'nobody',
      method: 'POST',
      url: '/api/login',
      remoteAddress,
      body: { email, password: 'salah' },
    });
  const look = async () => {
    await nadi.kit.pool.query(`select graphile_worker.add_job('quota.sign_ins')`);
    await settle(nadi);
    return (await alertsOf(nadi)).map(({ type, meta }) => [type, meta.subject, meta.failures]);
  };
  for (let times = 0; times < 4; times += 1) await fail('viewer@nadi.test', `192.0.2.${times}`);
  assert.deepEqual(await look(), []);
  await fail('viewer@nadi.test', '192.0.2.9');
  const seen = [['security', `user:${nadi.userIds.viewer}`, 5]];
  assert.deepEqual(await look(), seen);
  nadi.clock.advance({ minutes: 14 });
  assert.deepEqual(await look(), seen, 'once');
  for (let times = 0; times < 10; times += 1) await fail(`tebak${times}@nadi.test`, '198.51.100.7');
  assert.deepEqual(await look(), [...seen, ['security', 'address:198.51.100.7', 10]]);
  nadi.clock.advance({ minutes: 16 });
  assert.equal((await look()).length, 2, 'what is long ago is not told again');
});

test('operators and viewers look; only administrators change quotas and see alerts', async () => {
  await using nadi = await testApp();
  for (const as of ['operator', 'viewer'] as const) {
    assert.equal((await nadi.request({ as, url: `${admin}/members` })).statusCode, 200);
    const body = { filter: {}, new_quota: 1 };
    assert.equal(
      (await nadi.request({ as, method: 'POST', url: `${admin}/bulk-adjust`, body })).statusCode,
      403,
    );
    assert.equal((await nadi.request({ as, url: '/api/alerts' })).statusCode, 403);
  }
});

test('bulk adjustments are limited to ten a minute; health tells of the quota system', async () => {
  await using nadi = await testApp({ limitRates: true });
  const send = () =>
    nadi.request({ method: 'POST', url: `${admin}/bulk-adjust`, body: { filter: {}, new_quota: 1 } });
  for (let times = 0; times < 10; times += 1) assert.equal((await send()).statusCode, 202);
  assert.equal((await send()).statusCode, 429);
  assert.equal(
    (await nadi.request({ as: 'nobody', url: '/api/v1/health' })).json().quota_system,
    'operational',
  );
});
