import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * The named statement `waiting` over `advanced` (what `advanceStatement` returns): what is invoiced beside the packages.
 *
 * Beside the package a period's lines are its add-ons, the charges that waited for it, and discounts. Each percentage
 * is of the package's price and half up to whole rupiah, and all discounts together reach no further than that price:
 * the total does not depend on their order. A discount that the price does not reach any more is a line of nothing, since
 * its period passes too. Of charges and discounts fifty fit into one invoice: more can wait only where voided invoices gave
 * them back, and an invoice too large for its column would hold up everybody's run.
 */
export function waitingStatement(): SqlPart<unknown> {
  return sql`
    waiting as materialized (
      select d.id as subscription_id, 1 as place, a.created_at, a.id, 'addon' as kind, a.name as description, a.quantity, a.unit_price,
        round(a.unit_price * a.quantity * d.used / d.days, 0) as amount, a.taxable, null::uuid as package_id
      from advanced d join subscription_addons a on a.subscription_id = d.id and a.ended_at is null
      union all
      select c.subscription_id, 2, c.created_at, c.id, c.kind, c.description, c.quantity, c.unit_price, round(c.unit_price * c.quantity, 0), c.taxable, c.package_id
      from (
        select c.*, row_number() over (partition by c.subscription_id order by c.created_at, c.id) as waits
        from advanced d join charges c on c.subscription_id = d.id and c.invoice_id is null and c.cancelled_at is null
      ) c where c.waits <= 50
      union all
      select subscription_id, 3, created_at, id, 'discount', name, 1, -taken, -taken, taxable, null
      from (
        select *, row_number() over (partition by subscription_id order by created_at, id) as runs, least(worth, greatest(0, price - coalesce(
          sum(worth) over (partition by subscription_id order by created_at, id rows between unbounded preceding and 1 preceding), 0))) as taken
        from (
          select s.subscription_id, s.created_at, s.id, s.name, d.taxable, round(d.price, 0) as price,
            round(case s.kind when 'percent' then d.price * s.value * 0.01 else s.value end, 0) as worth
          from advanced d join subscription_discounts s on s.subscription_id = d.id and s.ended_at is null
        ) w
      ) t where runs <= 50
    )`;
}

/** Named statements over `advanced`: `waiting`, and the `sums` of an invoice each. */
export function renewalStatements(): SqlPart<unknown> {
  return sql`
    ${waitingStatement()}, sums as materialized (
      select row_number() over () as n, a.id, a.customer_id, a.package_id, a.period_start, a.period_end,
        'Internet ' || a.name || ', ' || a.period_start || ' – ' || (a.period_end - 1) as description, round(a.price, 0) as price,
        a.taxable as package_taxable, 1 + coalesce(w.lines, 0) as lines, round(a.price, 0) + coalesce(w.total, 0) as total,
        case when a.taxable then round(a.price, 0) else 0 end + coalesce(w.taxable, 0) as taxable
      from advanced a left join (
        select subscription_id, count(*) as lines, sum(amount) as total, coalesce(sum(amount) filter (where taxable), 0) as taxable
        from waiting group by subscription_id
      ) w on w.subscription_id = a.id
    )`;
}

/** The lines of these invoices, for `issueStatements`. */
export function renewalLines(): SqlPart<unknown> {
  return sql`
    select invoice_id, 1, 'package', description, 1, price, price, package_taxable, package_id, null::uuid, null::uuid
    from numbered
    union all
    select o.invoice_id, 1 + row_number() over (partition by o.invoice_id order by w.place, w.created_at, w.id), w.kind, w.description, w.quantity,
      w.unit_price, w.amount, w.taxable, w.package_id, w.id, null
    from waiting w join numbered o on o.id = w.subscription_id`;
}

/**
 * Named statements that go after the invoices of `items`: charges are used, and discounts are for one period less. `invoices`
 * has the invoice_id of each subscription's id.
 */
export function usedStatements(at: string, invoices = sql`numbered`): SqlPart<unknown> {
  return sql`
    charged as (
      update charges c set invoice_id = u.invoice_id, updated_at = ${at}::timestamptz
      from (select w.id, o.invoice_id from waiting w join ${invoices} o on o.id = w.subscription_id where w.place = 2) u
      where c.id = u.id
    ), discounted as (
      update subscription_discounts s set periods_left = s.periods_left - 1, updated_at = ${at}::timestamptz,
        ended_at = case when s.periods_left = 1 then ${at}::timestamptz end
      from (select id from waiting where kind = 'discount') u
      where s.id = u.id and s.periods_left is not null
    )`;
}

/**
 * Named statements that give back what `voided` (a relation of invoices with id) contained: charges wait again, and
 * discounts are for one more period. One that somebody ended stays ended.
 */
export function giveBackStatements(at: string): SqlPart<unknown> {
  return sql`
    uncharged as (
      update charges c set invoice_id = null, updated_at = ${at}::timestamptz where c.invoice_id in (select id from voided)
    ), undiscounted as (
      update subscription_discounts s set periods_left = s.periods_left + 1, updated_at = ${at}::timestamptz,
        ended_at = case when s.periods_left > 0 then s.ended_at end
      from (select l.source_id from invoice_lines l join voided v on v.id = l.invoice_id where l.kind = 'discount') l
      where s.id = l.source_id and s.periods_left is not null
    )`;
}
