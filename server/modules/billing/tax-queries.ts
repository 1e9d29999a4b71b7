import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * Named statements over `drafts` and `items` (see {@link issueStatements}): `taxed`, a row per invoice and tax, and
 * `totals`, the drafts with lines (how many), tax and total.
 *
 * Taxes are of the sum of the taxable lines, half up to whole rupiah (decisions.md, Billing). Prices that contain taxes are
 * first freed of all of them at once; a base factor such as 11/12 then makes the base that the rate is of. Exempt
 * customers have none, and a tax of an area is for its customers alone, however its name is capitalised. All is reckoned
 * in whole numbers and divided once, so that a half is seen as one.
 */
export function taxedStatements(): SqlPart<unknown> {
  return sql`
    sums as materialized (
      select n, count(*) as lines, sum(amount) as total, coalesce(sum(amount) filter (where taxable), 0) as taxable
      from items group by n
    ), met as (
      select t.*, a.area as for_area, row_number() over (partition by a.area order by t.created_at, t.id) as tax_number,
        nadi_lcm(t.base_denominator) filter (where t.inclusive) over (partition by a.area) as common
      from (select '' as area union select lower(area) from taxes where is_active and area is not null) a
        join taxes t on t.is_active and (t.area is null or lower(t.area) = a.area)
    ), tax as materialized (
      select m.*, 100 * common + coalesce(
        sum(rate * base_numerator * (common / base_denominator)) filter (where inclusive) over (partition by for_area), 0) as whole
      from met m
    ), taxed as materialized (
      select s.n, t.tax_number, t.id as tax_id, t.name, t.rate, t.base_numerator, t.base_denominator, t.inclusive,
        ${divided(sql`s.taxable * t.base_numerator * 100 * t.common`)} as base_amount,
        ${divided(sql`s.taxable * t.rate * t.base_numerator * t.common`)} as amount
      from tax t join (
        select d.n, s.taxable, case when lower(c.area) in (select for_area from tax) then lower(c.area) else '' end as area
        from sums s join drafts d on d.n = s.n join customers c on c.id = d.customer_id
        where s.taxable <> 0 and not c.tax_exempt and exists (select from tax)
      ) s on s.area = t.for_area
    ), totals as materialized (
      select d.*, s.lines, coalesce(x.tax, 0) as tax, s.total + coalesce(x.added, 0) as total
      from drafts d join sums s on s.n = d.n left join (
        select n, sum(amount) as tax, sum(amount) filter (where not inclusive) as added from taxed group by n
      ) x on x.n = d.n
    )`;
}

/** Divides by what all prices are of, to whole rupiah, half up; below zero half down, so that a credit undoes its charge. */
function divided(amount: SqlPart<unknown>): SqlPart<unknown> {
  return sql`sign(s.taxable) * div(2 * abs(${amount}) + t.base_denominator * t.whole, 2 * t.base_denominator * t.whole)`;
}
