import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { usedBetween } from './place-queries.ts';

export interface MemberRow {
  readonly id: string;
  readonly created_at: string;
  readonly member_id: string;
  readonly member_name: string;
  readonly membership_type: string;
  readonly period: string;
  readonly period_start: string;
  readonly period_end: string;
  /** Bytes, as decimal text. */
  readonly quota_bytes: string;
  readonly topup_bytes: string;
  readonly rollover_bytes: string;
  readonly used_bytes: string;
  readonly state: string;
  readonly least_percent: number;
  /** What the member gets less because of it; null is nothing. */
  readonly blocked: boolean | null;
  readonly rate_limit: string | null;
}

export interface MemberFilter extends PageRequest {
  readonly membership_type?: string | undefined;
  readonly period?: string | undefined;
  readonly state?: string | undefined;
}

const columns = sql`
  t.id, t.created_at, t.customer_id as member_id, c.name as member_name, t.membership_type, t.period, t.period_start, t.period_end, t.quota_bytes,
  t.topup_bytes, t.rollover_bytes, t.state, coalesce((select min(percent) from unnest(f.notify_at) percent), 80) as least_percent, l.blocked, l.rate_limit`;
const from = sql`
  member_quota_periods t join customers c on c.id = t.customer_id
    left join member_quota_config f on f.membership_type = t.membership_type and f.is_active
    left join lateral (
      select l.blocked, l.rate_limit from subscriptions s join subscription_limits l on l.subscription_id = s.id
      where s.customer_id = t.customer_id and l.reason = 'quota' limit 1
    ) l on true`;

/** Members with a quota, as they were last looked at. */
export function listMemberRows(db: Db, { membership_type: type, period, state, ...page }: MemberFilter) {
  const where = [
    sql`t.closed_at is null`,
    ...(type === undefined ? [] : [sql`t.membership_type = ${type}`]),
    ...(period === undefined ? [] : [sql`t.period = ${period}`]),
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
  ];
  return listPage<MemberRow>(db, { select: sql`${columns}, t.used_bytes`, from, where }, page);
}

/** One member, with what was used until now. */
export async function findMember(db: Db, customerId: string): Promise<MemberRow | undefined> {
  const { rows } = await sql<MemberRow>`
    select ${columns}, ${usedBetween(sql`t.customer_id`, sql`t.period_start`, sql`t.period_end`)} as used_bytes
    from ${from} where t.customer_id = ${customerId} and t.closed_at is null`.execute(db);
  return rows[0];
}

export interface HistoryRow {
  readonly id: string;
  readonly member_id: string;
  readonly old_quota: string | null;
  readonly new_quota: string | null;
  readonly reason: string;
  readonly user_id: string | null;
  readonly actor: string;
  readonly created_at: string;
}

export interface HistoryFilter extends PageRequest {
  readonly member_id?: string | undefined;
  readonly reason?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Changes of quotas, newest first; days are local dates in that time zone. */
export function listHistoryRows(
  db: Db,
  { member_id: member, reason, from: first, to: last, ...page }: HistoryFilter,
  timeZone: string,
) {
  const where = [
    ...(member === undefined ? [] : [sql`t.member_id = ${member}`]),
    ...(reason === undefined ? [] : [sql`t.reason = ${reason}`]),
    ...(first === undefined
      ? []
      : [sql`t.created_at >= (${first}::date::timestamp at time zone ${timeZone})`]),
    ...(last === undefined
      ? []
      : [sql`t.created_at < ((${last}::date + 1)::timestamp at time zone ${timeZone})`]),
  ];
  return listPage<HistoryRow>(
    db,
    { select: sql`t.*`, from: sql`member_quota_history t`, where, idType: 'bigint' },
    page,
  );
}
