import { type Insertable, type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type MovementRow = Selectable<DB['fund_movements']>;

export interface MovementWithReversal extends MovementRow {
  readonly reversed_by_id: string | null;
}

/** A customer's funds, without locking them; undefined where there is no such customer. */
export async function readFunds(
  db: Db,
  customerId: string,
): Promise<{ readonly balance: string; readonly deposit: string } | undefined> {
  const { rows } = await sql<{ balance: string; deposit: string }>`
    select coalesce(f.balance, 0.00) as balance, coalesce(f.deposit, 0.00) as deposit
    from customers c left join customer_funds f on f.customer_id = c.id where c.id = ${customerId}`.execute(
    db,
  );
  return rows[0];
}

export function insertMovement(db: Db, row: Insertable<DB['fund_movements']>): Promise<MovementRow> {
  return db.insertInto('fund_movements').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Locks a movement until the transaction ends, so that it is undone once and not closed meanwhile. */
export function lockMovement(db: Db, id: string): Promise<MovementRow | undefined> {
  return db.selectFrom('fund_movements').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

const select = sql`t.*, (select r.id from fund_movements r where r.reverses_id = t.id) as reversed_by_id`;

export async function findMovement(db: Db, id: string): Promise<MovementWithReversal | undefined> {
  const { rows } =
    await sql<MovementWithReversal>`select ${select} from fund_movements t where t.id = ${id}`.execute(db);
  return rows[0];
}

export async function findMovementByKey(
  db: Db,
  kind: string,
  key: string,
): Promise<MovementWithReversal | undefined> {
  const { rows } = await sql<MovementWithReversal>`
    select ${select} from fund_movements t where t.kind = ${kind} and t.idempotency_key = ${key}`.execute(db);
  return rows[0];
}

export function listMovementRows(db: Db, customerId: string, page: PageRequest) {
  const where = [sql`t.customer_id = ${customerId}`];
  return listPage<MovementWithReversal>(db, { select, from: sql`fund_movements t`, where }, page);
}
