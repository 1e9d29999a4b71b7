import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { addChargesStatement } from '../billing/index.ts';
import { namedStatements } from '../subscriptions/index.ts';
import { thresholdAlerts, unusualAlerts } from './alert-queries.ts';
import type { QuotaHooks } from './hooks.ts';
import { limitStatements } from './limit-queries.ts';
import { measuredStatements, placedStatements, policyStatements } from './place-queries.ts';

/**
 * Held by whoever changes quotas, until the transaction ends: what is decided is decided on what is there. Taken first, before
 * any row, so that nobody waits in a circle.
 */
export async function lockQuotas(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7234528)`.execute(db);
}

/** Every server forgets what it remembers of quotas. */
export async function bumpVersion(db: Db, checkAll = false): Promise<void> {
  await sql`update quota_state set version = version + 1, check_all = check_all or ${checkAll}`.execute(db);
}

/** Statement: has the customers of `touched` (subscriptions; a relation with id) looked at, where quotas are in use. */
export const markSubscriptionsStatement = (touched: SqlPart<unknown>): SqlPart<unknown> => sql`
  insert into quota_checks (customer_id)
  select distinct s.customer_id from ${touched} t join subscriptions s on s.id = t.id where (select nadi_quota_in_use())`;

export async function markMembers(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`
    insert into quota_checks (customer_id) select unnest(${[...customerIds]}::uuid[]) where (select nadi_quota_in_use())`.execute(
    db,
  );
}

export async function markPackage(db: Db, packageId: string): Promise<void> {
  await markSubscriptionsStatement(
    sql`(select id from subscriptions where package_id = ${packageId} and status <> 'cancelled')`,
  ).execute(db);
}

/** Has everybody looked at where that was asked for, and else those whose period is over. */
export async function markDue(db: Db, today: string): Promise<void> {
  await sql`
    with asked as (update quota_state set check_all = false where check_all returning 1)
    insert into quota_checks (customer_id)
    select distinct customer_id from subscriptions where exists (select from asked) and status <> 'cancelled'
    union
    select customer_id from member_quota_periods where exists (select from asked) and closed_at is null
    union
    select customer_id from member_quota_periods where closed_at is null and period_end <= ${today}::date`.execute(
    db,
  );
}

/** Takes up to so many of the members to look at, with every reason for each; what is added to be looked at meanwhile stays. */
export async function takeChecks(db: Db, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ customer_id: string }>`
    with members as materialized (
      select distinct customer_id from (select customer_id from quota_checks order by id limit ${limit}) c
    ), taken as (
      delete from quota_checks c using members m where c.customer_id = m.customer_id
    )
    select customer_id from members`.execute(db);
  return rows.map((row) => row.customer_id);
}

/**
 * Looks at these members: closes periods that are over, charging and rolling over what their rules say, opens the next ones,
 * and brings what they used, alerts and limits in line. One statement; done again it changes nothing. The caller holds
 * {@link lockQuotas}.
 */
export async function checkMembers(
  db: Db,
  hooks: QuotaHooks,
  customerIds: readonly string[],
  { today, at }: { readonly today: string; readonly at: string },
): Promise<void> {
  await sql`
    with due as materialized (select distinct unnest(${[...customerIds]}::uuid[]) as customer_id),
    ${policyStatements()}, ${placedStatements(today)}, ${measuredStatements()}, ${periodStatements(at)}, ${limitStatements(today, at)},
    told as (${thresholdAlerts(at)}), noticed as (${unusualAlerts(today, at)}),
    again as (insert into quota_checks (customer_id) select customer_id from standing where cur_end <= ${today}::date)
    ${namedStatements(hooks.onLimitsChanged(sql`changed`, at))}
    select 1`.execute(db);
}

/** Named statements over `closing` and `standing`: what is written of the periods themselves. */
const periodStatements = (at: string): SqlPart<unknown> => sql`
  bill as materialized (
    select b.*, nadi_uuid(${at}::timestamptz, row_number() over ()) as charge_id from (
      select c.customer_id, c.lead_id as subscription_id, trim_scale(round(c.excess::numeric / 1000000000, 3)) as gigabytes, c.last_start, c.before_end,
        -- Below the column's bound, so that no run is held up by it.
        least(round(c.excess::numeric / 1000000000 * c.price_per_gb), 999999999) as amount
      from closing c where c.action = 'bill' and c.excess > 0 and c.lead_id is not null
    ) b where b.amount >= 1
  ), charged as (
    ${addChargesStatement(
      sql`(
        select b.charge_id as id, b.subscription_id, case o.language when 'en' then 'Usage above the quota, ' else 'Pemakaian di atas kuota, ' end
          || b.gigabytes || ' GB, ' || b.last_start || ' – ' || (b.before_end - 1) as description, b.amount as unit_price
        from bill b cross join organisation o)`,
      at,
    )}
  ), closed as (
    update member_quota_periods p set closed_at = ${at}::timestamptz, period_end = c.before_end, membership_type = c.membership_type,
      quota_bytes = coalesce(c.base, 0), topup_bytes = c.topup, used_bytes = c.used, carry_bytes = c.carry,
      state = case when c.base is null then 'off' when c.used >= c.total then 'exceeded' else 'ok' end, charge_id = b.charge_id
    from closing c left join bill b on b.customer_id = c.customer_id where p.id = c.last_id
  ), moved as (
    update member_quota_periods p set period = coalesce(s.period, p.period), period_end = s.cur_end, membership_type = s.membership_type,
      quota_bytes = coalesce(s.base, 0), topup_bytes = s.topup, used_bytes = s.used, state = s.state
    from standing s where s.stays and p.id = s.last_id
      and (p.period, p.period_end, p.membership_type, p.quota_bytes, p.topup_bytes, p.used_bytes, p.state)
        is distinct from (coalesce(s.period, p.period), s.cur_end, s.membership_type, coalesce(s.base, 0), s.topup, s.used, s.state)
  ), opened as (
    insert into member_quota_periods (id, customer_id, period_start, period_end, period, membership_type, quota_bytes, topup_bytes,
      rollover_bytes, used_bytes, state, created_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), customer_id, cur_start, cur_end, period, membership_type, base, topup, rollover,
      used, state, ${at}::timestamptz
    from standing where not stays
  ), rolled as (
    insert into member_quota_history (member_id, old_quota, new_quota, reason, actor, created_at)
    select customer_id, base::numeric / 1000000000, (base + rollover)::numeric / 1000000000, 'rollover', 'quota.check', ${at}::timestamptz
    from standing where not stays and rollover > 0
  )`;
