import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { andIs, duePeriods, moveOver, nextPeriods, type Reach } from './set-queries.ts';

/** Of subscriptions `s`: the customer wants one invoice for all. */
const isJoint = sql`exists (select from customers j where j.id = s.customer_id and j.joint_invoice_days is not null)`;

/** The condition that leaves subscriptions of such customers out, as {@link advanceStatement} takes it. */
export const apartFromJoint = sql`and not ${isJoint}`;

/** Whether any customer wants one invoice for all: an index tells at once. */
export async function anyoneWantsJoint(db: Db): Promise<boolean> {
  const { rows } = await sql<{ days: number | null }>`
    select max(joint_invoice_days) as days from customers`.execute(db);
  return typeof rows[0]?.days === 'number';
}

/** Next periods of customers who want one invoice, of what is due. */
const jointlyDue = (reach: Reach) =>
  duePeriods(
    reach,
    sql`s.customer_id in (select j.id from customers j where j.joint_invoice_days is not null)`,
  );

/**
 * What comes along: active prepaid subscriptions that renew and whose next period starts after `horizon`, but not by more than
 * the days that the customer wants. Whose package changes with the next period is invoiced when it is due itself: the
 * change would come too early. Nor does a postpaid period come along before it is over.
 */
const comesAlong = (horizon: RawBuilder<unknown>) => sql`
  s.status = 'active' and p.billing_mode = 'prepaid' and s.auto_renew and s.cancel_requested_on is null and s.next_package_id is null
  and not s.period_over and s.billed_until > ${horizon}
  and s.billed_until - ${horizon} <= (select j.joint_invoice_days from customers j where j.id = s.customer_id)`;

/**
 * Moves on the due subscriptions of customers who want one invoice, and what comes along with them, by one period each.
 * Returns what `advanceStatement` does. The caller holds the locks of {@link jointlyDueIds}.
 */
export function advanceJointStatement(reach: Reach, at: string): RawBuilder<unknown> {
  const along = nextPeriods(sql`
    ${comesAlong(sql`${reach.horizon}::date`)} and s.customer_id in (select customer_id from due)`);
  return moveOver(
    sql`(
      with due as materialized (select * from ${jointlyDue(reach)} d)
      select * from due union all select * from ${along} a)`,
    sql`s.status = 'active'`,
    at,
  );
}

/** The subscriptions of which {@link advanceJointStatement} would move on one at least; a relation with id. */
export const jointlyDueIds = (reach: Reach): RawBuilder<unknown> =>
  sql`(select id from ${jointlyDue(reach)} d)`;

/**
 * All subscriptions of the customers of `some` (a relation with id) that are not cancelled, as a relation with subscription_id.
 * Whoever changes several of one customer locks all of these first, by id, since payments of a joint invoice do.
 */
export const neighboursOf = (some: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select n.id as subscription_id from subscriptions n where n.status <> 'cancelled'
    and n.customer_id in (select o.customer_id from subscriptions o where o.id in (select id from ${some} x)))`;

/** Of `some` (a relation with subscription_id) what a run may invoice, or give its next package; a relation with id. */
export const renewableOf = (some: RawBuilder<unknown>, reach: Reach): RawBuilder<unknown> => sql`(
  select id from ${duePeriods(reach, sql`s.id in (select subscription_id from ${some} x)`)} d
  union
  select id from subscriptions where status = 'active' and next_package_id is not null and id in (select subscription_id from ${some} x))`;

/** Of `some` (a relation with subscription_id) what a run may let expire; a relation with id. */
export const expirableOf = (some: RawBuilder<unknown>, today: string): RawBuilder<unknown> => sql`(
  select id from subscriptions where status = 'active' and not auto_renew and end_date <= ${today}::date
    and id in (select subscription_id from ${some} x))`;

/**
 * The next periods of what would be on one invoice with the next period of a subscription, as the run would make it if
 * nothing changed until then: what `advanceStatement` returns, and nothing is changed. Nothing where it would be
 * invoiced alone. The run invoices it with the first that is due of those that start no more than the customer's days before it.
 */
export function nextJointPeriodsStatement(id: string, horizon: string): RawBuilder<unknown> {
  const joinable = sql`s.status = 'active' and p.billing_mode = 'prepaid' and s.auto_renew and s.cancel_requested_on is null and not s.period_over`;
  return sql`
    with own as (select customer_id, billed_until from subscriptions where id = ${id}),
    wanted as (select j.joint_invoice_days as days from own join customers j on j.id = own.customer_id),
    period as materialized (
      select n.*, s.next_package_id from ${nextPeriods(sql`${joinable} and s.customer_id = (select customer_id from own)`)} n
        join subscriptions s on s.id = n.id
    ),
    first as (
      select greatest(${horizon}::date, min(period_start)) as day from period, wanted
      where period_start >= (select billed_until from own) - wanted.days
    ),
    joined as (
      select period.* from period, wanted, first
      where period_start <= first.day + case when next_package_id is null then wanted.days else 0 end
        and (period_start >= first.day or first.day = ${horizon}::date)
    )
    select id, customer_id, package_id, mikrotik_username, name, price, taxable, period_start, period_end, 1 as used, 1 as days
    from joined
    where (select count(*) from joined) > 1 and exists (select from joined o where o.id = ${id})`;
}

/**
 * The subscriptions that a run may change for what they are themselves, whatever it is asked to do; a relation with
 * subscription_id. What shares invoices with them is taken along, and what customers who want one invoice may have on it.
 */
export const withinReach = ({ horizon }: Reach, only: string | undefined): RawBuilder<unknown> => sql`(
  select s.id as subscription_id from subscriptions s where s.status <> 'cancelled' ${andIs(only)}
    and (least(s.billed_until, s.end_date, s.resume_on) <= ${horizon}::date or s.next_package_id is not null or s.cancel_requested_on is not null
      or s.period_over or ${isJoint}))`;
