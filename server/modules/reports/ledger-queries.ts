import { sql } from 'kysely';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import { taxFromBefore } from '../billing/index.ts';

/** How far the tables that reports read are prepared. */
export interface Progress {
  /** All entries up to this id are in them, and no other. */
  readonly entries_until: string;
  readonly moves_until: string | null;
  readonly figures_at: string | null;
}

/**
 * Answers from one state of the database: what is prepared, and what came after it. Both are read in one transaction that
 * sees nothing of what is done meanwhile, so that no entry is missed or counted twice.
 */
export function inSnapshot<T>(db: Db, work: (tx: Tx, progress: Progress) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => work(tx, await readProgress(tx)));
}

export function readProgress(db: Db): Promise<Progress> {
  return db
    .selectFrom('report_progress')
    .select(['entries_until', 'moves_until', 'figures_at'])
    .executeTakeFirstOrThrow();
}

/** The entries of `which`, a condition on `ledger_entries e`, with the columns by which the ledger's days are summed. */
export const detailedEntries = (which: SqlPart<unknown>): SqlPart<unknown> => sql`(
  select e.booked_on as day, e.debit, e.credit, e.kind, e.package_id, c.area, coalesce(p.method, m.method) as method,
    coalesce(p.received_by, m.created_by) as received_by, e.amount
  from ledger_entries e
    left join customers c on c.id = e.customer_id and e.payment_id is null
    left join payments p on p.id = e.payment_id
    left join fund_movements m on m.id = e.payment_id
  where ${which}) d`;

/** Where money lies that customers do not have to pay with: with the provider, or as security. */
const elsewhere = ['cash', 'bank', 'gateway', 'deposit'];

/**
 * What customers paid among the entries of `which`, on invoices and onto balances, less what they were given back: paid_on, amount. A reversed
 * payment counts on the day of the payment. Paying from the balance is not counted: that money was when it came onto it; nor is
 * what a credit or another software gave.
 */
export const paymentsOf = (which: SqlPart<unknown>): SqlPart<unknown> => sql`(
  select case when e.kind <> 'payment_reversed' then e.booked_on else (
      select min(o.booked_on) from ledger_entries o
      where o.customer_id = e.customer_id and o.payment_id = e.payment_id and o.kind = 'payment') end as paid_on,
    case when e.debit = any(${elsewhere}::text[]) then e.amount else -e.amount end as amount
  from ledger_entries e
  where ${which} and (e.debit = any(${elsewhere}::text[]) and e.credit in ('receivable', 'customer_balance')
    or e.credit = any(${elsewhere}::text[]) and e.debit in ('receivable', 'customer_balance'))) p`;

export interface Span {
  /** Local dates, both included. */
  readonly from: string;
  readonly to: string;
}

/** The ledger of some days: prepared sums, and each entry behind them. Columns of ledger_days without `entries`. */
export const ledgerOf = ({ entries_until: until }: Progress, { from, to }: Span): SqlPart<unknown> => sql`(
  select day, debit, credit, kind, package_id, area, method, received_by, amount
  from ledger_days where day between ${from}::date and ${to}::date
  union all
  select day, debit, credit, kind, package_id, area, method, received_by, amount
  from ${detailedEntries(sql`e.id > ${until}::bigint and e.booked_on between ${from}::date and ${to}::date`)}) l`;

/**
 * What entries of `which` on the account of taxes come to by tax. One that books a part of its invoice's taxes is shared out
 * among them by their amounts; the parts add up to it. What was charged before Nadi is one tax without id or rate: its rates were
 * reckoned back from whole rupiah, so that almost every invoice has its own.
 */
export const taxesOf = (which: SqlPart<unknown>): SqlPart<unknown> => sql`(
  select e.day, nullif(t.tax_id, ${taxFromBefore}::uuid) as tax_id, t.name,
    case when t.tax_id <> ${taxFromBefore}::uuid then t.rate end as rate,
    case when t.total <> 0 then round(t.base_amount * e.amount / t.total, 2) else 0 end as base,
    case when t.total is null or t.total = 0 then case when coalesce(t.tax_number, 1) = 1 then e.amount else 0 end
      else round(e.amount * t.upto / t.total, 2) - round(e.amount * (t.upto - t.amount) / t.total, 2) end as amount
  from (
    select e.booked_on as day, e.invoice_id, case when e.credit = 'tax' then e.amount else -e.amount end as amount
    from ledger_entries e where ${which} and 'tax' in (e.debit, e.credit)
  ) e left join lateral (
    select i.*, sum(i.amount) over () as total, sum(i.amount) over (order by i.tax_number) as upto
    from invoice_taxes i where i.invoice_id = e.invoice_id
  ) t on true) x`;

/** The taxes of some days, as {@link ledgerOf}: day, tax_id, name, rate, base, amount. */
export const taxLedgerOf = ({ entries_until: until }: Progress, { from, to }: Span): SqlPart<unknown> => sql`(
  select day, tax_id, name, rate, base, amount from tax_days where day between ${from}::date and ${to}::date
  union all
  select * from ${taxesOf(sql`e.id > ${until}::bigint and e.booked_on between ${from}::date and ${to}::date`)}) l`;
