import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * The named statement `tax`: the taxes that may apply, for each area that has its own and for all others.
 *
 * Taxes are of the sum of the taxable lines, half up to whole rupiah (decisions.md, Billing). Prices that contain taxes are
 * first freed of all of them at once; a base factor such as 11/12 then makes the base that the rate is of. Exempt
 * customers have none, and a tax of an area is for its customers alone, however its name is capitalised. All is reckoned
 * in whole numbers and divided once, so that a half is seen as one.
 */
export function taxStatement(): SqlPart<unknown> {
  return sql`
    met as (
      select t.*, a.area as for_area, row_number() over (partition by a.area order by t.created_at, t.id) as tax_number,
        nadi_lcm(t.base_denominator) filter (where t.inclusive) over (partition by a.area) as common
      from (select '' as area union select lower(area) from taxes where is_active and area is not null) a
        join taxes t on t.is_active and (t.area is null or lower(t.area) = a.area)
    ), tax as materialized (
      select m.*, 100 * common + coalesce(
        sum(rate * base_numerator * (common / base_denominator)) filter (where inclusive) over (partition by for_area), 0) as whole
      from met m
    )`;
}

/** Divides by what all prices are of, to whole rupiah, half up; below zero half down, so that a credit undoes its charge. */
function divided(amount: SqlPart<unknown>): SqlPart<unknown> {
  return sql`sign(s.taxable) * div(2 * abs(${amount}) + t.base_denominator * t.whole, 2 * t.base_denominator * t.whole)`;
}

const baseAmount = divided(sql`s.taxable * t.base_numerator * 100 * t.common`);
const taxAmount = divided(sql`s.taxable * t.rate * t.base_numerator * t.common`);

/** The columns `tax`, `tax_area` and `total` of `sums s`, which stand in the FROM clause with {@link taxesOfSums}. */
export const taxedColumns = sql`c.tax_area, x.tax, s.total + x.added as total`;

/** Joins `sums s` with what taxes come to. */
export const taxesOfSums = sql`
  sums s join (
    select id, case when tax_exempt then null when lower(area) in (select for_area from tax) then lower(area) else '' end as tax_area from customers
  ) c on c.id = s.customer_id, lateral (
    select coalesce(sum(amount), 0) as tax, coalesce(sum(amount) filter (where not inclusive), 0) as added
    from (select inclusive, ${taxAmount} as amount
      from tax t where t.for_area = c.tax_area) a
  ) x`;

/** The taxes that are contained in what `s` (taxable, tax_area) says is taxable. */
export const containedTax = sql`(select coalesce(sum(${taxAmount}), 0) from tax t where t.inclusive and t.for_area = s.tax_area)`;

/** The rows of `invoice_taxes` for `numbered`. */
export function taxLines(): SqlPart<unknown> {
  return sql`
    select s.invoice_id, t.tax_number, t.id, t.name, t.rate, t.base_numerator, t.base_denominator, t.inclusive,
      ${baseAmount}, ${taxAmount}
    from numbered s join tax t on t.for_area = s.tax_area
    where s.taxable <> 0`;
}
