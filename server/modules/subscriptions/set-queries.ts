import { type RawBuilder, sql } from 'kysely';

/**
 * Statements on sets of subscriptions, for the billing run and for payments to put into their own WITH clause. Each
 * returns the `id`s it changed; what it is to change comes as a relation, and the row is checked again under its lock.
 */

/** Locks the active subscriptions of `overdue` (a relation with subscription_id) until the transaction ends. */
export function lockStatement(overdue: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select count(*) from (
      select from subscriptions s where s.status = 'active' and s.id in (select subscription_id from ${overdue})
      for no key update) locked`;
}

/** Locks the subscriptions of `wanted` (a relation with subscription_id), whatever their state. */
export function lockAllStatement(wanted: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select count(*) from (
      select from subscriptions s where s.id in (select subscription_id from ${wanted} w) order by s.id for no key update) locked`;
}

/**
 * Suspends active subscriptions of `overdue` (a relation with subscription_id and period_start) that nobody asked to
 * spare. A renewal suspends once the grace days after the paid time are over, never inside the paid time, however early
 * it is due: a period that moved on with a suspension leaves its invoice's due date behind. Other invoices, those
 * without a period, suspend by their due date alone.
 */
export function suspendStatement(
  overdue: RawBuilder<unknown>,
  { today, graceDays, at }: { readonly today: string; readonly graceDays: number; readonly at: string },
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'suspended', suspended_on = ${today}::date, suspended_for = 'overdue',
      suspend_not_before = null, updated_at = ${at}::timestamptz
    where s.status = 'active' and (s.suspend_not_before is null or s.suspend_not_before <= ${today}::date)
      and s.id in (select subscription_id from ${overdue})
      and (s.end_date < ${today}::date - ${graceDays}::integer
        or s.id in (select subscription_id from ${overdue} where period_start is null))
    returning s.id, s.end_date`;
}

/**
 * Ends subscriptions that do not renew once their paid time is over: end_date is the first unpaid day. A postpaid one ends
 * with the period that was invoiced last, paid or not. `only` this one, if named.
 */
export function expireStatement(today: string, at: string, only?: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'expired', period_over = false, updated_at = ${at}::timestamptz
    where s.status = 'active' and not s.auto_renew and s.cancel_requested_on is null and s.end_date <= ${today}::date
      and (s.period_over or exists (select from packages p where p.id = s.package_id and p.billing_mode = 'prepaid')) ${andIs(only)}
    returning s.id, s.end_date`;
}

/** Until when a run invoices, and the organisation's local date. */
export interface Reach {
  readonly horizon: string;
  readonly today: string;
}

const isDue = ({ horizon }: Reach) =>
  sql`s.status = 'active' and s.end_date <= ${horizon}::date and s.billed_until <= ${horizon}::date and not s.period_over`;
const isSold = sql`and (p.billing_mode = 'postpaid' or (s.auto_renew and s.cancel_requested_on is null))`;
const isOver = ({ today }: Reach) => sql`where c.billing_mode = 'prepaid' or c.period_end <= ${today}::date`;

/**
 * Moves on active subscriptions that renew and are not invoiced past `horizon`, and postpaid ones, whether they renew or
 * not, whose period is over `today`, or `only` this one; see {@link advance}. `apart` may leave some out.
 */
export function advanceStatement(
  reach: Reach,
  at: string,
  only?: string,
  apart: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  return advance(sql`${isDue(reach)} ${andIs(only)}`, at, {
    sold: sql`${isSold} ${apart}`,
    over: isOver(reach),
  });
}

