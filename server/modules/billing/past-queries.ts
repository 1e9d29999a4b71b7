import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { postStatement } from '../ledger/index.ts';

/** An invoice from before Nadi. Amounts are decimal texts of whole rupiah, dates the organisation's. */
export interface PastInvoice {
  readonly id: string;
  readonly number: string;
  readonly customer_id: string;
  readonly date: string;
  readonly due_date: string;
  /** With the tax. */
  readonly amount: string;
  readonly tax: string;
  readonly description: string;
  readonly cancelled: boolean;
}

export interface PastContext {
  readonly timeZone: string;
  /** The organisation's local date. */
  readonly today: string;
  readonly at: string;
}

/** No tax of ours: what was charged before is kept with the invoice alone. */
export const taxFromBefore = '00000000-0000-0000-0000-000000000000';

/** Noon of a local date, which stays in that date whatever zone is chosen later; not in the future. */
function noonOf(date: SqlPart<unknown>, { timeZone, at }: PastContext): SqlPart<unknown> {
  return sql`least((${date} + time '12:00') at time zone ${timeZone}, ${at}::timestamptz)`;
}

/**
 * Adds invoices from before, with a line each, and books them on their dates; one that is void books nothing, one of nothing
 * is paid. They belong to no subscription, so they extend and suspend nothing, and can be paid as any other.
 */
export async function insertPastInvoices(
  db: Db,
  rows: readonly PastInvoice[],
  context: PastContext,
): Promise<void> {
  const { today, at } = context;
  await sql`
    with r as materialized (
      select *, ${noonOf(sql`date`, context)} as instant,
        case when cancelled then 'cancelled' when amount = 0 then 'paid' when due_date < ${today}::date then 'overdue' else 'unpaid' end as status
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, number text, customer_id uuid, date date, due_date date,
        amount numeric, tax numeric, description text, cancelled boolean)
    ), issued as (
      insert into invoices (id, invoice_number, customer_id, amount, tax_amount, due_date, status, paid_at, created_at, updated_at)
      select id, number, customer_id, amount, tax, due_date, status, case when status = 'paid' then instant end, instant, ${at}::timestamptz
      from r
    ), lines as (
      insert into invoice_lines (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable)
      select id, 1, 'charge', description, 1, amount - tax, amount - tax, tax > 0 from r
    ), taxes as (
      insert into invoice_taxes (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount)
      select id, 1, ${taxFromBefore}::uuid, 'Pajak', round(tax * 100 / (amount - tax), 4), 1, 1, false, amount - tax, tax from r where tax > 0
    ), booked as (${postStatement(
      sql`(select 'receivable' as debit, account as credit, x.amount, customer_id, id as invoice_id, null::uuid as payment_id,
          null::uuid as package_id, date
        from r, lateral (values ('revenue', r.amount - tax), ('tax', tax)) x(account, amount) where not cancelled) m`,
      { day: sql`date`, kind: 'invoice', at },
    )})
    select 1`.execute(db);
}

/** Counts amounts from before as paid: `given` is a relation of invoice_id, amount, paid_at and reference, once each invoice. */
export async function applyPastAmounts(db: Db, given: SqlPart<unknown>, at: string): Promise<void> {
  await sql`
    update invoices i set amount_paid = i.amount_paid + g.amount, updated_at = ${at}::timestamptz,
      payment_reference = coalesce(g.reference, i.payment_reference),
      status = case when i.amount_paid + g.amount >= i.amount then 'paid' else i.status end,
      paid_at = case when i.amount_paid + g.amount >= i.amount then g.paid_at end
    from ${given} g where i.id = g.invoice_id and i.status in ('unpaid', 'overdue')`.execute(db);
}

export interface NumberedInvoice {
  readonly id: string;
  readonly invoice_number: string;
  readonly customer_id: string;
  readonly customer: string;
  /** Of several one. */
  readonly subscription_id: string | null;
  readonly status: string;
  readonly amount: string;
  readonly amount_paid: string;
}

const numbered = (numbers: readonly string[]) => sql`
  select i.id, i.invoice_number, i.customer_id, c.name as customer, i.status, i.amount, i.amount_paid,
    coalesce(i.subscription_id, (select p.subscription_id from invoice_parts p where p.invoice_id = i.id limit 1)) as subscription_id
  from invoices i join customers c on c.id = i.customer_id where i.invoice_number = any(${[...numbers]}::text[])`;

/** The invoices with these numbers. */
export async function invoicesByNumber(db: Db, numbers: readonly string[]) {
  const { rows } = await sql<NumberedInvoice>`${numbered(numbers)}`.execute(db);
  return new Map(rows.map((row) => [row.invoice_number, row]));
}

/** The invoices with these numbers, locked in the order of their ids, as the run locks them. */
export async function lockInvoicesByNumber(db: Db, numbers: readonly string[]) {
  const { rows } =
    await sql<NumberedInvoice>`${numbered(numbers)} order by i.id for no key update of i`.execute(db);
  return new Map(rows.map((row) => [row.invoice_number, row]));
}

/** Which of these dates have numbers of ours. */
export async function countedDays(db: Db, days: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ issued_on: string }>`
    select issued_on from invoice_counters where issued_on = any(${[...days]}::date[])`.execute(db);
  return new Set(rows.map((row) => row.issued_on));
}
