import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

export interface ItemInput {
  readonly description: string;
  readonly quantity: number;
  /** Decimal text. */
  readonly unit_price: string;
  readonly taxable?: boolean | undefined;
}

export interface NewInvoice {
  readonly customer_id: string;
  readonly subscription_id: string | null;
  readonly items: readonly ItemInput[];
}

/** Named statements: the `drafts` of one invoice made by hand and its `items`, each half up to whole rupiah. */
export function itemStatements(invoice: NewInvoice): SqlPart<unknown> {
  return sql`
    drafts as (
      select 1::bigint as n, ${invoice.subscription_id}::uuid as id, ${invoice.customer_id}::uuid as customer_id, null::uuid as package_id,
        null::date as period_start, null::date as period_end
    ), items as materialized (
      select 1::bigint as n, ordinality as line_number, 'charge' as kind, l.description, l.quantity, round(l.unit_price, 2) as unit_price,
        round(l.unit_price * l.quantity, 0) as amount, coalesce(l.taxable, true) as taxable, null::uuid as package_id, null::uuid as source_id
      from rows from (jsonb_to_recordset(${JSON.stringify(invoice.items)}::jsonb)
        as (description text, quantity integer, unit_price numeric, taxable boolean)) with ordinality as l(description, quantity, unit_price, taxable, ordinality)
    )`;
}

/** Named statements: the `drafts` of an invoice of one charge alone, and its `items`. */
export function chargeStatements(chargeId: string): SqlPart<unknown> {
  return sql`
    drafts as (
      select 1::bigint as n, s.id, s.customer_id, c.package_id, null::date as period_start, null::date as period_end
      from charges c join subscriptions s on s.id = c.subscription_id where c.id = ${chargeId}
    ), items as materialized (
      select 1::bigint as n, 1 as line_number, kind, description, quantity, unit_price, round(unit_price * quantity, 0) as amount,
        taxable, package_id, id as source_id
      from charges where id = ${chargeId}
    )`;
}

/** All lines of the invoices of `items` and `totals`: what credits left over is the last. */
export const allLines = sql`
  select n, line_number, kind, description, quantity, unit_price, amount, taxable, package_id, source_id from items
  union all
  select n, lines + 1, 'to_balance', 'Kept as balance', 1, -total, -total, false, null, null from totals where total < 0`;
