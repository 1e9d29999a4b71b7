import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import type { Progress, Span } from './ledger-queries.ts';

/**
 * What a subscription `s` of package `p` brings a month at what its next period is sold for: price, less running discounts,
 * and add-ons; nothing while it is on trial, which a suspension leaves as it is (decisions.md, Billing).
 */
const monthly = (today: string) => sql`
  case when s.trial_ends_on > coalesce(s.suspended_on, ${today}::date) then 0 else 1 end * (round(p.price, 0) - least(round(p.price, 0), coalesce(d.worth, 0)) + coalesce(a.worth, 0))
    * case when p.period_months is null then 30.436875 else 1 end / coalesce(p.period_months, p.validity_days)`;

const discountWorth = sql`round(case x.kind when 'percent' then p.price * x.value / 100 else x.value end, 0)`;

/**
 * Subscriptions that are not cancelled by package, area and state, counted now. A postpaid one has no paid time that could end
 * soon.
 */
export const countedFigures = (today: string): SqlPart<unknown> => sql`
  select s.package_id, c.area, s.status, count(*) as subscriptions,
    count(*) filter (where s.status = 'active' and p.billing_mode = 'prepaid' and s.end_date <= ${today}::date + 7) as expiring_soon,
     round(sum(${monthly(today)}), 2) as monthly
  from subscriptions s join packages p on p.id = s.package_id join customers c on c.id = s.customer_id
    left join (
      select s.id, sum(${discountWorth}) as worth
      from subscription_discounts x join subscriptions s on s.id = x.subscription_id join packages p on p.id = s.package_id
      where x.ended_at is null group by s.id
    ) d on d.id = s.id
    left join (
      select x.subscription_id as id, sum(round(x.unit_price * x.quantity, 0)) as worth
      from subscription_addons x where x.ended_at is null group by x.subscription_id
    ) a on a.id = s.id
  where s.status <> 'cancelled'
  group by s.package_id, c.area, s.status`;

/** The figures last counted, or if none were, those of now. */
const figures = (progress: Progress, today: string) =>
  progress.figures_at === null ? sql`(${countedFigures(today)}) f` : sql`subscription_figures f`;

export interface MrrRow {
  readonly package_id: string | null;
  readonly package_name: string | null;
  readonly area: string | null;
  readonly active_subscriptions: number;
  readonly mrr: string;
  readonly suspended_subscriptions: number;
  readonly suspended_mrr: string;
}

export async function mrrRows(db: Db, progress: Progress, today: string): Promise<readonly MrrRow[]> {
  const { rows } = await sql<MrrRow>`
    select f.package_id, p.name as package_name, f.area,
      coalesce(sum(f.subscriptions) filter (where f.status = 'active'), 0)::integer as active_subscriptions,
      coalesce(sum(f.monthly) filter (where f.status = 'active'), 0)::numeric(30,2) as mrr,
      coalesce(sum(f.subscriptions) filter (where f.status = 'suspended'), 0)::integer as suspended_subscriptions,
      coalesce(sum(f.monthly) filter (where f.status = 'suspended'), 0)::numeric(30,2) as suspended_mrr
    from ${figures(progress, today)} left join packages p on p.id = f.package_id
    where f.status in ('active', 'suspended')
    group by f.package_id, p.name, f.area order by p.name, f.package_id, f.area nulls last`.execute(db);
  return rows;
}

export interface SubscriptionCounts {
  readonly total_subscriptions: number;
  readonly active_subscriptions: number;
  readonly suspended_subscriptions: number;
  readonly expired_subscriptions: number;
  readonly expiring_soon: number;
  readonly mrr: string;
  readonly suspended_mrr: string;
}

export async function subscriptionCounts(
  db: Db,
  progress: Progress,
  today: string,
): Promise<SubscriptionCounts> {
  const of = (status: string) =>
    sql`coalesce(sum(f.subscriptions) filter (where f.status = ${status}), 0)::integer`;
  const worth = (status: string) =>
    sql`coalesce(sum(f.monthly) filter (where f.status = ${status}), 0)::numeric(30,2)`;
  const { rows } = await sql<SubscriptionCounts>`
    select coalesce(sum(f.subscriptions), 0)::integer as total_subscriptions, ${of('active')} as active_subscriptions,
      ${of('suspended')} as suspended_subscriptions, ${of('expired')} as expired_subscriptions,
      coalesce(sum(f.expiring_soon), 0)::integer as expiring_soon, ${worth('active')} as mrr, ${worth('suspended')} as suspended_mrr
    from ${figures(progress, today)}`.execute(db);
  const [counts] = rows;
  if (!counts) throw new Error('A sum without groups gave no row.');
  return counts;
}

export interface CustomerCounts {
  readonly total_customers: number;
  readonly active_customers: number;
  readonly new_customers_this_month: number;
}

/** Customers, and those who joined at `monthStart` (an instant) or later. */
export async function customerCounts(
  db: Db,
  progress: Progress,
  monthStart: string,
): Promise<CustomerCounts> {
  const counts =
    progress.figures_at === null
      ? sql`(select count(*) as customers, count(*) filter (where status = 'active') as active_customers from customers) c`
      : sql`report_progress c`;
  const { rows } = await sql<CustomerCounts>`
    select c.customers::integer as total_customers, c.active_customers::integer as active_customers,
      (select count(*)::integer from customers where created_at >= ${monthStart}::timestamptz) as new_customers_this_month
    from ${counts}`.execute(db);
  const [found] = rows;
  if (!found) throw new Error('report_progress lost its row.');
  return found;
}

/** What a row of the billing log says of a subscription, where it tells of its beginning or end. */
const tells = (log: string) =>
  sql`${sql.ref(`${log}.action`)} in ('created', 'activated', 'expired', 'cancelled', 'deleted') and ${sql.ref(`${log}.invoice_id`)} is null`;

