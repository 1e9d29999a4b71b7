import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { ledgerOf, type Progress, paymentsOf, type Span, taxLedgerOf } from './ledger-queries.ts';

export interface RevenueRow {
  readonly month: string;
  readonly package_id: string | null;
  readonly package_name: string | null;
  readonly area: string | null;
  readonly revenue: string;
  readonly late_fees: string;
}

const moved = (account: string) =>
  sql`coalesce(sum(case ${account} when credit then amount when debit then -amount end), 0)`;

/** Invoiced less voided and credited, without taxes. Sums of nothing are left out. */
export async function revenueRows(db: Db, progress: Progress, span: Span): Promise<readonly RevenueRow[]> {
  const { rows } = await sql<RevenueRow>`
    select to_char(s.month, 'YYYY-MM') as month, s.package_id, p.name as package_name, s.area,
      s.revenue::numeric(30,2), s.late_fees::numeric(30,2)
    from (
      select date_trunc('month', day::timestamp) as month, package_id, area, ${moved('revenue')} as revenue, ${moved('late_fees')} as late_fees
      from ${ledgerOf(progress, span)} where 'revenue' in (debit, credit) or 'late_fees' in (debit, credit)
      group by 1, 2, 3
    ) s left join packages p on p.id = s.package_id
    where s.revenue <> 0 or s.late_fees <> 0
    order by s.month, p.name nulls last, s.package_id, s.area nulls last`.execute(db);
  return rows;
}

export interface CollectionRow {
  readonly period: string;
  readonly account: string;
  readonly method: string | null;
  readonly received_by: string | null;
  readonly received_by_name: string | null;
  readonly received: string;
  readonly returned: string;
  readonly net: string;
}

/** What came into cash, bank and gateways, and what went out of them. */
export async function collectionRows(
  db: Db,
  progress: Progress,
  span: Span,
  by: 'day' | 'month',
): Promise<readonly CollectionRow[]> {
  const period = by === 'day' ? sql`day` : sql`date_trunc('month', day::timestamp)::date`;
  const { rows } = await sql<CollectionRow>`
    select to_char(s.period, ${by === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM'}) as period, s.account, s.method, s.received_by,
      u.name as received_by_name, s.received::numeric(30,2), s.returned::numeric(30,2), (s.received - s.returned)::numeric(30,2) as net
    from (
      select ${period} as period, a.account, method, received_by,
        coalesce(sum(amount) filter (where debit = a.account), 0) as received,
        coalesce(sum(amount) filter (where credit = a.account), 0) as returned
      from ${ledgerOf(progress, span)} join (values ('cash'), ('bank'), ('gateway')) a(account) on a.account in (debit, credit)
      group by 1, 2, 3, 4
    ) s left join users u on u.id = s.received_by
    order by s.period, s.account, s.method nulls last, u.name nulls last, s.received_by`.execute(db);
  return rows;
}

export interface TaxRow {
  readonly month: string;
  readonly tax_id: string | null;
  readonly name: string | null;
  readonly rate: string | null;
  readonly base: string;
  readonly tax: string;
}

/** Taxes as they were booked; without a name what was booked for an invoice that says of no tax. */
export async function taxRows(db: Db, progress: Progress, span: Span): Promise<readonly TaxRow[]> {
  const { rows } = await sql<TaxRow>`
    select to_char(s.month, 'YYYY-MM') as month, s.tax_id, s.name, s.rate, s.base::numeric(30,2), s.tax::numeric(30,2)
    from (
      select date_trunc('month', day::timestamp) as month, tax_id, name, rate, coalesce(sum(base), 0) as base, sum(amount) as tax
      from ${taxLedgerOf(progress, span)} group by 1, 2, 3, 4
    ) s where s.base <> 0 or s.tax <> 0
    order by s.month, s.name nulls last, s.rate, s.tax_id`.execute(db);
  return rows;
}

export interface MonthPaid {
  readonly month: string;
  readonly amount: string;
  /** Of it, what was paid on the last day asked for. */
  readonly last_day: string;
}

/** What was paid, as {@link paymentsOf} counts it, in each of the twelve months up to today's, oldest first. */
export async function paidByMonth(db: Db, progress: Progress, today: string): Promise<readonly MonthPaid[]> {
  const from = Temporal.PlainDate.from(today).with({ day: 1 }).subtract({ months: 11 }).toString();
  const { rows } = await sql<MonthPaid>`
    with paid as (
      select paid_on, amount from paid_days where paid_on between ${from}::date and ${today}::date
      union all
      select paid_on, amount from ${paymentsOf(sql`e.id > ${progress.entries_until}::bigint`)}
      where paid_on between ${from}::date and ${today}::date
    )
    select to_char(m, 'YYYY-MM') as month, coalesce(sum(p.amount), 0)::numeric(30,2) as amount,
      coalesce(sum(p.amount) filter (where p.paid_on = ${today}::date), 0)::numeric(30,2) as last_day
    from generate_series(${from}::date::timestamp, date_trunc('month', ${today}::date::timestamp), interval '1 month') m
      left join paid p on date_trunc('month', p.paid_on::timestamp) = m
    group by m order by m`.execute(db);
  return rows;
}
