import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { invoiced, isFor } from './part-queries.ts';

/** Locks the open invoices of a subscription's periods that took no money, in the order in which payments from balances do; returns their ids. */
export async function lockOpenPeriods(db: Db, subscriptionId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select i.id from invoices i
    where ${openPeriods(subscriptionId)}
    order by i.id for no key update`.execute(db);
  return rows.map((row) => row.id);
}

/** The same ones without waiting for anybody. */
export async function openPeriodIds(db: Db, subscriptionId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select i.id from invoices i where ${openPeriods(subscriptionId)}`.execute(db);
  return rows.map((row) => row.id);
}

const openPeriods = (subscriptionId: string) => sql`
  ${isFor(subscriptionId, 'i')} and i.status in ('unpaid', 'overdue') and i.amount_paid = 0
  and (i.subscription_id is null or i.period_start is not null)`;

/** A period as it was invoiced, placed where it lies now. Amounts are decimal texts. */
export interface BilledPeriod {
  readonly id: string;
  readonly status: string;
  readonly amount_paid: string;
  /** What the invoice that charged for its days came to without late fees, and what its credit notes took back of that. */
  readonly billed: string;
  readonly credited: string;
  /** Whether other subscriptions are on its invoice. */
  readonly joint: boolean;
  /** Its first day, and the first day after it, after all suspensions. */
  readonly starts: string;
  readonly ends: string;
  /** How long it is, and how many of its days are to come, today included. */
  readonly days: number;
  readonly unused: number;
  /** What it charged for the package, discounts taken off. */
  readonly price: string;
  readonly taxable: boolean;
  readonly package_id: string | null;
  /** What it charged for add-ons. */
  readonly taxed_addons: string;
  readonly untaxed_addons: string;
  /** The last change of package inside it: what that charged for this many days to its end. */
  readonly prorated_price: string | null;
  readonly prorated_days: number | null;
  readonly prorated_taxable: boolean | null;
  readonly prorated_package_id: string | null;
  /** What the new package costs for `new_days`, with the discounts this period had; null without one. */
  readonly new_price: string | null;
  readonly new_days: number | null;
}

/** The day of the month on which a period that starts on `starts` counts its months. */
const anchor = sql`
  case when extract(day from q.starts) = least(q.anchor_day, extract(day from date_trunc('month', q.starts::timestamp) + interval '1 month - 1 day'))
  then q.anchor_day else extract(day from q.starts)::integer end`;

/**
 * The invoiced periods of a subscription with days from `day` on, oldest first; with a package also its price for them. They
 * lie one after the other up to billed_until: what moved by a suspension, moved them. One that was voided between others
 * counted as given and keeps its place.
 */
