import { sql } from 'kysely';
import type { Db, Tx } from '#kit/db.ts';
import { detailedEntries, type Progress, paymentsOf, taxesOf } from './ledger-queries.ts';
import { openedBetween } from './receivable-queries.ts';
import { countedFigures, movesBetween } from './subscription-queries.ts';

/** The newest entry that is committed; '0' where there is none. */
export async function newestEntry(db: Db): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select coalesce(max(id), 0)::text as id from ledger_entries`.execute(db);
  return rows[0]?.id ?? '0';
}

/**
 * Waits until nobody is writing into the ledger, and keeps the next from it until the transaction ends. An
 * entry takes its id while it holds the table's lock, so whatever is booked afterwards has a higher one. Gives up after
 * a second (lock_not_available): who waits here holds up all who book.
 */
export async function holdWriters(tx: Tx): Promise<void> {
  await sql`select set_config('lock_timeout', '1s', true)`.execute(tx);
  await sql`lock table ledger_entries in share mode`.execute(tx);
}

/** Locks how far things are prepared: of two that prepare, the second goes on behind the first. */
export function lockProgress(tx: Tx): Promise<Progress> {
  return tx
    .selectFrom('report_progress')
    .select(['entries_until', 'moves_until', 'figures_at'])
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Adds the entries behind `from`, up to `until`, to what is prepared. The caller holds the lock of the progress. */
export async function prepareEntries(tx: Tx, from: string, until: string): Promise<void> {
  const which = sql`e.id > ${from}::bigint and e.id <= ${until}::bigint`;
  await sql`select set_config('work_mem', '128MB', true)`.execute(tx);
  await sql`
    insert into ledger_days as t (day, debit, credit, kind, package_id, area, method, received_by, amount, entries)
    select day, debit, credit, kind, package_id, area, method, received_by, sum(amount), count(*)
    from ${detailedEntries(which)} group by 1, 2, 3, 4, 5, 6, 7, 8
    on conflict on constraint ledger_days_once do update set amount = t.amount + excluded.amount, entries = t.entries + excluded.entries`.execute(
    tx,
  );
  await sql`
    insert into paid_days as t (paid_on, amount)
    select paid_on, sum(amount) from ${paymentsOf(which)} where paid_on is not null group by 1
    on conflict (paid_on) do update set amount = t.amount + excluded.amount`.execute(tx);
  await sql`
    insert into tax_days as t (day, tax_id, name, rate, base, amount)
    select day, tax_id, name, rate, sum(base), sum(amount) from ${taxesOf(which)} group by 1, 2, 3, 4
    on conflict on constraint tax_days_once do update set base = t.base + excluded.base, amount = t.amount + excluded.amount`.execute(
    tx,
  );
  await sql`
    insert into receivable_days as t (due_date, invoices, amount)
    select due_date, invoices, amount from ${openedBetween(from, until)} r where invoices <> 0 or amount <> 0
    on conflict on constraint receivable_days_once do update set invoices = t.invoices + excluded.invoices,
      amount = t.amount + excluded.amount`.execute(tx);
  await tx.updateTable('report_progress').set({ entries_until: until }).execute();
}

/** Adds the moves of subscriptions from `from` to before `until`, both instants. */
export async function prepareMoves(
  tx: Tx,
  from: string | null,
  until: string,
  timeZone: string,
): Promise<void> {
  await sql`
    insert into subscription_moves as t (day, move, package_id, subscriptions)
    select day, move, package_id, count(*) from ${movesBetween(from, until, timeZone)} group by 1, 2, 3
    on conflict on constraint subscription_moves_once do update set subscriptions = t.subscriptions + excluded.subscriptions`.execute(
    tx,
  );
  await tx.updateTable('report_progress').set({ moves_until: until }).execute();
}

/** About how many subscriptions and customers there are, by the statistics of their tables. */
export async function aboutHowMany(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select max(reltuples)::integer as count from pg_class where oid in ('subscriptions'::regclass, 'customers'::regclass)`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** Counts customers and subscriptions anew. */
export async function prepareFigures(tx: Tx, today: string, at: string): Promise<void> {
  await sql`delete from subscription_figures`.execute(tx);
  await sql`
    insert into subscription_figures (package_id, area, status, subscriptions, expiring_soon, monthly) ${countedFigures(today)}`.execute(
    tx,
  );
  await sql`
    update report_progress set figures_at = ${at}::timestamptz, customers = c.customers, active_customers = c.active
    from (select count(*) as customers, count(*) filter (where status = 'active') as active from customers) c`.execute(
    tx,
  );
}

/** Lets figures be counted when asked for again. */
export async function dropFigures(tx: Tx): Promise<void> {
  await tx.updateTable('report_progress').set({ figures_at: null }).execute();
}
