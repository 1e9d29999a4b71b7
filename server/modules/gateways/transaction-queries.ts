import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { TransactionRow } from './order-queries.ts';

/** What is to be known of a transaction from now on. */
export interface NewState {
  readonly payment_order_id: string;
  readonly gateway: string;
  readonly transaction_id: string;
  readonly status: string;
  readonly rank: number;
  readonly gross: string;
  readonly credited: string;
  readonly refunded: string;
  readonly kept: string;
  readonly method: string;
  readonly paid_at: string | null;
  readonly confirmed: boolean;
  readonly asked_at: string;
  readonly held: string | null;
}

/** A rank from which on there was money. */
const paidRank = 3;
const overRank = 6;

/**
 * Notes what gateways say, the newest of each transaction. What is less far than what is known changes nothing (architecture, invariant 5):
 * - a capture that was cancelled is over, as if it had been given back;
 * - where the gateway now denies money that only a notification told of, a person has to look, and the books stay;
 * - what a person decided stands until the gateway says something else;
 * - a notification alone never changes what the gateway itself has said of money that came, or takes money back; that it comes is news
 *   after the gateway said that it is awaited.
 */
export async function noteStates(db: Db, states: readonly NewState[], at: string): Promise<void> {
  if (states.length === 0) return;
  await sql`
    insert into gateway_transactions as t (id, gateway, transaction_id, payment_order_id, status, rank, gross, credited, refunded, kept,
      method, paid_at, confirmed, asked_at, held, said, created_at, updated_at)
    select nadi_uuid(${at}::timestamptz, row_number() over (order by transaction_id)), gateway, transaction_id, payment_order_id, status, rank, gross,
      credited, refunded, kept, method, paid_at, confirmed, asked_at, held, concat_ws(' ', status, kept, refunded),
      ${at}::timestamptz, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as s(payment_order_id uuid, gateway text, transaction_id text, status text, rank smallint,
      gross numeric, credited numeric, refunded numeric, kept numeric, method text, paid_at timestamptz, confirmed boolean, asked_at timestamptz,
      held text)
    order by gateway, transaction_id
    on conflict (gateway, transaction_id) do update set
      status = case when excluded.rank = 2 and t.rank >= ${paidRank} and not (t.status = 'capture' and excluded.status = 'cancel')
        then t.status else excluded.status end,
      rank = case when excluded.rank = 2 and t.rank >= ${paidRank} then case when t.status = 'capture' and excluded.status = 'cancel' then ${overRank} else t.rank end
        else excluded.rank end,
      gross = greatest(t.gross, excluded.gross),
      credited = case when t.rank >= ${paidRank} then t.credited else excluded.credited end,
      refunded = case when t.rank >= ${paidRank} then least(t.credited, greatest(t.refunded, excluded.refunded)) else excluded.refunded end,
      kept = case
        when excluded.rank = 2 and t.rank >= ${paidRank} then case when t.status = 'capture' and excluded.status = 'cancel' then 0 else t.kept end
        when t.rank >= ${paidRank} then least(excluded.kept, greatest(0, t.credited - greatest(t.refunded, excluded.refunded)))
        else excluded.kept end,
      method = case when t.rank >= ${paidRank} then t.method else excluded.method end,
      paid_at = coalesce(t.paid_at, excluded.paid_at),
      confirmed = excluded.confirmed,
      held = case when excluded.rank = 2 and t.rank >= ${paidRank} and not (t.status = 'capture' and excluded.status = 'cancel') then 'contradicted'
        else coalesce(t.held, excluded.held) end,
      said = excluded.said, resolved = null,
      asked_at = excluded.asked_at, updated_at = excluded.updated_at
    where excluded.asked_at >= t.asked_at and excluded.said is distinct from t.resolved
      and case when excluded.confirmed then excluded.rank >= t.rank or (excluded.rank = 2 and t.rank between ${paidRank} and 4)
        else t.rank <= 1 and excluded.rank > t.rank end
      and (t.status, t.rank, t.gross, t.kept, t.refunded, t.confirmed) is distinct from
        (excluded.status, excluded.rank, excluded.gross, excluded.kept, excluded.refunded, excluded.confirmed)`.execute(
    db,
  );
}

