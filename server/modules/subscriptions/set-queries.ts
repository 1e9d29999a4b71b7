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

/** Suspends active subscriptions of `overdue` (a relation with subscription_id) that nobody asked to spare. */
export function suspendStatement(
  overdue: RawBuilder<unknown>,
  today: string,
  at: string,
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'suspended', suspended_on = ${today}::date, suspended_for = 'overdue',
      suspend_not_before = null, updated_at = ${at}::timestamptz
    where s.status = 'active' and (s.suspend_not_before is null or s.suspend_not_before <= ${today}::date)
      and s.id in (select subscription_id from ${overdue})
    returning s.id`;
}

/** Ends subscriptions that do not renew once their paid time is over: end_date is the first unpaid day. */
export function expireStatement(today: string, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'expired', updated_at = ${at}::timestamptz
    where s.status = 'active' and not s.auto_renew and s.end_date <= ${today}::date
    returning s.id`;
}

/** Moves on active subscriptions that renew and are not invoiced past `horizon`; see {@link advance}. */
export function advanceStatement(horizon: string, at: string): RawBuilder<unknown> {
  return advance(
    sql`s.status = 'active' and s.auto_renew and s.end_date <= ${horizon}::date and s.billed_until <= ${horizon}::date`,
    at,
  );
}

/** Moves on one subscription, whatever its state; see {@link advance}. */
export function advanceOneStatement(id: string, at: string): RawBuilder<unknown> {
  return advance(sql`s.id = ${id}`, at);
}

/**
 * Moves `billed_until` on by one period. Returns id, customer_id, package_id, name and price of the package, and the
 * period it moved over.
 */
function advance(which: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set billed_until = d.period_end, updated_at = ${at}::timestamptz,
      anchor_day = case when d.period_months is null then extract(day from d.period_end)::smallint else s.anchor_day end
    from (
      select s.id, s.billed_until as period_start, p.name, p.price, p.period_months,
        nadi_period_start(s.billed_until, s.anchor_day, p.validity_days, p.period_months, 1) as period_end
      from subscriptions s join packages p on p.id = s.package_id where ${which}
    ) d
    where s.id = d.id and s.billed_until = d.period_start and ${which}
    returning s.id, s.customer_id, s.package_id, d.name, d.price, d.period_start, d.period_end`;
}

/** Extends the paid time by `paid` (subscription_id, days): a payment's days, or with a minus a reversal's. */
export function extendStatement(paid: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set end_date = greatest(s.start_date, s.end_date + d.days), updated_at = ${at}::timestamptz
    from (select subscription_id, sum(days)::integer as days from ${paid} group by subscription_id) d
    where s.id = d.subscription_id
    returning s.id`;
}

/**
 * Resumes suspended subscriptions of `resumable` (a relation with id). Where the package does not bill suspended time
 * (architecture, invariant 4), what is paid and invoiced moves on by the days of the suspension.
 */
export function resumeStatement(
  resumable: RawBuilder<unknown>,
  today: string,
  at: string,
): RawBuilder<unknown> {
  return sql`
    update subscriptions s set status = 'active', suspended_on = null, suspended_for = null,
      end_date = s.end_date + d.shift, billed_until = s.billed_until + d.shift,
      anchor_day = case when d.shift = 0 then s.anchor_day else extract(day from s.billed_until + d.shift)::smallint end,
      updated_at = ${at}::timestamptz
    from (
      select s.id, case when p.bill_suspended_time then 0 else greatest(0, ${today}::date - s.suspended_on) end as shift
      from subscriptions s join packages p on p.id = s.package_id
      where s.status = 'suspended' and s.id in (select id from ${resumable})
    ) d
    where s.id = d.id and s.status = 'suspended'
    returning s.id`;
}

/**
 * Gives back a voided period (subscription_id, period_start, period_end) if it was the last invoiced, so that the
 * next run invoices it anew. A period that moved with a suspension is given back by its length.
 */
export function releaseStatement(voided: RawBuilder<unknown>, at: string): RawBuilder<unknown> {
  return sql`
    update subscriptions s set
      billed_until = greatest(s.end_date, s.billed_until - (v.period_end - v.period_start)),
      anchor_day = case when v.period_end = s.billed_until then s.anchor_day
        else extract(day from greatest(s.end_date, s.billed_until - (v.period_end - v.period_start)))::smallint end,
      updated_at = ${at}::timestamptz
    from ${voided} v
    where s.id = v.subscription_id and v.last
    returning s.id`;
}
