import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface StatsFilter {
  readonly membership_type?: string | undefined;
  readonly period?: string | undefined;
}

export interface StatsRow {
  readonly membership_type: string;
  readonly members: number;
  readonly warned: number;
  readonly exceeded: number;
  readonly limited: number;
  /** Bytes, as decimal text. */
  readonly quota_bytes: string;
  readonly used_bytes: string;
}

export async function readVersion(db: Db): Promise<string> {
  return (await db.selectFrom('quota_state').select('version').executeTakeFirstOrThrow()).version;
}

/** Sums over the running periods of members whose quota counts, by membership type. */
export async function statsByType(
  db: Db,
  { membership_type: type, period }: StatsFilter,
): Promise<readonly StatsRow[]> {
  const { rows } = await sql<StatsRow>`
    select t.membership_type, count(*)::integer as members, (count(*) filter (where t.state = 'warned'))::integer as warned,
      (count(*) filter (where t.state = 'exceeded'))::integer as exceeded, count(l.customer_id)::integer as limited,
      sum(t.quota_bytes + t.topup_bytes + t.rollover_bytes)::text as quota_bytes, sum(t.used_bytes)::text as used_bytes
    from member_quota_periods t left join (
      select distinct s.customer_id from subscription_limits l join subscriptions s on s.id = l.subscription_id where l.reason = 'quota'
    ) l on l.customer_id = t.customer_id
    where t.closed_at is null and t.state <> 'off' and ${type === undefined ? sql`true` : sql`t.membership_type = ${type}`}
      and ${period === undefined ? sql`true` : sql`t.period = ${period}`}
    group by t.membership_type order by t.membership_type`.execute(db);
  return rows;
}
