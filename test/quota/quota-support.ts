import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { quotaMemberSchema } from '#contract';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';

export type MemberSeen = z.output<typeof quotaMemberSchema>;

const admin = '/api/v1/admin/quota';

/** A quota for a membership type, `regular` unless said; 10 GB that nothing but an alert follows. */
export async function addConfig(nadi: TestApp, body: object = {}): Promise<string> {
  const given = { membership_type: 'regular', max_quota: 10, ...body };
  return (await ok(nadi, { method: 'POST', url: `${admin}/configs`, body: given })).id;
}

/** Counts so many GB as used on that local day, as accounting does. */
export async function use(
  nadi: TestApp,
  subscriptionId: string,
  day: string,
  gigabytes: number,
): Promise<void> {
  await nadi.kit.pool.query(
    `insert into usage_days as u (subscription_id, day, bytes_in, bytes_out) values ($1, $2, $3, 0)
     on conflict (subscription_id, day) do update set bytes_in = u.bytes_in + excluded.bytes_in`,
    [subscriptionId, day, Math.round(gigabytes * 1e9)],
  );
}

/** What the worker does every minute; no job may fail. */
export async function check(nadi: TestApp): Promise<void> {
  await nadi.kit.pool.query(`select graphile_worker.add_job('quota.check')`);
  await settle(nadi);
}

export async function settle(nadi: TestApp): Promise<void> {
  await nadi.drainJobs();
  const { rows } = await nadi.kit.pool.query(
    'select task_identifier from graphile_worker.jobs where attempts > 0',
  );
  assert.deepEqual(rows, [], nadi.logged().slice(-3000));
}

export const memberOf = (nadi: TestApp, id: string) =>
  ok<MemberSeen>(nadi, { url: `${admin}/members/${id}` });

export const adjust = (nadi: TestApp, id: string, quota: number | null) =>
  ok<MemberSeen>(nadi, {
    method: 'POST',
    url: `${admin}/adjust`,
    body: { member_id: id, new_quota: quota, reason: 'uji' },
  });

export const topUp = (nadi: TestApp, id: string, gigabytes: number, more: object = {}) =>
  ok(nadi, { method: 'POST', url: `${admin}/topups`, body: { member_id: id, gigabytes, ...more } });

export interface LimitRow {
  readonly blocked: boolean;
  readonly rate_limit: string | null;
}

/** What a subscription gets less because of a quota. */
export async function limitOf(nadi: TestApp, subscriptionId: string): Promise<LimitRow | undefined> {
  const { rows } = await nadi.kit.pool.query<LimitRow>(
    `select blocked, rate_limit from subscription_limits where subscription_id = $1 and reason = 'quota'`,
    [subscriptionId],
  );
  return rows[0];
}

export interface AlertSeen {
  readonly type: string;
  readonly title: string;
  readonly message: string;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Oldest first. */
export async function alertsOf(nadi: TestApp): Promise<AlertSeen[]> {
  const { data } = await ok<{ data: AlertSeen[] }>(nadi, { url: '/api/alerts?per_page=100' });
  return data.reverse();
}
