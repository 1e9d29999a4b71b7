import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/** Bytes of a customer's subscriptions on the days from `from` up to `until`. */
export const usedBetween = (
  customer: SqlPart<unknown>,
  from: SqlPart<unknown>,
  until: SqlPart<unknown>,
): SqlPart<unknown> => sql`(
  select coalesce(sum(u.bytes_in + u.bytes_out), 0)::bigint from subscriptions s join usage_days u on u.subscription_id = s.id
  where s.customer_id = ${customer} and u.day >= ${from} and u.day < ${until})`;

const topUpsOf = (start: SqlPart<unknown>): SqlPart<unknown> => sql`(
  select coalesce(round(sum(t.gigabytes) * 1000000000), 0)::bigint from member_quota_topups t
  where t.customer_id = p.customer_id and t.period_start = ${start})`;

/** The named statements `lead` and `policy`: of each of `due` (customer_id) whose period counts, and what quota with what rules. */
export const policyStatements = (): SqlPart<unknown> => sql`
  lead as materialized (
    select distinct on (s.customer_id) s.customer_id, s.id, s.status = 'active' as active, s.billed_until, s.anchor_day::integer,
      p.validity_days, p.period_months::integer, p.membership_type
    from due d join subscriptions s on s.customer_id = d.customer_id and s.status <> 'cancelled' join packages p on p.id = s.package_id
    order by s.customer_id, s.status = 'active' desc, s.start_date, s.created_at, s.id
  ), policy as materialized (
    select c.id as customer_id, c.name, l.id as lead_id, coalesce(l.active, false) as active, l.billed_until, l.anchor_day, l.validity_days,
      l.period_months, k.type as membership_type, round(coalesce(q.quota, f.max_quota) * 1000000000)::bigint as base,
      case when f.id is not null or q.quota is not null then coalesce(f.period, 'billing') end as period,
      coalesce(f.notify_at, '{80,100}') as notify_at, coalesce(f.action, 'notify') as action, f.throttle_rate, f.price_per_gb,
      coalesce(f.rollover_percent, 0) as rollover_percent
    from due d join customers c on c.id = d.customer_id left join lead l on l.customer_id = c.id
      cross join lateral (select coalesce(c.membership_type, l.membership_type, 'regular') as type) k
      left join member_quota_config f on f.membership_type = k.type and f.is_active
      left join member_quotas q on q.customer_id = c.id
  )`;

/**
 * The named statement `placed` over `policy`: the period of each that runs `today`, and the one that is over.
 *
 * A period keeps its first day however its end moves with suspensions and changes of package: only one that begins after
 * its end follows it. Another kind of period begins today. Where nobody looked for longer than a period, what was used
 * meanwhile is looked at period by period.
 */
export const placedStatements = (today: string): SqlPart<unknown> => sql`
  seen as materialized (
    select p.*, o.id as last_id, o.period_start as last_start, o.period_end as last_end, o.rollover_bytes as last_rollover,
      o.carry_bytes as last_carry, coalesce(o.period = p.period, true) as same_kind, o.id is not null and o.closed_at is null as is_open, t.starts, t.ends
    from policy p
      left join lateral (select * from member_quota_periods o where o.customer_id = p.customer_id order by o.period_start desc limit 1) o on true
      left join lateral nadi_quota_period(p.period, p.billed_until, p.anchor_day, p.validity_days, p.period_months, ${today}::date) t
        on p.active and p.period is not null
  ), decided as materialized (
    select p.*, is_open and not stays as closes, not stays and starts is not null and coalesce(before_end <= ${today}::date, true) as opens
    from (
      select p.*, case when starts is not null and not same_kind then greatest(least(last_end, ${today}::date), last_start + 1) else last_end end as before_end, is_open and case
        when starts is null then ${today}::date < last_end
        when not same_kind then last_start >= ${today}::date
        else ${today}::date < last_end or starts < last_end end as stays
      from seen p
    ) p
  ), placed as materialized (
    select p.*,
      case when p.stays then p.last_start when p.opens then greatest(n.starts, p.before_end) end as cur_start,
      case when p.stays then greatest(coalesce(p.ends, p.last_end), p.last_start + 1) when p.opens then n.ends end as cur_end
    from decided p
      left join lateral (
        select min(u.day) as day from subscriptions s join usage_days u on u.subscription_id = s.id
        where p.opens and s.customer_id = p.customer_id and u.day >= p.before_end and u.day < p.starts
      ) missed on true
      -- An offset has it worked out for those alone that need it.
      left join lateral (
        select n.starts, n.ends from nadi_quota_period(p.period, p.billed_until, p.anchor_day, p.validity_days, p.period_months,
          coalesce(missed.day, ${today}::date)) n where p.opens offset 0
      ) n on true
  )`;

/**
 * The named statements `closing` and `standing` over `placed`: what became of the period that is over, and how the running one
 * stands. An offset has usage summed once, and not for every mention of it.
 */
export const measuredStatements = (): SqlPart<unknown> => sql`
  closing as materialized (
    select c.*, greatest(0, c.used - c.total) as excess,
      case when same_kind and base is not null
        then floor(greatest(0, least(c.base, c.total - c.used))::numeric * c.rollover_percent / 100)::bigint else 0 end as carry
    from (
      select p.*, coalesce(p.base, 0) + x.topup + p.last_rollover as total, x.topup, x.used
      from placed p cross join lateral (
        select ${topUpsOf(sql`p.last_start`)} as topup, ${usedBetween(sql`p.customer_id`, sql`p.last_start`, sql`p.before_end`)} as used offset 0
      ) x where p.closes
    ) c
  ), standing as materialized (
    select m.*, case when m.base is null then 'off' when m.used >= m.total then 'exceeded'
      when m.used::numeric * 100 >= m.total::numeric * m.least_percent then 'warned' else 'ok' end as state
    from (
      select p.*, x.topup, x.used, r.rollover, coalesce(p.base, 0) + x.topup + r.rollover as total,
        (select min(percent) from unnest(p.notify_at) percent) as least_percent
      from placed p left join closing c on c.customer_id = p.customer_id
        cross join lateral (
          select ${topUpsOf(sql`p.cur_start`)} as topup, ${usedBetween(sql`p.customer_id`, sql`p.cur_start`, sql`p.cur_end`)} as used offset 0
        ) x
        cross join lateral (
          select case when p.stays then p.last_rollover when p.before_end = p.cur_start and p.base is not null then coalesce(c.carry, p.last_carry, 0) else 0 end as rollover
        ) r
      where p.cur_start is not null
    ) m
  )`;
