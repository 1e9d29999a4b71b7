import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import type { Progress } from './ledger-queries.ts';

/** What is left to pay on invoice `i`. */
const left = sql`case i.status when 'cancelled' then 0 else i.amount - i.amount_paid end`;
const isOpen = sql`i.status in ('unpaid', 'overdue')`;

/** By how much entries of `which` (a condition on `ledger_entries e`) change what is owed on each invoice. */
const owedBy = (which: SqlPart<unknown>) => sql`(
  select e.invoice_id, sum(case e.debit when 'receivable' then e.amount else -e.amount end) as net
  from ledger_entries e where ${which} and 'receivable' in (e.debit, e.credit)
  group by e.invoice_id)`;

/**
 * How entries behind `from`, up to `until` where that is said, change the open invoices of each due date: due_date, invoices
 * and amount, either of which may be below zero. What an invoice says now is what it was after the last of its entries, so
 * that later ones need only be taken off. Due dates are those with which invoices were made.
 */
export const openedBetween = (from: string, until?: string): SqlPart<unknown> => sql`(
  select coalesce(f.due_date, i.due_date) as due_date, count(*) filter (where e.ending > 0)
      - count(*) filter (where e.ending - m.net > 0) as invoices, sum(m.net) as amount
  from ${owedBy(sql`e.id > ${from}::bigint ${until === undefined ? sql`` : sql`and e.id <= ${until}::bigint`}`)} m
    left join invoices i on i.id = m.invoice_id
    left join moved_due_dates f on f.invoice_id = m.invoice_id
    ${until === undefined ? sql`` : sql`left join ${owedBy(sql`e.id > ${until}::bigint`)} o on o.invoice_id = m.invoice_id`},
    lateral (select case when i.id is null then 0 else ${left} ${until === undefined ? sql`` : sql`- coalesce(o.net, 0)`} end as ending) e
  group by 1)`;

/** Open invoices by due date as it is now: due_date, invoices, amount. */
const openByDueDate = ({ entries_until: until }: Progress) => sql`(
  select due_date, sum(invoices) as invoices, sum(amount) as amount from (
    select due_date, invoices, amount from receivable_days
    union all select * from ${openedBetween(until)} l
    union all
    select x.due_date, x.sign, x.sign * (${left})
    from moved_due_dates f join invoices i on i.id = f.invoice_id and ${isOpen},
      lateral (values (f.due_date, -1), (i.due_date, 1)) x(due_date, sign)
  ) u group by due_date)`;

const ages = (days: SqlPart<unknown>, amount: SqlPart<unknown>) => sql`
  coalesce(sum(${amount}), 0)::numeric(30,2) as amount,
  coalesce(sum(${amount}) filter (where coalesce(${days}, 0) <= 0), 0)::numeric(30,2) as not_due,
  coalesce(sum(${amount}) filter (where ${days} between 1 and 30), 0)::numeric(30,2) as days_1_30,
  coalesce(sum(${amount}) filter (where ${days} between 31 and 60), 0)::numeric(30,2) as days_31_60,
  coalesce(sum(${amount}) filter (where ${days} between 61 and 90), 0)::numeric(30,2) as days_61_90,
  coalesce(sum(${amount}) filter (where ${days} > 90), 0)::numeric(30,2) as over_90_days`;

export interface Ages {
  readonly invoices: number;
  readonly amount: string;
  readonly not_due: string;
  readonly days_1_30: string;
  readonly days_31_60: string;
  readonly days_61_90: string;
  readonly over_90_days: string;
}

/** What is owed by days after the due date; of it, how many invoices are overdue. */
export async function receivableTotals(
  db: Db,
  progress: Progress,
  today: string,
): Promise<Ages & { readonly overdue_invoices: number; readonly overdue_amount: string }> {
  const { rows } = await sql<Ages & { overdue_invoices: number; overdue_amount: string }>`
    select coalesce(sum(o.invoices), 0)::integer as invoices, ${ages(sql`${today}::date - o.due_date`, sql`o.amount`)},
      coalesce(sum(o.invoices) filter (where o.due_date < ${today}::date), 0)::integer as overdue_invoices,
      coalesce(sum(o.amount) filter (where o.due_date < ${today}::date), 0)::numeric(30,2) as overdue_amount
    from ${openByDueDate(progress)} o`.execute(db);
  const [totals] = rows;
  if (!totals) throw new Error('A sum without groups gave no row.');
  return totals;
}

export interface Debtor extends Ages {
  readonly customer_id: string;
  readonly name: string;
  readonly phone: string | null;
  readonly area: string | null;
}

/** Customers who owe, the newest first, behind the customer `cursor`. */
export async function listDebtors(
  db: Db,
  today: string,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
): Promise<readonly Debtor[]> {
  const behind = cursor === undefined ? sql`` : sql`and i.customer_id < ${cursor}::uuid`;
  const { rows } = await sql<Debtor>`
    select o.*, c.name, c.phone, c.area from (
      select i.customer_id, count(*)::integer as invoices, ${ages(sql`${today}::date - i.due_date`, sql`i.amount - i.amount_paid`)}
      from invoices i where ${isOpen} ${behind}
      group by i.customer_id order by i.customer_id desc limit ${limit}
    ) o join customers c on c.id = o.customer_id order by o.customer_id desc`.execute(db);
  return rows;
}
