import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';

export interface IssueContext {
  /** A relation of periods to invoice: id (of the subscription), customer_id, package_id, name, price, period_start, period_end. */
  readonly periods: SqlPart<unknown>;
  /** The organisation's local date; numbers count by it. */
  readonly today: string;
  readonly at: string;
  readonly runId: string | null;
  /** Of the new invoices' ids, from `newIdPrefix`. */
  readonly idPrefix: string;
  /** For one invoice made by hand; a run computes the due date. */
  readonly dueDate?: string;
  readonly notes?: string | null;
}

/**
 * The log's row of an invoice takes the invoice's id: making a million more would take longer than writing them.
 *
 * Named statements (counted, numbered, issued, lines, logged) that invoice a set of periods. The day's counter row is
 * locked until the transaction ends, so numbers are unique and without gaps at any volume; a number is padded to four
 * digits and never cut. An invoice is due when its period starts, but not before the day it is made: nobody is
 * overdue on a bill that did not exist (ADR 3). One of nothing is paid as it is made (field.md 2).
 */
export function issueStatements({
  periods,
  today,
  at,
  runId,
  idPrefix,
  dueDate,
  notes,
}: IssueContext): SqlPart<unknown> {
  return sql`
    counted as (
      insert into invoice_counters (issued_on, last_number)
      select ${today}::date, n from (select count(*)::integer as n from ${periods}) c where n > 0
      on conflict (issued_on) do update set last_number = invoice_counters.last_number + excluded.last_number
      returning last_number
    ), numbered as (
      select (${idPrefix} || lpad(to_hex(n), 12, '0'))::uuid as invoice_id, (first + n)::text as number, id, customer_id,
        package_id, name, round(price, 0) as amount, period_start, period_end,
        period_start || ' – ' || (period_end - 1) as period
      from (select *, row_number() over () as n from ${periods}) p,
        (select last_number - (select count(*) from ${periods}) as first from counted) f
    ), issued as (
      insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, status,
        paid_at, due_date, notes, created_at, updated_at)
      select invoice_id, ${numberPrefix(today)} || lpad(number, greatest(4, length(number)), '0'),
        customer_id, id, period_start, period_end, amount, case when amount = 0 then 'paid' else 'unpaid' end,
        case when amount = 0 then ${at}::timestamptz end,
        coalesce(${dueDate ?? null}::date, greatest(period_start, ${today}::date)), ${notes ?? null}, ${at}::timestamptz, ${at}::timestamptz
      from numbered
      returning id
    ), lines as (
      insert into invoice_lines (invoice_id, line_number, description, quantity, unit_price, amount, package_id)
      select invoice_id, 1, 'Internet ' || name || ', ' || period, 1, amount, amount, package_id
      from numbered
    ), logged as (
      insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, created_at, updated_at)
      select invoice_id, id, invoice_id, ${runId}::uuid, 'renewed',
        'Invoiced ' || period, ${at}::timestamptz, ${at}::timestamptz
      from numbered
    )`;
}

/** `INV-YYYYMMDD-`, of the organisation's local date. */
function numberPrefix(today: string): string {
  return `INV-${today.replaceAll('-', '')}-`;
}

/** Takes the day's next number for one invoice made by hand. */
export async function takeInvoiceNumber(db: Db, today: string): Promise<string> {
  const { rows } = await sql<{ last_number: number }>`
    insert into invoice_counters (issued_on, last_number) values (${today}::date, 1)
    on conflict (issued_on) do update set last_number = invoice_counters.last_number + 1
    returning last_number`.execute(db);
  return `${numberPrefix(today)}${String(rows[0]?.last_number).padStart(4, '0')}`;
}
