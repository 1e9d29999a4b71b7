import { type Insertable, type Selectable, sql } from 'kysely';
import type { DB, Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { type IssueContext, issueStatements } from './issue-queries.ts';
import { chargeStatements, itemLines } from './item-queries.ts';

export type ChargeRow = Selectable<DB['charges']>;

export interface ChargeFilter extends PageRequest {
  readonly pending?: boolean | undefined;
}

const isPending = sql<boolean>`(invoice_id is null and cancelled_at is null)`;

export function listChargeRows(db: Db, subscriptionId: string, filter: ChargeFilter) {
  const where = [
    sql`t.subscription_id = ${subscriptionId}`,
    ...(filter.pending === undefined ? [] : [sql`${isPending} = ${filter.pending}`]),
  ];
  return listPage<ChargeRow>(db, { select: sql`t.*`, from: sql`charges t`, where }, filter);
}

/** The charges that wait for the subscription's next invoice, in its order. */
export function pendingChargeRows(db: Db, subscriptionId: string): Promise<ChargeRow[]> {
  return db
    .selectFrom('charges')
    .selectAll()
    .where('subscription_id', '=', subscriptionId)
    .where('invoice_id', 'is', null)
    .where('cancelled_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export async function countPending(db: Db, subscriptionId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from charges
    where subscription_id = ${subscriptionId} and invoice_id is null and cancelled_at is null`.execute(db);
  return rows[0]?.count ?? 0;
}

export function findCharge(db: Db, subscriptionId: string, id: string): Promise<ChargeRow | undefined> {
  return db
    .selectFrom('charges')
    .selectAll()
    .where('id', '=', id)
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirst();
}

export function insertCharge(db: Db, row: Insertable<DB['charges']>): Promise<ChargeRow> {
  return db.insertInto('charges').values(row).returningAll().executeTakeFirstOrThrow();
}

/**
 * Statement: adds charges that wait for the next invoice of their subscriptions: `given` has id, subscription_id, description
 * and unit_price. One that an invoice being made does not see yet stands on the one after it.
 */
export function addChargesStatement(given: SqlPart<unknown>, at: string): SqlPart<unknown> {
  return sql`
    insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
    select g.id, g.subscription_id, g.description, g.unit_price, ${at}::timestamptz, ${at}::timestamptz from ${given} g
    returning id`;
}

export function cancelChargeRow(db: Db, id: string, at: string): Promise<ChargeRow> {
  return db
    .updateTable('charges')
    .set({ cancelled_at: at, updated_at: at })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Makes an invoice of one charge alone; returns its id. */
export async function issueCharge(db: Db, chargeId: string, context: IssueContext): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with ${chargeStatements(chargeId)}, ${issueStatements(context, itemLines())},
    charged as (update charges set invoice_id = o.invoice_id, updated_at = ${context.at}::timestamptz from numbered o where charges.id = ${chargeId})
    select id from issued`.execute(db);
  const [issued] = rows;
  if (!issued) throw new Error('INSERT … RETURNING gave no row.');
  return issued.id;
}
