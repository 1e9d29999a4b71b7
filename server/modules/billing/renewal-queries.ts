import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * Named statements over `advanced` (what `advanceStatement` returns): the `drafts` of its invoices and their `items`.
 *
 * Beside the package a period's lines are its add-ons, the charges that waited for it, and discounts. Each percentage
 * is of the package's price and half up to whole rupiah, and all discounts together reach no further than that price:
 * the total does not depend on their order.
 */
export function renewalStatements(): SqlPart<unknown> {
  return sql`
    drafts as materialized (select *, row_number() over () as n from advanced),
    waiting as (
      select d.n, 1 as place, a.created_at, a.id, 'addon' as kind, a.name as description, a.quantity, a.unit_price,
        round(a.unit_price * a.quantity * d.used / d.days, 0) as amount, a.taxable, null::uuid as package_id
      from drafts d join subscription_addons a on a.subscription_id = d.id and a.ended_at is null
      union all
      select d.n, 2, c.created_at, c.id, c.kind, c.description, c.quantity, c.unit_price, round(c.unit_price * c.quantity, 0), c.taxable, c.package_id
      from drafts d join charges c on c.subscription_id = d.id and c.invoice_id is null and c.cancelled_at is null
      union all
      select n, 3, created_at, id, 'discount', name, 1, -taken, -taken, taxable, null
      from (
        select *, least(worth, greatest(0, price - coalesce(
          sum(worth) over (partition by n order by created_at, id rows between unbounded preceding and 1 preceding), 0))) as taken
        from (
          select d.n, s.created_at, s.id, s.name, d.taxable, round(d.price, 0) as price,
            round(case s.kind when 'percent' then d.price * s.value / 100 else s.value end, 0) as worth
          from drafts d join subscription_discounts s on s.subscription_id = d.id and s.ended_at is null
        ) w
      ) t where taken > 0
    ), items as materialized (
      select n, 1 as line_number, 'package' as kind, 'Internet ' || name || ', ' || period_start || ' – ' || (period_end - 1) as description,
        1 as quantity, round(price, 0) as unit_price, round(price, 0) as amount, taxable, package_id, null::uuid as source_id
      from drafts
      union all
      select n, 1 + row_number() over (partition by n order by place, created_at, id), kind, description, quantity, unit_price, amount,
        taxable, package_id, id
      from waiting
    )`;
}

/** Named statements that go after the invoices of `items`: charges are used, and discounts are for one period less. */
export function usedStatements(at: string): SqlPart<unknown> {
  return sql`
    charged as (
      update charges c set invoice_id = u.invoice_id, updated_at = ${at}::timestamptz
      from (select i.source_id, i.n, o.invoice_id from items i join numbered o on o.n = i.n where i.kind in ('charge', 'proration')) u
      where c.id = u.source_id
    ), discounted as (
      update subscription_discounts s set periods_left = s.periods_left - 1, updated_at = ${at}::timestamptz,
        ended_at = case when s.periods_left = 1 then ${at}::timestamptz end
      where s.ended_at is null and s.periods_left is not null and s.subscription_id in (select id from advanced)
    )`;
}

/**
 * Named statements that give back what `voided` (a relation of invoices with id) contained: charges wait again, and
 * discounts are for one more period.
 */
export function giveBackStatements(at: string): SqlPart<unknown> {
  return sql`
    uncharged as (
      update charges c set invoice_id = null, updated_at = ${at}::timestamptz where c.invoice_id in (select id from voided)
    ), undiscounted as (
      update subscription_discounts s set periods_left = s.periods_left + 1, ended_at = null, updated_at = ${at}::timestamptz
      from (select l.source_id from invoice_lines l join voided v on v.id = l.invoice_id where l.kind = 'discount') l
      where s.id = l.source_id and s.periods_left is not null
    )`;
}
