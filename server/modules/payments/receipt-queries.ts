import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';

/** `KW-YYYYMMDD-0001` of a local date and a number (SQL, integer), which is padded to four digits and never cut. */
export function receiptNumber(today: string, number: SqlPart<unknown>): SqlPart<unknown> {
  const text = sql`(${number})::text`;
  return sql`${`KW-${today.replaceAll('-', '')}-`} || lpad(${text}, greatest(4, length(${text})), '0')`;
}

/**
 * Counts `count` (SQL, integer) receipts on, and returns last_number; nothing where it is zero. The day's row stays locked
 * until the transaction ends, so numbers are without gaps. It is the last lock that a payment takes.
 */
export function countReceiptsStatement(today: string, count: SqlPart<unknown>): SqlPart<unknown> {
  return sql`
    insert into receipt_counters (issued_on, last_number)
    select ${today}::date, n from (select (${count})::integer as n) c where n > 0
    on conflict (issued_on) do update set last_number = receipt_counters.last_number + excluded.last_number
    returning last_number`;
}

/** Locks the counter of the day until the transaction ends, and counts nothing. */
export async function lockReceipts(db: Db, today: string): Promise<void> {
  await sql`
    insert into receipt_counters (issued_on, last_number) values (${today}::date, 0)
    on conflict (issued_on) do update set last_number = receipt_counters.last_number`.execute(db);
}

/** The next receipt number of the local date. */
export async function nextReceiptNumber(db: Db, today: string): Promise<string> {
  const { rows } = await sql<{ number: string }>`
    with counted as (${countReceiptsStatement(today, sql`1`)})
    select ${receiptNumber(today, sql`last_number`)} as number from counted`.execute(db);
  const [row] = rows;
  if (!row) throw new Error('INSERT … RETURNING gave no row.');
  return row.number;
}
