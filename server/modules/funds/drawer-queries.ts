import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { cashItemSchema } from '#contract';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import { cashOfPayments, closePaymentsStatements } from '../payments/index.ts';

export interface ClosingRow extends Selectable<DB['cash_closings']> {
  readonly user_name: string | null;
}

const mostItems = 1000;
const inDrawer = (userId: string) =>
  sql`m.drawer_of = ${userId} and m.method = 'cash' and m.cash_closing_id is null`;
const withName = sql`t.*, (select name from users where id = t.user_id) as user_name`;

/** Lets one closing of a person's drawer happen at a time, until the transaction ends. */
export async function lockDrawer(db: Db, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(7234503, hashtext(${userId}))`.execute(db);
}

export async function userExists(db: Db, id: string): Promise<boolean> {
  return (await db.selectFrom('users').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

export interface DrawerRow {
  readonly received: string;
  readonly paid_out: string;
  readonly expected: string;
  readonly item_count: number;
  readonly closed_at: string | null;
  readonly items: z.input<typeof cashItemSchema>[];
}

/** What is in a person's drawer, in one statement, so that the sums are those of the list. */
export async function readDrawer(db: Db, userId: string): Promise<DrawerRow> {
  const { rows } = await sql<DrawerRow>`
    with item as materialized (
      select * from (
        ${cashOfPayments(userId)}
        union all
        select m.kind, m.id, m.balance_change + m.deposit_change, m.customer_id, null, m.created_at
        from fund_movements m where ${inDrawer(userId)}
      ) i
    ), shown as (
      select i.kind, i.id, i.amount::text as amount, i.customer_id, c.name as customer_name, i.receipt_number,
        to_char(i.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at, i.created_at as sorted
      from item i join customers c on c.id = i.customer_id order by i.created_at desc, i.id desc limit ${mostItems}
    )
    select coalesce(sum(amount) filter (where amount > 0), 0.00) as received,
      coalesce(-sum(amount) filter (where amount < 0), 0.00) as paid_out, coalesce(sum(amount), 0.00) as expected,
      count(*)::int as item_count, (select max(created_at) from cash_closings where user_id = ${userId}) as closed_at,
      (select coalesce(jsonb_agg(to_jsonb(s) - 'sorted' order by s.sorted desc, s.id desc), '[]') from shown s) as items
    from item`.execute(db);
  const [drawer] = rows;
  if (!drawer) throw new Error('A sum gave no row.');
  return drawer;
}

/** Closes all that is in a person's drawer, in one statement; undefined where there is nothing. */
export async function insertClosing(
  db: Db,
  closing: {
    readonly id: string;
    readonly userId: string;
    readonly counted: string;
    readonly notes: string | null;
    readonly at: string;
  },
): Promise<ClosingRow | undefined> {
  const { id, userId, counted, notes, at } = closing;
  const { rows } = await sql<ClosingRow>`
    with ${closePaymentsStatements(userId, id)},
    moved as (
      update fund_movements m set cash_closing_id = ${id}::uuid where ${inDrawer(userId)}
      returning m.balance_change + m.deposit_change as amount
    ), item as (
      select amount from payments_in union all select -amount from payments_out union all select amount from moved
    ), total as (
      select coalesce(sum(amount) filter (where amount > 0), 0) as received,
        coalesce(-sum(amount) filter (where amount < 0), 0) as paid_out, count(*)::int as n from item
    ), t as (
      insert into cash_closings (id, user_id, received, paid_out, expected, counted, difference, item_count, notes, created_at)
      select ${id}::uuid, ${userId}::uuid, received, paid_out, received - paid_out, ${counted}::numeric,
        ${counted}::numeric - (received - paid_out), n, ${notes}, ${at}::timestamptz
      from total where n > 0
      returning *
    )
    select ${withName} from t`.execute(db);
  return rows[0];
}

export interface ClosingFilter extends PageRequest {
  readonly user_id?: string | undefined;
}

/** `onlyOf` limits the list to one person, whatever the filter says. */
export function listClosingRows(db: Db, filter: ClosingFilter, onlyOf: string | undefined) {
  const where = [
    ...(filter.user_id ? [sql`t.user_id = ${filter.user_id}`] : []),
    ...(onlyOf === undefined ? [] : [sql`t.user_id = ${onlyOf}`]),
  ];
  return listPage<ClosingRow>(db, { select: withName, from: sql`cash_closings t`, where }, filter);
}
