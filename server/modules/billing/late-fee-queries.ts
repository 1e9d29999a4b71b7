import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { postStatement } from '../ledger/index.ts';
import { eachPart } from './part-queries.ts';
import { auditStatement, count, type RunContext, withinScope } from './run-queries.ts';

/** So that an amount with all its fees fits its column, whatever was set and for however long nobody looked. */
const highestFees = '99999999999';

/**
 * Adds late fees to overdue invoices: once, or for each day not charged for yet, so that missed days are caught up, no
 * day is charged twice, and a second run adds nothing. The fee of a day is in whole rupiah, half up, of what is open
 * without fees on the day of the run; an invoice of which less than a rupiah of that is open costs no more. Returns how many
 * invoices it was added to. Days before fees were switched on cost nothing, and a fee that comes once is for those that are
 * late since then.
 */
export async function chargeLateFees(db: Db, run: RunContext): Promise<number> {
  const { lateFees: fees, today, at, runId } = run;
  if (fees.kind === 'none') return 0;
  const highest = sql`least(coalesce(nullif(trunc(${fees.cap}::numeric), 0), ${highestFees}::numeric), ${highestFees}::numeric)`;
  const free = sql`(due_date + ${fees.afterDays}::integer)`;
  const before = sql`coalesce(${fees.since}::date - 1, '-infinity'::date)`;
  const feeDays = sql`(${today}::date - greatest(${free}, ${before}))`;
  const notCharged =
    fees.kind === 'once'
      ? sql`late_fee_days is null and ${free} >= ${before}`
      : sql`coalesce(late_fee_days, 0) < ${feeDays}`;
  const chargeable = sql`
    status in ('unpaid', 'overdue') and due_date < ${today}::date - ${fees.afterDays}::integer and late_fee_waived_at is null
      and ${feeDays} > 0 and ${notCharged} and late_fee < ${highest} and amount - late_fee - amount_paid >= 1 and ${withinScope(run)}`;
  // Locked in order before the fee is computed, as balances pay them: a payment in flight is waited for and then seen.
  await sql`
    select count(*) from (select from invoices where ${chargeable} order by id for no key update) l`.execute(
    db,
  );
  const perDay = sql`round(case when ${fees.percent}::numeric > 0
    then (amount - late_fee - amount_paid) * ${fees.percent}::numeric / 100 else ${fees.amount}::numeric end, 0)`;
  const days = fees.kind === 'once' ? sql`1` : sql`(${feeDays} - coalesce(late_fee_days, 0))`;
  return count(
    db,
    sql`
      with due as materialized (
        select id, xmin as version, ${today}::date - due_date as days_overdue, ${feeDays} as fee_days, amount - amount_paid as open,
          least(${perDay} * ${days}, ${highest} - late_fee) as fee
        from invoices where ${chargeable}
      ), touched as (
        update invoices i set late_fee = i.late_fee + d.fee, amount = i.amount + d.fee, late_fee_days = d.fee_days, updated_at = ${at}::timestamptz
        from due d where i.id = d.id and i.xmin = d.version and d.fee > 0
        returning i.id, i.customer_id, i.subscription_id, i.invoice_number, i.due_date, d.days_overdue, d.open, d.fee, i.late_fee
      ), logged as (
        insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, meta, created_at, updated_at)
        select nadi_uuid(${at}::timestamptz, row_number() over ()), subscription_id, id, ${runId}::uuid, 'late_fee',
          'Late fee ' || trim_scale(fee) || ' on ' || invoice_number || ': ' || days_overdue || case days_overdue when 1 then ' day' else ' days' end
            || ' overdue, ' || trim_scale(open) || ' to pay before it',
          jsonb_build_object('invoice_number', invoice_number, 'due_date', due_date, 'days_overdue', days_overdue,
            'open', open::numeric(14,2)::text, 'amount', fee::numeric(14,2)::text, 'late_fee', late_fee::text),
          ${at}::timestamptz, ${at}::timestamptz
        from (${eachPart(sql`(select *, null::integer as days from touched)`, sql`, v.invoice_number, v.due_date, v.days_overdue, v.open, v.fee, v.late_fee`)}) t
      ), booked as (${postStatement(
        sql`(select 'receivable' as debit, 'late_fees' as credit, fee as amount, customer_id, id as invoice_id, null::uuid as payment_id,
          null::uuid as package_id from touched) m`,
        { day: sql`${today}::date`, kind: 'late_fee', at },
      )}),
      total as (select count(*)::integer as touched from touched),
      audit as (${auditStatement(run, 'late_fees')})
      select touched as count from total`,
  );
}

/**
 * Takes the late fee off an invoice, as far as it is open, not credited yet and in whole rupiah, and charges none on it from now on.
 * The caller holds its lock. Returns what was taken off, and whether nothing is left to pay.
 */
export async function waiveFeeOf(
  db: Db,
  id: string,
  at: string,
  message: string,
): Promise<{ readonly waived: string; readonly settled: boolean }> {
  const { rows } = await sql<{ waived: string; settled: boolean }>`
    with fee as (
      select trunc(least(late_fee - coalesce((select sum(late_fee) from credit_notes where invoice_id = ${id}), 0), amount - amount_paid)) as fee
      from invoices where id = ${id}
    ),
    waived as (
      update invoices i set late_fee = i.late_fee - w.fee, amount = i.amount - w.fee,
        late_fee_waived_at = coalesce(i.late_fee_waived_at, ${at}::timestamptz), updated_at = ${at}::timestamptz
      from fee w where i.id = ${id}
      returning i.id, i.subscription_id, i.invoice_number, w.fee, i.amount = i.amount_paid as settled
    ), logged as (
      insert into billing_logs (id, subscription_id, invoice_id, action, message, meta, created_at, updated_at)
      select nadi_uuid(${at}::timestamptz), subscription_id, id, 'late_fee_waived', ${message},
        jsonb_build_object('invoice_number', invoice_number, 'amount', fee::numeric(14,2)::text), ${at}::timestamptz, ${at}::timestamptz
      from (${eachPart(sql`(select *, null::integer as days from waived)`, sql`, v.invoice_number, v.fee`)}) w
    )
    select fee::numeric(14,2)::text as waived, settled from waived`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('UPDATE … RETURNING gave no row.');
  return row;
}

/** An invoice to which nothing is added, as `applyAmounts` takes it. */
export const nothingFor = (invoiceId: string) =>
  sql`(select ${invoiceId}::uuid as invoice_id, 0::numeric as amount)`;