/** The next periods, as {@link nextPeriods}, of the subscriptions that {@link advanceStatement} would move on, as far as they are `among` (a condition). */
export const duePeriods = (reach: Reach, among: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`(select * from ${nextPeriods(sql`${isDue(reach)} and ${among} ${isSold}`)} c ${isOver(reach)})`;

/** Of subscriptions `s` only this one, if named. */
export const andIs = (id: string | undefined) => (id === undefined ? sql`` : sql`and s.id = ${id}`);

/** Moves on one subscription, whatever its state; see {@link advance}. */
export function advanceOneStatement(id: string, at: string): RawBuilder<unknown> {
  return advance(sql`s.id = ${id}`, at, { sold: sql``, over: sql`` });
}

/** The day of the month by which the next period ends: the anchor, unless the period does not start upon it. */
const heldAnchor = sql`
  case when extract(day from s.billed_until) = least(s.anchor_day,
    extract(day from date_trunc('month', s.billed_until::timestamp) + interval '1 month - 1 day'))
  then s.anchor_day else extract(day from s.billed_until)::smallint end`;

/**
 * Moves `billed_until` on by one period. Returns id, customer_id, package_id, name, price and taxable of the package, and the
 * period it moved over. A row that was changed while its lock was waited for is left to the next call, since what is
 * invoiced with it may have changed too. A postpaid period that is the last of its kind leaves its mark.
 */
function advance(
  which: RawBuilder<unknown>,
  at: string,
  { sold, over }: { readonly sold: RawBuilder<unknown>; readonly over: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return moveOver(sql`(select * from ${nextPeriods(sql`${which} ${sold}`)} c ${over})`, which, at);
}

/** {@link advance} over `periods`, as {@link nextPeriods} tells them, of those that still are `which`. */
export function moveOver(
  periods: RawBuilder<unknown>,
  which: RawBuilder<unknown>,
  at: string,
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set billed_until = d.period_end, updated_at = ${at}::timestamptz,
      anchor_day = case when d.period_months is null then extract(day from d.period_end)::smallint else d.anchor_day end,
      period_over = d.billing_mode = 'postpaid' and (not s.auto_renew or s.cancel_requested_on is not null or s.next_package_id is not null)
    from ${periods} d
    -- A bare comparison of versions would be taken for one row in two hundred.
    where s.id = d.id and case when s.xmin = d.version then true else false end and ${which}
    returning s.id, s.customer_id, s.package_id, s.mikrotik_username, d.name, d.price, d.taxable, d.period_start, d.period_end, 1 as used, 1 as days`;
}

/**
 * Moves postpaid subscriptions of `ending` (a relation with subscription_id) on by what of their running period was used:
 * to today, or to the day on which a suspension that is not billed began. Returns what {@link advance} does, with the price
 * of those days.
 */
export function advanceUsedStatement(
  ending: RawBuilder<unknown>,
  today: string,
  at: string,
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set billed_until = d.period_end, updated_at = ${at}::timestamptz
    from (
      select u.*, u.period_end - u.period_start as used from (
        select s.id, s.package_id, s.billed_until as period_start, p.name, p.price, p.taxable,
          nadi_period_start(s.billed_until, ${heldAnchor}, p.validity_days, p.period_months, 1) - s.billed_until as days,
          case when s.status = 'suspended' and (s.suspended_for = 'paused' or not p.bill_suspended_time)
            then s.suspended_on else ${today}::date end as period_end
        from subscriptions s join packages p on p.id = s.package_id
        where s.id in (select subscription_id from ${ending} e) and p.billing_mode = 'postpaid' and not s.period_over
          and s.status in ('active', 'suspended')
      ) u where u.period_end > u.period_start
    ) d
    where s.id = d.id
    returning s.id, s.customer_id, s.package_id, d.name, d.price * d.used / d.days as price, d.taxable, d.period_start, d.period_end, d.used, d.days`;
}

/** The next period of each of `which`, with what it is priced by. */
export function nextPeriods(which: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select a.*, nadi_period_start(a.period_start, a.anchor_day, a.validity_days, a.period_months, 1) as period_end
    from (
      select s.id, s.customer_id, s.package_id, s.mikrotik_username, s.xmin as version, s.billed_until as period_start, p.name, p.price, p.taxable, p.validity_days, p.period_months,
        p.billing_mode, case when p.period_months is null then s.anchor_day else ${heldAnchor} end as anchor_day
      from subscriptions s join packages p on p.id = s.package_id where ${which}
    ) a
  )`;
}

/** What {@link advanceOneStatement} would return; nothing is changed. */
export function nextPeriodStatement(id: string): RawBuilder<unknown> {
  return sql`
    select id, customer_id, package_id, name, price, taxable, period_start, period_end, 1 as used, 1 as days
    from ${nextPeriods(sql`s.id = ${id}`)} d`;
}

/**
 * Extends the paid time by the days of `paid` (subscription_id, days). An expired subscription is active again if that
 * reaches past today; its days count from today, unless the package bills the time without service too or is postpaid: then
 * they were used before. Returns id, and
 * whether it was `revived`. The caller holds the subscriptions' locks.
 */
export function extendStatement(paid: RawBuilder<unknown>, today: string, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set end_date = s.end_date + d.shift + d.days, billed_until = s.billed_until + d.shift,
      anchor_day = case when d.shift = 0 then s.anchor_day else extract(day from s.billed_until + d.shift)::smallint end,
      status = case when d.revived then 'active' else s.status end, updated_at = ${at}::timestamptz
    from (
      select m.*, m.expired and m.end_date + m.shift + m.days > ${today}::date as revived
      from (
        select s.id, s.end_date, p.days, s.status = 'expired' as expired,
          case when s.status = 'expired' and not k.bill_suspended_time and k.billing_mode = 'prepaid'
            then greatest(0, ${today}::date - s.end_date) else 0 end as shift
        from (select subscription_id, sum(days)::integer as days from ${paid} group by subscription_id) p
          join subscriptions s on s.id = p.subscription_id join packages k on k.id = s.package_id
      ) m
    ) d
    where s.id = d.id
    returning s.id, d.revived`;
}

/** Adds the days of `free` (subscription_id, days), periods that cost nothing, to the paid time. */
export function addDaysStatement(free: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set end_date = s.end_date + d.days, updated_at = ${at}::timestamptz
    from (select subscription_id, sum(days)::integer as days from ${free} group by subscription_id) d
    where s.id = d.subscription_id
    returning s.id`;
}

/** Takes the days of `unpaid` (subscription_id, days) back from the paid time: a payment was reversed. */
export function shortenStatement(unpaid: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set end_date = greatest(s.start_date, s.end_date - d.days), updated_at = ${at}::timestamptz
    from (select subscription_id, sum(days)::integer as days from ${unpaid} group by subscription_id) d
    where s.id = d.subscription_id
    returning s.id`;
}

/**
 * Resumes suspended subscriptions of `resumable` (a relation with id). Where the package does not bill suspended time
 * (architecture, invariant 4), and always after a pause, what is paid and invoiced moves on by the days of the suspension;
 * those before the start do not count.
 */
export function resumeStatement(
  resumable: RawBuilder<unknown>,
  today: string,
  at: string,
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'active', suspended_on = null, suspended_for = null, resume_on = null,
      trial_ends_on = case when s.trial_ends_on > s.suspended_on then s.trial_ends_on + d.shift else s.trial_ends_on end,
      end_date = s.end_date + d.shift, billed_until = s.billed_until + d.shift,
      anchor_day = case when d.shift = 0 then s.anchor_day else extract(day from s.billed_until + d.shift)::smallint end,
      updated_at = ${at}::timestamptz
    from (
      select s.id, case when p.bill_suspended_time and s.suspended_for <> 'paused' then 0 else greatest(0, ${today}::date - greatest(s.suspended_on, s.start_date)) end as shift
      from subscriptions s join packages p on p.id = s.package_id
      where s.status = 'suspended' and s.id in (select id from ${resumable})
    ) d
    where s.id = d.id and s.status = 'suspended'
    returning s.id`;
}

/**
 * Gives back a voided period (subscription_id, days, period_end, last). If it was the `last` invoiced, the next run
 * invoices it anew; one that moved with a suspension is given back by its length. A period before others is not invoiced
 * again: it counts as given for nothing, so that whoever pays the others is paid up.
 */
export function releaseStatement(voided: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set
      end_date = case when v.last then s.end_date else least(s.billed_until, s.end_date + v.days) end,
      billed_until = case when v.last then greatest(s.end_date, s.billed_until - v.days) else s.billed_until end,
      anchor_day = case when not v.last or v.period_end = s.billed_until then s.anchor_day
        else extract(day from greatest(s.end_date, s.billed_until - v.days))::smallint end,
      updated_at = ${at}::timestamptz
    from ${voided} v
    where s.id = v.subscription_id
    returning s.id`;
}
