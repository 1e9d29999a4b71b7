import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type DiscountRow = Selectable<DB['subscription_discounts']>;
export type AddonRow = Selectable<DB['subscription_addons']>;

/** Each of these tables has rows that run until they are ended. */
interface Parts {
  readonly subscription_discounts: DiscountRow;
  readonly subscription_addons: AddonRow;
}
type PartTable = keyof Parts;

export interface PartFilter extends PageRequest {
  readonly running?: boolean | undefined;
}

export function listPartRows<T extends PartTable>(
  db: Db,
  table: T,
  subscriptionId: string,
  filter: PartFilter,
) {
  const where = [
    sql`t.subscription_id = ${subscriptionId}`,
    ...(filter.running === undefined ? [] : [sql`(t.ended_at is null) = ${filter.running}`]),
  ];
  return listPage<Parts[T]>(db, { select: sql`t.*`, from: sql`${sql.table(table)} t`, where }, filter);
}

/** Those that run, in the order in which an invoice has them. */
export async function runningParts<T extends PartTable>(
  db: Db,
  table: T,
  subscriptionId: string,
): Promise<Parts[T][]> {
  const { rows } = await sql<Parts[T]>`
    select * from ${sql.table(table)} where subscription_id = ${subscriptionId} and ended_at is null
    order by created_at, id`.execute(db);
  return rows;
}

export async function countRunning(db: Db, table: PartTable, subscriptionId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ${sql.table(table)} where subscription_id = ${subscriptionId} and ended_at is null`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

export async function findPart<T extends PartTable>(
  db: Db,
  table: T,
  subscriptionId: string,
  id: string,
): Promise<Parts[T] | undefined> {
  const { rows } = await sql<Parts[T]>`
    select * from ${sql.table(table)} where id = ${id} and subscription_id = ${subscriptionId}`.execute(db);
  return rows[0];
}

/** Adds a row; what is not given has its default. */
export async function insertPart<T extends PartTable>(
  db: Db,
  table: T,
  row: Partial<Parts[T]>,
): Promise<Parts[T]> {
  const columns = Object.keys(row);
  const { rows } = await sql<Parts[T]>`
    insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
    values (${sql.join(Object.values(row))}) returning *`.execute(db);
  const [inserted] = rows;
  if (!inserted) throw new Error('INSERT … RETURNING gave no row.');
  return inserted;
}

export async function endPartRow<T extends PartTable>(
  db: Db,
  table: T,
  id: string,
  at: string,
): Promise<Parts[T]> {
  const { rows } = await sql<Parts[T]>`
    update ${sql.table(table)} set ended_at = ${at}::timestamptz, updated_at = ${at}::timestamptz
    where id = ${id} returning *`.execute(db);
  const [ended] = rows;
  if (!ended) throw new Error('UPDATE … RETURNING gave no row.');
  return ended;
}

/** Gives the subscription's row another version: a run that has read it before leaves it to the next one. */
export async function touchSubscription(db: Db, id: string, at: string): Promise<void> {
  await sql`update subscriptions set updated_at = ${at}::timestamptz where id = ${id}`.execute(db);
}