/** That it was brought along as expired, and so was never held here: only a run lets anything expire. */
const cameExpired = sql`exists (
  select from billing_logs e where e.subscription_id = l.subscription_id and e.action = 'expired' and e.run_id is null)`;

/**
 * Subscriptions that came and went by the billing log, from `from` (an instant; from the start without) to before `until`:
 * day, move and package_id, a row each. Resuming is no move, and what is expired is not lost again when it is cancelled. What
 * was imported is new on the day it was brought along, unless it had expired before. Rows of one instant, such as those of an
 * import, have no order, so whether it was created is never asked of the row before.
 */
export const movesBetween = (
  from: string | null,
  until: string | null,
  timeZone: string,
): SqlPart<unknown> => sql`(
  select (m.created_at at time zone ${timeZone})::date as day, m.move, s.package_id
  from (
    select l.subscription_id, l.created_at, case
        when l.action = 'created' then case when not ${cameExpired} then 'new' end
        when l.action = 'expired' and l.run_id is null then null
        when l.action = 'activated' then case when b.action = 'expired' then 'back' end
        when b.action is null or b.action = 'activated' then case l.action when 'expired' then 'expired' else 'cancelled' end
      end as move
    from billing_logs l left join lateral (
      select b.action from billing_logs b
      where l.action <> 'created' and b.action <> 'created' and b.subscription_id = l.subscription_id and ${tells('b')} and (b.created_at, b.id) < (l.created_at, l.id)
      order by b.created_at desc, b.id desc limit 1
    ) b on true
    where ${tells('l')} ${from === null ? sql`` : sql`and l.created_at >= ${from}::timestamptz`}
      ${until === null ? sql`` : sql`and l.created_at < ${until}::timestamptz`}
  ) m left join subscriptions s on s.id = m.subscription_id
  where m.move is not null) m`;

const movesOf = ({ moves_until: until }: Progress, timeZone: string) => sql`(
  select day, move, package_id, subscriptions from subscription_moves
  union all select day, move, package_id, 1 from ${movesBetween(until, null, timeZone)}) m`;

export interface ChurnRow {
  readonly month: string;
  readonly at_start: number;
  readonly new: number;
  readonly back: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly lost: number;
  readonly at_end: number;
  readonly rate: string | null;
}

/** By month of the span; the first and last may be parts of months. */
export async function churnRows(
  db: Db,
  progress: Progress,
  { from, to }: Span,
  timeZone: string,
): Promise<readonly ChurnRow[]> {
  const { rows } = await sql<ChurnRow>`
    with moved as materialized (
      select greatest(date_trunc('month', day::timestamp), date_trunc('month', ${from}::date::timestamp)) as month, day < ${from}::date as before, move,
        sum(subscriptions)::integer as n
      from ${movesOf(progress, timeZone)} where day <= ${to}::date group by 1, 2, 3
    ), counted as (
      select m as month, coalesce(sum(n) filter (where move = 'new' and not before), 0)::integer as new,
        coalesce(sum(n) filter (where move = 'back' and not before), 0)::integer as back,
        coalesce(sum(n) filter (where move = 'cancelled' and not before), 0)::integer as cancelled,
        coalesce(sum(n) filter (where move = 'expired' and not before), 0)::integer as expired,
        coalesce(sum(case when move in ('new', 'back') then n else -n end) filter (where before), 0)::integer as held
      from generate_series(date_trunc('month', ${from}::date::timestamp), date_trunc('month', ${to}::date::timestamp), interval '1 month') m
        left join moved on moved.month = m
      group by m
    ), summed as (
      select *, cancelled + expired as lost, (sum(held + new + back - cancelled - expired) over (order by month))::integer as at_end from counted
    )
    select to_char(month, 'YYYY-MM') as month, at_end - new - back + lost as at_start, new, back, cancelled, expired, lost, at_end,
      round(100.0 * lost / nullif(at_end - new - back + lost, 0), 2)::text as rate
    from summed order by summed.month`.execute(db);
  return rows;
}

export interface MonthMoves {
  readonly new: number;
  readonly back: number;
  readonly lost: number;
  readonly new_mrr: string;
  readonly back_mrr: string;
  readonly lost_mrr: string;
}

/** Moves of a span, and what their packages cost a month now. */
export async function movedMrr(
  db: Db,
  progress: Progress,
  { from, to }: Span,
  timeZone: string,
): Promise<MonthMoves> {
  const of = (which: SqlPart<unknown>) => sql`coalesce(sum(n) filter (where ${which}), 0)::integer`;
  const worth = (which: SqlPart<unknown>) =>
    sql`coalesce(sum(round(n * price, 2)) filter (where ${which}), 0)::numeric(30,2)`;
  const [fresh, back, lost] = [sql`move = 'new'`, sql`move = 'back'`, sql`move in ('cancelled', 'expired')`];
  const { rows } = await sql<MonthMoves>`
    select ${of(fresh)} as new, ${of(back)} as back, ${of(lost)} as lost,
      ${worth(fresh)} as new_mrr, ${worth(back)} as back_mrr, ${worth(lost)} as lost_mrr
    from (
      select m.move, sum(m.subscriptions) as n,
        round(p.price, 0) * case when p.period_months is null then 30.436875 else 1 end / coalesce(p.period_months, p.validity_days) as price
      from ${movesOf(progress, timeZone)} left join packages p on p.id = m.package_id
      where m.day between ${from}::date and ${to}::date group by m.move, p.id
    ) g`.execute(db);
  const [moves] = rows;
  if (!moves) throw new Error('A sum without groups gave no row.');
  return moves;
}
