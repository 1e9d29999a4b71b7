import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type EntryRow = Selectable<DB['ledger_entries']>;

export interface EntryFilter extends PageRequest {
  readonly account?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly invoice_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function listEntryRows(db: Db, filter: EntryFilter) {
  const { account, customer_id: customer, invoice_id: invoice, from, to } = filter;
  const where = [
    ...(account ? [sql`${account} in (t.debit, t.credit)`] : []),
    ...(customer ? [sql`t.customer_id = ${customer}`] : []),
    // The customer's index finds the few rows; there is none on the invoice alone.
    ...(invoice
      ? [
          sql`t.invoice_id = ${invoice} and t.customer_id = (select customer_id from invoices where id = ${invoice})`,
        ]
      : []),
    ...(from ? [sql`t.booked_on >= ${from}::date`] : []),
    ...(to ? [sql`t.booked_on <= ${to}::date`] : []),
  ];
  return listPage<EntryRow>(
    db,
    { select: sql`t.*`, from: sql`ledger_entries t`, where, idType: 'bigint' },
    filter,
  );
}

export interface AccountTotal {
  readonly account: string;
  readonly debit: string;
  readonly credit: string;
  readonly balance: string;
}

/** What each account was debited and credited with up to and including `day`. */
export async function accountTotals(db: Db, day: string): Promise<readonly AccountTotal[]> {
  const { rows } = await sql<AccountTotal>`
    with pair as (
      select debit, credit, sum(amount) as amount from ledger_entries where booked_on <= ${day}::date group by debit, credit
    )
    select account, sum(debited) as debit, sum(credited) as credit, sum(debited - credited) as balance
    from (
      select debit as account, amount as debited, 0.00 as credited from pair
      union all select credit, 0.00, amount from pair
    ) side
    group by account order by account`.execute(db);
  return rows;
}

export function readClosing(db: Db) {
  return db.selectFrom('ledger_closing').select(['closed_until', 'closed_at']).executeTakeFirstOrThrow();
}

/** Waits for whoever is booking, and lets nobody book until the transaction ends. */
export async function lockEntries(db: Db): Promise<void> {
  await sql`lock table ledger_entries in share mode`.execute(db);
}

export function writeClosing(db: Db, closedUntil: string, at: string) {
  return db
    .updateTable('ledger_closing')
    .set({ closed_until: closedUntil, closed_at: at })
    .returning(['closed_until', 'closed_at'])
    .executeTakeFirstOrThrow();
}
