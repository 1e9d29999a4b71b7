import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * The named statement `tax`: the taxes that may apply, for each area that has its own and for all others.
 *
 * Taxes are of the sum of the taxable lines, half up to whole rupiah (decisions.md, Billing). Prices that contain taxes are
 * first freed of all of them at once; a base factor such as 11/12 then makes the base that the rate is of. Exempt
 * customers have none, and a tax of an area is for its customers alone. Multiplication comes before division, so that
 * a half is seen as one.
 */
export function taxStatement(): SqlPart<unknown> {
  return sql`
    tax as materialized (
      select t.*, a.area as for_area, row_number() over (partition by a.area order by t.created_at, t.id) as tax_number,
        1 + coalesce(sum(t.rate * t.base_numerator / (100 * t.base_denominator)) filter (where t.inclusive) over (partition by a.area), 0) as divisor
      from (select '' as area union select area from taxes where is_active and area is not null) a
        join taxes t on t.is_active and (t.area is null or t.area = a.area)
    )`;
}

/** The columns `tax`, `tax_area` and `total` of `sums s`, which stand in the FROM clause with {@link taxesOfSums}. */
export const taxedColumns = sql`c.tax_area, x.tax, s.total + x.added as total`;

/** Joins `sums s` with what taxes come to. */
export const taxesOfSums = sql`
  sums s join (
    select id, case when tax_exempt then null when area in (select for_area from tax) then area else '' end as tax_area from customers
  ) c on c.id = s.customer_id, lateral (
    select coalesce(sum(amount), 0) as tax, coalesce(sum(amount) filter (where not inclusive), 0) as added
    from (select inclusive, round(s.taxable * t.rate * t.base_numerator / (100 * t.base_denominator * t.divisor), 0) as amount
      from tax t where t.for_area = c.tax_area) a
  ) x`;

/** The rows of `invoice_taxes` for `numbered`. */
export function taxLines(): SqlPart<unknown> {
  return sql`
    select s.invoice_id, t.tax_number, t.id, t.name, t.rate, t.base_numerator, t.base_denominator, t.inclusive,
      round(s.taxable * t.base_numerator / (t.base_denominator * t.divisor), 0), round(s.taxable * t.rate * t.base_numerator / (100 * t.base_denominator * t.divisor), 0)
    from numbered s join tax t on t.for_area = s.tax_area
    where s.taxable <> 0`;
}