export async function periodsFrom(
  db: Db,
  subscriptionId: string,
  day: string,
  newPackageId: string | null = null,
): Promise<readonly BilledPeriod[]> {
  const { rows } = await sql<BilledPeriod>`
    with s as (
      select s.id, s.customer_id, s.billed_until, s.anchor_day from subscriptions s where s.id = ${subscriptionId}
    ), own as (
      select i.id, i.status, i.amount_paid, i.period_start, i.period_end from s join ${invoiced} i on i.customer_id = s.customer_id
        and i.subscription_id = s.id where i.period_start is not null
    ), slot as (
      select * from own where status <> 'cancelled'
      union all
      (select distinct on (period_start) * from own c where status = 'cancelled'
        and exists (select from own o where o.status <> 'cancelled' and o.period_start >= c.period_end)
        and not exists (select from own o where o.status <> 'cancelled' and o.period_start < c.period_end and o.period_end > c.period_start)
      order by period_start)
    ), placed as (
      select t.*, period_end - period_start as days, s.billed_until
        - coalesce(sum(period_end - period_start) over (order by period_start desc rows between unbounded preceding and 1 preceding), 0)::integer as ends
      from slot t, s
    ), q as (
      select p.id, p.status, p.amount_paid, p.ends - p.days as starts, p.ends, p.days, least(p.days, p.ends - ${day}::date) as unused, s.anchor_day
      from placed p, s where p.status <> 'cancelled' and p.ends > ${day}::date
    )
    select q.id, q.status, q.amount_paid, exists (select from invoice_parts where invoice_id = q.id) as joint, q.starts, q.ends, q.days, q.unused, l.*, k.*,
      c.unit_price as prorated_price, c.prorated_days, c.taxable as prorated_taxable, c.package_id as prorated_package_id,
      greatest(0, round(n.price, 0) - d.worth) as new_price,
      case when n.id is null then null
        when n.period_months is not distinct from o.period_months and (n.period_months is not null or n.validity_days = o.validity_days) then q.days
        else nadi_period_start(q.starts, ${anchor}, n.validity_days, n.period_months, 1) - q.starts end as new_days
    from q left join packages n on n.id = ${newPackageId}::uuid
      left join charges c on c.prorates_invoice_id = q.id and c.subscription_id = ${subscriptionId} and c.prorated_days is not null
      cross join lateral (
        select coalesce(sum(amount) filter (where kind in ('package', 'discount')), 0.00) as price,
          coalesce(bool_or(taxable) filter (where kind = 'package'), true) as taxable,
          (array_agg(package_id) filter (where kind = 'package'))[1] as package_id,
          coalesce(sum(amount) filter (where kind = 'addon' and taxable), 0.00) as taxed_addons,
          coalesce(sum(amount) filter (where kind = 'addon' and not taxable), 0.00) as untaxed_addons
        from invoice_lines where invoice_id = q.id and coalesce(subscription_id = ${subscriptionId}, true)
      ) l cross join lateral (
        select coalesce(sum(round(case s.kind when 'percent' then n.price * s.value / 100 else s.value end, 0)), 0) as worth
        from invoice_lines x join subscription_discounts s on s.id = x.source_id where x.invoice_id = q.id and x.kind = 'discount' and s.subscription_id = ${subscriptionId}
      ) d cross join lateral (
        select i.amount - i.late_fee as billed,
          coalesce((select sum(x.amount - x.late_fee) from credit_notes x where x.invoice_id = i.id), 0.00) as credited
        from invoices i where i.id = coalesce(c.invoice_id, q.id)
      ) k left join packages o on o.id = l.package_id
    order by q.starts`.execute(db);
  return rows;
}

/** What a postpaid subscription used of its running period, with its package's price and another's for a period. */
export interface RunningPeriod {
  readonly starts: string;
  readonly used: number;
  readonly days: number;
  readonly price: string;
  readonly new_days: number;
  readonly new_price: string;
}

/** The running period up to `day`; undefined where the subscription is prepaid or has used nothing. */
export async function runningPeriod(
  db: Db,
  subscriptionId: string,
  day: string,
  newPackageId: string,
): Promise<RunningPeriod | undefined> {
  const worth = (pack: string) => sql`(
    select coalesce(sum(round(case d.kind when 'percent' then ${sql.ref(`${pack}.price`)} * d.value / 100 else d.value end, 0)), 0)
    from subscription_discounts d where d.subscription_id = q.id and d.ended_at is null)`;
  const length = (pack: string) => sql`
    nadi_period_start(q.starts, ${anchor}, ${sql.ref(`${pack}.validity_days`)}, ${sql.ref(`${pack}.period_months`)}, 1) - q.starts`;
  const { rows } = await sql<RunningPeriod>`
    select q.starts, ${day}::date - q.starts as used, ${length('o')} as days, ${length('n')} as new_days,
      greatest(0, round(o.price, 0) - ${worth('o')}) as price, greatest(0, round(n.price, 0) - ${worth('n')}) as new_price
    from (select id, package_id, billed_until as starts, anchor_day from subscriptions where id = ${subscriptionId}) q
      join packages o on o.id = q.package_id and o.billing_mode = 'postpaid' join packages n on n.id = ${newPackageId}
    where q.starts < ${day}::date`.execute(db);
  return rows[0];
}

/** One subscription, as a relation with subscription_id. */
export const oneSubscription = (id: string) => sql`(select ${id}::uuid as subscription_id)`;
