import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { quotaHooks } from '../../server/editions/provider.ts';
import { workBulkJobs } from '../../server/modules/quota/index.ts';
import { ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { addConfig, check, limitOf, memberOf, settle, use } from './quota-support.ts';

const url = '/api/v1/admin/quota/bulk-adjust';
const unknown = '01890000-0000-7000-8000-000000000001';

interface Progress {
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly unknown_ids: readonly string[];
}

async function queue(nadi: TestApp, body: object): Promise<string> {
  const answer = await nadi.request({ method: 'POST', url, body });
  assert.equal(answer.statusCode, 202, answer.body);
  assert.equal(answer.json().message, 'Bulk adjustment queued for processing');
  return answer.json().job_id;
}

const progressOf = (nadi: TestApp, job: string) => ok<Progress>(nadi, { url: `${url}/${job}` });

/** So many customers with a subscription each, like the one there is. */
async function multiply(nadi: TestApp, count: number): Promise<void> {
  await nadi.kit.pool.query(
    `with c as (insert into customers (id, name, created_at, updated_at)
       select nadi_uuid(created_at, n), 'C' || n, created_at, created_at from (select created_at from customers limit 1) x, generate_series(1, $1::int) n
       returning id, name)
     insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select gen_random_uuid(), c.id, s.package_id, c.name, s.start_date, s.end_date, s.billed_until, s.anchor_day, s.created_at, s.updated_at
     from c, (select * from subscriptions limit 1) s`,
    [count],
  );
}

/** Everybody was adjusted once: one row of history each, and the quota. */
async function assertOnce(nadi: TestApp, members: number, quota: number): Promise<void> {
  const { rows } = await nadi.kit.pool.query(
    `select (select count(*)::int from member_quota_history) as rows, (select count(distinct member_id)::int from member_quota_history) as members,
       (select count(*)::int from member_quotas where quota = $1) as adjusted`,
    [quota],
  );
  assert.deepEqual(rows[0], { rows: members, members, adjusted: members });
}

test('by ids: unknown ones are told, doubles count once, limits follow', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'block' });
  const [one, other] = [await subscriber(nadi), await subscriber(nadi)];
  await use(nadi, one.subscriptionId, '2026-01-15', 12);
  await check(nadi);
  assert.ok(await limitOf(nadi, one.subscriptionId));
  const ids = [one.customerId, unknown, one.customerId, other.customerId];
  const job = await queue(nadi, { member_ids: ids, new_quota: 20 });
  assert.equal((await progressOf(nadi, job)).state, 'queued');
  await settle(nadi);
  const { state, total, done, unknown_ids: missing } = await progressOf(nadi, job);
  assert.deepEqual([state, total, done, missing], ['done', 2, 2, [unknown]]);
  assert.equal(await limitOf(nadi, one.subscriptionId), undefined);
  const { data } = await ok<{ data: { reason: string; actor: string; new_quota: number }[] }>(nadi, {
    url: '/api/v1/admin/quota/history?reason=bulk_adjustment',
  });
  assert.deepEqual(
    data.map((row) => [row.actor, row.new_quota]),
    [
      ['admin@nadi.test', 20],
      ['admin@nadi.test', 20],
    ],
  );
  assert.equal(
    (await ok<{ data: unknown[] }>(nadi, { url: '/api/audit-logs?action=quota.bulk_adjusted' })).data.length,
    1,
  );
});

test('by a filter: whom it is for is fixed when it is asked', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  const [gold, plain] = [await subscriber(nadi), await subscriber(nadi)];
  const become = (id: string, type: string | null) =>
    ok(nadi, { method: 'PATCH', url: `/api/customers/${id}`, body: { membership_type: type } });
  await become(gold.customerId, 'gold');
  const job = await queue(nadi, { filter: { membership_type: 'gold' }, new_quota: 77, reason: 'promo' });
  await become(gold.customerId, null);
  await become(plain.customerId, 'gold');
  await settle(nadi);
  assert.equal((await progressOf(nadi, job)).total, 1);
  assert.equal((await memberOf(nadi, gold.customerId)).quota_gb, 77);
  const empty = await queue(nadi, { filter: { area: 'tidak ada' }, new_quota: 1 });
  const byPackage = await queue(nadi, { filter: { package_id: plain.packageId }, new_quota: 5 });
  const all = await queue(nadi, { filter: {}, new_quota: null });
  await settle(nadi);
  assert.deepEqual(
    await Promise.all([empty, byPackage, all].map(async (id) => (await progressOf(nadi, id)).done)),
    [0, 1, 2],
  );
  assert.equal((await memberOf(nadi, gold.customerId)).quota_gb, 10);
});

test('a worker is killed in the middle: the next one adjusts the rest, each member once', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  await subscriber(nadi);
  await multiply(nadi, 1999);
  const job = await queue(nadi, { filter: {}, new_quota: 33 });
  const database = nadi.kit.config.databaseUrl ?? '';
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bulk-child.ts'), database], {
    env: { ...process.env, NADI_TEST_DATABASE: database },
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  while ((await progressOf(nadi, job)).done === 0) assert.equal(child.exitCode, null);
  child.kill('SIGKILL');
  await gone;
  const { done, state } = await progressOf(nadi, job);
  assert.ok(done > 0 && done < 2000 && state === 'running', `${done} ${state}`);
  await settle(nadi);
  assert.deepEqual([(await progressOf(nadi, job)).done, (await progressOf(nadi, job)).state], [2000, 'done']);
  await assertOnce(nadi, 2000, 33);
});

test('two workers at once: each member once', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  await addConfig(nadi);
  await subscriber(nadi);
  await multiply(nadi, 299);
  await queue(nadi, { filter: {}, new_quota: 44 });
  await Promise.all([nadi, other, nadi].map((node) => workBulkJobs(node.kit, quotaHooks, { batch: 10 })));
  await assertOnce(nadi, 300, 44);
});

test('what cannot be is refused, and changes nothing', async () => {
  await using nadi = await testApp();
  const { customerId } = await subscriber(nadi);
  const good = { member_ids: [customerId], new_quota: 5 };
  const bad: readonly object[] = [
    { ...good, new_quota: -1 },
    { ...good, new_quota: 1e308 },
    { ...good, new_quota: 0.0001 },
    { ...good, new_quota: 'NaN' },
    { ...good, member_ids: [] },
    { ...good, member_ids: ['x'] },
    { ...good, member_ids: Array.from({ length: 20_001 }, () => customerId) },
    { ...good, filter: {} },
    { new_quota: 5 },
    { ...good, reason: ' ' },
  ];
  for (const body of bad) {
    const answer = await nadi.request({ method: 'POST', url, body });
    assert.equal(answer.statusCode, 422, `${JSON.stringify(body).slice(0, 100)}: ${answer.body}`);
  }
  const many = { ...good, member_ids: Array.from({ length: 100_000 }, () => customerId) };
  assert.equal((await nadi.request({ method: 'POST', url, body: many })).statusCode, 413);
  const { rows } = await nadi.kit.pool.query('select count(*)::int as count from quota_bulk_jobs');
  assert.equal(rows[0].count, 0);
});
