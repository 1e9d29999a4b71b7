import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { applyPastAmounts } from '../billing/index.ts';
import { accountOf, postStatement } from '../ledger/index.ts';
import { countReceiptsStatement, receiptNumber } from './receipt-queries.ts';

/** A payment from before Nadi. The amount is decimal text, the date the organisation's. */
export interface PastPayment {
  readonly id: string;
  readonly invoice_id: string;
  readonly customer_id: string;
  readonly amount: string;
  readonly method: string;
  readonly date: string;
  readonly reference: string | null;
  readonly notes: string | null;
}

/**
 * Adds payments from before to open invoices of no subscription, and books them on their dates. The caller holds the invoices'
 * locks and has checked that nothing is overpaid; a constraint refuses it otherwise. Their receipts are numbered `today`, the
 * day on which they were written down.
 */
export async function insertPastPayments(
  db: Db,
  rows: readonly PastPayment[],
  { timeZone, today, at }: { readonly timeZone: string; readonly today: string; readonly at: string },
): Promise<void> {
  const booked = rows.map((row) => ({ ...row, account: accountOf(row.method) }));
  const given = sql`(
    select *, least((date + time '12:00') at time zone ${timeZone}, ${at}::timestamptz) as instant
    from jsonb_to_recordset(${JSON.stringify(booked)}::jsonb) as r(id uuid, invoice_id uuid, customer_id uuid, amount numeric,
      method text, account text, date date, reference text, notes text))`;
  const moves = sql`(select account as debit, 'receivable' as credit, amount, customer_id, invoice_id, id as payment_id,
    null::uuid as package_id, date from r) m`;
  await sql`
    with r as materialized (select *, row_number() over (order by instant, id) as n from ${given} g),
    counted as (${countReceiptsStatement(today, sql`select count(*) from r`)}), paid as (
      insert into payments (id, receipt_number, invoice_id, amount, method, transaction_id, payment_date, notes, created_at, updated_at)
      select id, ${receiptNumber(today, sql`last_number - (select count(*) from r) + n`)}, invoice_id, amount, method, reference, instant, notes,
        instant, ${at}::timestamptz
      from r, counted
    ), booked as (${postStatement(moves, { day: sql`date`, kind: 'payment', at })})
    select 1`.execute(db);
  const sums = sql`(select invoice_id, sum(amount) as amount, max(instant) as paid_at, max(reference) as reference
    from ${given} g group by invoice_id)`;
  await applyPastAmounts(db, sums, at);
}