/** Money to be booked, with its invoice. */
export interface ToBook {
  readonly id: string;
  readonly gateway: string;
  readonly transaction_id: string;
  readonly status: string;
  readonly kept: string;
  readonly method: string;
  readonly paid_at: string | null;
  readonly invoice_id: string;
}

/** Takes transactions whose money is not in the books yet, and holds them until the transaction ends. */
export async function takeUnbooked(db: Db, limit: number): Promise<readonly ToBook[]> {
  const { rows } = await sql<ToBook>`
    with t as materialized (
      select * from gateway_transactions where kept <> booked and held is null and payment_id is null and kept > 0 order by id limit ${limit}
      for update skip locked)
    select t.id, t.gateway, t.transaction_id, t.status, t.kept, t.method, t.paid_at, o.invoice_id
    from t join payment_orders o on o.id = t.payment_order_id order by t.id`.execute(db);
  return rows;
}

/** Takes one of whose money more stands in the books than is the provider's. */
export async function takeOverbooked(db: Db): Promise<TransactionRow | undefined> {
  const { rows } = await sql<TransactionRow>`
    select * from gateway_transactions where kept <> booked and held is null and payment_id is not null
    order by id limit 1 for update skip locked`.execute(db);
  return rows[0];
}

/** Notes the payments that stand for transactions now; their books are right by that. */
export async function noteBooked(
  db: Db,
  booked: readonly { readonly id: string; readonly payment: string | null }[],
  at: string,
): Promise<void> {
  if (booked.length === 0) return;
  await sql`
    update gateway_transactions t set booked = t.kept, payment_id = b.payment, updated_at = ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(booked)}::jsonb) as b(id uuid, payment uuid) where b.id = t.id`.execute(
    db,
  );
}

export async function hold(db: Db, id: string, reason: string, at: string): Promise<void> {
  await sql`update gateway_transactions set held = ${reason}, updated_at = ${at}::timestamptz where id = ${id}`.execute(
    db,
  );
}

/** A transaction of the order that waits for a person, locked until the transaction ends. */
export function heldTransaction(
  db: Db,
  orderId: string,
  transactionId: string,
): Promise<TransactionRow | undefined> {
  return db
    .selectFrom('gateway_transactions')
    .selectAll()
    .where('payment_order_id', '=', orderId)
    .where('transaction_id', '=', transactionId)
    .where('held', 'is not', null)
    .forUpdate()
    .executeTakeFirst();
}

/** Says of a held transaction what is kept of it. */
export async function resolveHeld(db: Db, id: string, kept: string, at: string): Promise<void> {
  await sql`
    update gateway_transactions set held = null, resolved = said, kept = ${kept}::numeric, confirmed = true, updated_at = ${at}::timestamptz,
      credited = greatest(credited, ${kept}::numeric), refunded = least(refunded, greatest(credited, ${kept}::numeric) - ${kept}::numeric)
    where id = ${id}`.execute(db);
}

/** Brings the orders in line with their transactions; what was paid stays paid. */
export async function settleOrders(db: Db, orderIds: readonly string[], at: string): Promise<void> {
  await sql`
    update payment_orders o set status = n.status, updated_at = ${at}::timestamptz from (
      select t.payment_order_id as id, case when max(t.rank) >= ${paidRank} then 'paid'
        when bool_or(t.status in ('expire', 'expired')) then 'expired' when bool_or(t.status = 'cancel') then 'cancelled' end as status
      from gateway_transactions t where t.payment_order_id = any(${[...orderIds]}::uuid[]) group by 1) n
    where n.id = o.id and n.status is not null and o.status <> 'paid' and o.status <> n.status`.execute(db);
}

export function transactionOfPayment(db: Db, paymentId: string): Promise<TransactionRow | undefined> {
  return db
    .selectFrom('gateway_transactions')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .executeTakeFirst();
}

/** How far transactions of these orders are by the gateway's own word, by their ids. */
export async function confirmedRanks(
  db: Db,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ transaction_id: string; rank: number }>`
    select transaction_id, rank from gateway_transactions
    where payment_order_id = any(${[...orderIds]}::uuid[]) and confirmed and rank >= ${paidRank}`.execute(db);
  return new Map(rows.map((row) => [row.transaction_id, row.rank]));
}
