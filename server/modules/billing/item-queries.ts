import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

export interface ItemInput {
  readonly description: string;
  readonly quantity: number;
  /** Decimal text. */
  readonly unit_price: string;
  readonly taxable?: boolean | undefined;
  /** Without it, a charge. */
  readonly kind?: 'proration';
  readonly package_id?: string | null;
  /** Of the row of `charges` that it is; without one, none. */
  readonly id?: string;
}

export interface NewInvoice {
  readonly customer_id: string;
  readonly subscription_id: string | null;
  readonly items: readonly ItemInput[];
}

/** Named statements: the `items` of one invoice made by hand, each half up to whole rupiah, and its `sums`. */
export function itemStatements(invoice: NewInvoice): SqlPart<unknown> {
  return sql`
    ${givenItems(invoice.items)}, ${sumsOf(sql`${invoice.subscription_id}::uuid`, sql`${invoice.customer_id}::uuid`)}`;
}

/** The named statement `items`, each half up to whole rupiah. */
export function givenItems(items: readonly ItemInput[]): SqlPart<unknown> {
  return sql`
    items as materialized (
      select ordinality as line_number, coalesce(l.kind, 'charge') as kind, l.description, l.quantity, round(l.unit_price, 2) as unit_price,
        round(l.unit_price * l.quantity, 0) as amount, coalesce(l.taxable, true) as taxable, l.package_id, l.id as source_id
      from rows from (jsonb_to_recordset(${JSON.stringify(items)}::jsonb)
        as (description text, quantity integer, unit_price numeric, taxable boolean, kind text, package_id uuid, id uuid))
        with ordinality as l(description, quantity, unit_price, taxable, kind, package_id, id, ordinality)
    )`;
}

/** Named statements: the `items` of a draft that is stored, and its `sums`. */
export function storedStatements(invoiceId: string): SqlPart<unknown> {
  const of = (column: SqlPart<unknown>) => sql`(select ${column} from invoices where id = ${invoiceId})`;
  return sql`
    items as materialized (
      select line_number, kind, description, quantity, unit_price, amount, taxable, package_id, source_id
      from invoice_lines where invoice_id = ${invoiceId}
    ), ${sumsOf(of(sql`subscription_id`), of(sql`customer_id`))}`;
}

/** Named statements: the `items` of an invoice of one charge alone, and its `sums`. */
export function chargeStatements(chargeId: string): SqlPart<unknown> {
  const of = (column: SqlPart<unknown>) =>
    sql`(select ${column} from charges c join subscriptions s on s.id = c.subscription_id where c.id = ${chargeId})`;
  return sql`
    items as materialized (
      select 1 as line_number, kind, description, quantity, unit_price, round(unit_price * quantity, 0) as amount,
        taxable, package_id, id as source_id
      from charges where id = ${chargeId}
    ), ${sumsOf(of(sql`s.id`), of(sql`s.customer_id`))}`;
}

/**
 * Named statements: the charges that wait for an invoice of each subscription of `ending` (a relation with subscription_id), and
 * the `sums` of an invoice of them for each; fifty fit into one.
 */
export function waitingStatements(ending: SqlPart<unknown>): SqlPart<unknown> {
  return sql`
    waiting as materialized (
      select subscription_id, 2 as place, row_number() over (partition by subscription_id order by created_at, id) as line_number, id, kind,
        description, quantity, unit_price, round(unit_price * quantity, 0) as amount, taxable, package_id
      from (
        select c.*, row_number() over (partition by c.subscription_id order by c.created_at, c.id) as waits from charges c
        where c.subscription_id in (select subscription_id from ${ending} e) and c.invoice_id is null and c.cancelled_at is null
      ) c where waits <= 50
    ), sums as materialized (
      select row_number() over () as n, s.id, s.customer_id, null::uuid as package_id, null::date as period_start, null::date as period_end,
        null as description, null::numeric as price, null::boolean as package_taxable, w.lines, w.total, w.taxable
      from (
        select subscription_id, count(*) as lines, sum(amount) as total, coalesce(sum(amount) filter (where taxable), 0) as taxable
        from waiting group by subscription_id
      ) w join subscriptions s on s.id = w.subscription_id
    )`;
}

/** The lines of these invoices, for `issueStatements`. */
export function waitingLines(): SqlPart<unknown> {
  return sql`
    select o.invoice_id, w.line_number, w.kind, w.description, w.quantity, w.unit_price, w.amount, w.taxable, w.package_id, w.id, null::uuid
    from waiting w join numbered o on o.id = w.subscription_id`;
}

/** The `sums` of all `items`, as those of one invoice. */
function sumsOf(subscriptionId: SqlPart<unknown>, customerId: SqlPart<unknown>): SqlPart<unknown> {
  return sql`
    sums as materialized (
      select 1::bigint as n, ${subscriptionId} as id, ${customerId} as customer_id, (min(package_id::text))::uuid as package_id,
        null::date as period_start, null::date as period_end, null as description, null::numeric as price, null::boolean as package_taxable,
        count(*) as lines, sum(amount) as total, coalesce(sum(amount) filter (where taxable), 0) as taxable
      from items
    )`;
}

/** The lines of the invoice of `items`, for `issueStatements`. */
export function itemLines(): SqlPart<unknown> {
  return sql`
    select o.invoice_id, i.line_number, i.kind, i.description, i.quantity, i.unit_price, i.amount, i.taxable, i.package_id, i.source_id,
      null::uuid
    from items i, numbered o`;
}
