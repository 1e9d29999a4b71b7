import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';
import { waitingStatement } from './renewal-queries.ts';
import { containedTax } from './tax-queries.ts';

/*
 * What one invoice holds. A subscription's lines come to 2 * 10^11 at most, and so do taxes, so that an invoice which takes no
 * more once it has as much stays below its column's 10^12; and its lines are counted by a smallint.
 */
const mostMoney = sql`200000000000`;
const mostParts = sql`100`;

/**
 * Named statements over `advanced`: `waiting`, a `part` for each subscription, and the `sums` of the invoices, one for all parts of
 * a customer as far as it holds them. Parts stand in the order of their subscriptions' ids, so in that of their making.
 */
export function jointStatements(): SqlPart<unknown> {
  return sql`
    ${waitingStatement()}, weighed as (
      select a.id, a.customer_id, a.package_id, a.mikrotik_username, a.name, a.period_start, a.period_end, round(a.price, 0) as price,
        a.taxable as package_taxable, 1 + coalesce(w.lines, 0) as lines, round(a.price, 0) + coalesce(w.total, 0) as total,
        case when a.taxable then round(a.price, 0) else 0 end + coalesce(w.taxable, 0) as taxable,
        (sum(round(a.price, 0) + coalesce(w.weight, 0)) over (partition by a.customer_id order by a.id) - round(a.price, 0) - coalesce(w.weight, 0))
          as before, row_number() over (partition by a.customer_id order by a.id) - 1 as parts_before
      from advanced a left join (
        select subscription_id, count(*) as lines, sum(amount) as total, sum(abs(amount)) as weight,
          coalesce(sum(amount) filter (where taxable), 0) as taxable
        from waiting group by subscription_id
      ) w on w.subscription_id = a.id
    ), part as materialized (
      select g.id, customer_id, package_id, period_start, period_end, price, package_taxable, g.lines, g.total, g.taxable, g.n,
        count(*) over invoice as parts, row_number() over (invoice order by g.id) as place,
        coalesce(sum(g.lines) over (invoice order by g.id rows between unbounded preceding and 1 preceding), 0) as lines_before,
        case when count(*) over invoice > 1 then coalesce(' (' || mikrotik_username || ')', '') else '' end as whose, name
      from (
        select *, dense_rank() over (order by customer_id, div(before, ${mostMoney}), parts_before / ${mostParts}) as n from weighed
      ) g window invoice as (partition by g.n)
    ), sums as materialized (
      select n, case when count(*) = 1 then min(id::text)::uuid end as id, customer_id,
        case when count(*) = 1 then min(package_id::text)::uuid end as package_id, min(period_start) as period_start, max(period_end) as period_end,
        null::text as description, null::numeric as price, null::boolean as package_taxable,
        sum(lines) as lines, sum(total) as total, sum(taxable) as taxable
      from part group by n, customer_id
    )`;
}

/**
 * The named statement `billed`, after `numbered`: the parts with their invoices, and the revenue of each. Taxes are of the invoice's
 * sum, so those contained in prices are shared out: a part bears what they grow by when its lines come after those of the parts
 * before it. So the revenues and the tax are the invoice to the rupiah.
 */
export function billedStatement(at: string): SqlPart<unknown> {
  return sql`
    billed as materialized (
      select s.*, total - (contained - lag(contained, 1, 0::numeric) over (partition by n order by place)) as revenue,
        case when place = 1 then invoice_id else nadi_uuid(${at}::timestamptz, row_number() over ()) end as log_id
      from (
        select s.*, ${containedTax} as contained
        from (
          select p.n, p.id, p.customer_id, p.package_id, p.period_start, p.period_end, p.price, p.package_taxable, p.total, p.parts, p.place,
            p.lines_before, p.whose, p.name, o.invoice_id, o.tax_area, sum(p.taxable) over (partition by p.n order by p.place) as taxable
          from part p join numbered o on o.n = p.n
        ) s
      ) s
    )`;
}

/** The lines of these invoices, for `issueStatements`: those of a subscription stand together, and say whose they are. */
export function jointLines(): SqlPart<unknown> {
  const whose = sql`case when b.parts > 1 then b.id end`;
  return sql`
    select b.invoice_id, b.lines_before + 1, 'package', 'Internet ' || b.name || b.whose || ', ' || b.period_start || ' – ' || (b.period_end - 1),
      1, b.price, b.price, b.package_taxable, b.package_id, null::uuid, ${whose}
    from billed b
    union all
    select b.invoice_id, b.lines_before + 1 + row_number() over (partition by b.id order by w.place, w.created_at, w.id), w.kind,
      w.description || b.whose, w.quantity, w.unit_price, w.amount, w.taxable, w.package_id, w.id, ${whose}
    from waiting w join billed b on b.id = w.subscription_id`;
}

/** The named statement that writes the parts of invoices of several. */
export function partsStatement(): SqlPart<unknown> {
  return sql`
    parted as (
      insert into invoice_parts (invoice_id, subscription_id, package_id, period_start, period_end)
      select invoice_id, id, package_id, period_start, period_end from billed where parts > 1
    )`;
}
