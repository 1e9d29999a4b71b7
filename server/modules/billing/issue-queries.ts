import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { addBalanceStatement, postStatement } from '../ledger/index.ts';
import { taxedColumns, taxesOfSums, taxLines, taxStatement } from './tax-queries.ts';

export interface IssueContext {
  /** The organisation's local date; numbers count by it, and the books are kept by it. */
  readonly today: string;
  readonly at: string;
  readonly runId: string | null;
  /** Of the new invoices' ids, from `newIdPrefix`. */
  readonly idPrefix: string;
  /** For one invoice made by hand; a run computes the due date. */
  readonly dueDate?: string;
  /** Days after the first day on which a run's invoice could be due. */
  readonly dueDays?: number;
  readonly notes?: string | null;
  /** Whether the invoice and its lines are stored already, as a draft with the id of number 1. */
  readonly isStored?: boolean;
  /**
   * Where invoices may be of several subscriptions: named statements, of which `billed` has a row for each, with id (of the
   * subscription), customer_id, package_id, invoice_id, log_id, its period and revenue. An invoice of several has no id in `sums`.
   */
  readonly parts?: SqlPart<unknown>;
  /** For the billing log; of renewals it tells the period. */
  readonly log?: { readonly action: string; readonly message: string };
}

/**
 * Named statements that make invoices of `sums`, a relation of an invoice each: n (from 1), id (of the subscription, or null),
 * customer_id, package_id, period_start, period_end, description, price, package_taxable (of its first line), and what its lines
 * come to: lines, total, taxable. `lines` gives their rows: it may use `numbered`, the sums with their invoice_id.
 *
 * The day's counter row is locked until the transaction ends, so numbers are unique and without gaps at any volume; a
 * number is padded to four digits and never cut. An invoice is due when its period starts, but not before the day it is
 * made: nobody is overdue on a bill that did not exist (ADR 3); a run adds the organisation's due days. One of nothing is paid as it is made (field.md 2). One of
 * less than nothing, because of credits, gives the rest to the customer's balance. The log's row of an invoice takes the
 * invoice's id: making a million more would take longer than writing them.
 */
export function issueStatements(context: IssueContext, lines: SqlPart<unknown>): SqlPart<unknown> {
  const { today, at, runId, idPrefix, log, parts } = context;
  const each =
    parts === undefined ? sql`select invoice_id as log_id, * from numbered` : sql`select * from billed`;
  const day = sql`${today}::date`;
  return sql`
    ${taxStatement()},
    counted as (
      insert into invoice_counters (issued_on, last_number)
      select ${day}, n from (select count(*)::integer as n from sums) c where n > 0
      on conflict (issued_on) do update set last_number = invoice_counters.last_number + excluded.last_number
      returning last_number
    ), numbered as materialized (
      select (${idPrefix} || lpad(to_hex(s.n), 12, '0'))::uuid as invoice_id,
        ((select last_number from counted) - (select count(*) from sums) + s.n)::text as number, s.n, s.id, s.customer_id, s.package_id,
        s.period_start, s.period_end, s.description, s.price, s.package_taxable, s.lines, s.taxable, ${taxedColumns}
      from ${taxesOfSums}
    ), ${parts === undefined ? sql`` : sql`${parts},`} ${context.isStored ? storedStatement(context) : newStatements(context, lines)},
    tax_lines as (
      insert into invoice_taxes (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount)
      ${taxLines()}
    ), credited as (${addBalanceStatement(
      sql`(select customer_id, -sum(total) as amount from numbered where total < 0 group by customer_id) c`,
      at,
    )}),
    booked as (${postStatement(
      sql`(${parts === undefined ? movesOf(sql`('revenue', total - tax, package_id),`) : sql`${movesOf(sql``)} union all ${revenueOfParts}`}) m`,
      { day, kind: 'invoice', at },
    )}),
    logged as (
      insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, created_at, updated_at)
      select log_id, id, invoice_id, ${runId}::uuid, ${log?.action ?? 'renewed'},
        ${log?.message ?? sql`'Invoiced ' || period_start || ' – ' || (period_end - 1)`}, ${at}::timestamptz, ${at}::timestamptz
      from (${each}) e
    )`;
}

/** What invoices move from the receivable: to the tax, to the balance, and to `others`. */
const movesOf = (others: SqlPart<unknown>) => sql`
  select 'receivable' as debit, account as credit, x.amount, customer_id, invoice_id, null::uuid as payment_id, x.package_id
  from numbered, lateral (values ${others} ('tax', tax, null::uuid),
    ('customer_balance', greatest(0, -total), null)) x(account, amount, package_id)`;

const revenueOfParts = sql`
  select 'receivable', 'revenue', revenue, customer_id, invoice_id, null, package_id from billed`;

/** The statements `issued` and `lines` of invoices that are made now. */
function newStatements(
  { today, at, dueDate, dueDays = 0, notes }: IssueContext,
  lines: SqlPart<unknown>,
): SqlPart<unknown> {
  return sql`
    issued as (
      insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, tax_amount, status,
        paid_at, due_date, notes, created_at, updated_at)
      select invoice_id, ${fullNumber(today)},
        customer_id, id, case when id is not null then period_start end, case when id is not null then period_end end, greatest(total, 0), tax, case when total <= 0 then 'paid' else 'unpaid' end,
        case when total <= 0 then ${at}::timestamptz end,
        coalesce(${dueDate ?? null}::date, greatest(period_start, ${today}::date) + ${dueDays}::integer), ${notes ?? null}, ${at}::timestamptz, ${at}::timestamptz
      from numbered
      returning id
    ), lines as (
      insert into invoice_lines (invoice_id, line_number, kind, description, quantity, unit_price, amount, taxable, package_id, source_id,
        subscription_id)
      ${withRest(lines)}
    )`;
}

/** The lines, and what credits left over as the last. */
export function withRest(lines: SqlPart<unknown>): SqlPart<unknown> {
  return sql`
    ${lines}
    union all
    select invoice_id, lines + 1, 'to_balance', 'Kept as balance', 1, -total, -total, false, null, null, null from numbered where total < 0`;
}

/** The statement `issued` of a draft, whose lines are there: from today it stands in the books. Nobody is overdue on it today. */
function storedStatement({ today, at }: IssueContext): SqlPart<unknown> {
  return sql`
    issued as (
      update invoices i set invoice_number = ${fullNumber(today)}, amount = n.total, tax_amount = n.tax, status = 'unpaid',
        due_date = greatest(i.due_date, ${today}::date), created_at = ${at}::timestamptz, updated_at = ${at}::timestamptz
      from numbered n where i.id = n.invoice_id
      returning i.id
    )`;
}

/** The number of a row of `numbered`, of the organisation's local date. */
const fullNumber = (today: string) =>
  sql`${numberPrefix(today)} || lpad(number, greatest(4, length(number)), '0')`;

/** The condition that an invoice's id was made with the prefix; an index finds them. */
export function hasPrefix(idPrefix: string): SqlPart<unknown> {
  return sql`id between ${`${idPrefix}000000000000`}::uuid and ${`${idPrefix}ffffffffffff`}::uuid`;
}

/** `INV-YYYYMMDD-`, of the organisation's local date. */
function numberPrefix(today: string): string {
  return `INV-${today.replaceAll('-', '')}-`;
}

/** Locks the counter of the day until the transaction ends, and counts nothing. */
export async function lockInvoiceNumbers(db: Db, today: string): Promise<void> {
  await sql`
    insert into invoice_counters (issued_on, last_number) values (${today}::date, 0)
    on conflict (issued_on) do update set last_number = invoice_counters.last_number`.execute(db);
}
