import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { instantOf } from './order-queries.ts';

/** Transactions whose money came on these local dates, with what stands in the books for each. */
const ofDays = (from: string, to: string) => sql`
  select t.*, o.order_id, o.invoice_id, coalesce(p.amount, 0.00) as in_books
  from gateway_transactions t join payment_orders o on o.id = t.payment_order_id cross join organisation g
  left join payments p on p.id = t.payment_id and p.reversed_at is null
  where t.paid_at >= (${from}::date::timestamp at time zone g.timezone) and t.paid_at < ((${to}::date + 1)::timestamp at time zone g.timezone)`;

export async function reconcileGateways(db: Db, from: string, to: string) {
  const { rows } = await sql<{
    gateway: 'midtrans' | 'xendit' | 'transfer';
    transactions: number;
    gross: string;
    fees: string;
    credited: string;
    refunded: string;
    kept: string;
    booked: string;
    difference: string;
    unconfirmed: number;
    held: number;
  }>`
    select gateway, count(*)::int as transactions, sum(gross) as gross, sum(gross - credited) as fees, sum(credited) as credited,
      sum(refunded) as refunded, sum(kept) as kept, sum(in_books) as booked, sum(kept - in_books) as difference,
      count(*) filter (where not confirmed)::int as unconfirmed, count(*) filter (where held is not null)::int as held
    from (${ofDays(from, to)}) d group by gateway order by gateway`.execute(db);
  return rows;
}

export async function differing(db: Db, from: string, to: string, limit: number) {
  const { rows } = await sql<never>`
    select id, gateway, order_id, invoice_id, transaction_id, status, gross, credited, refunded, kept, in_books as booked, method,
      ${instantOf('paid_at')} as paid_at, confirmed, payment_id, held, ${instantOf('created_at')} as created_at, ${instantOf('updated_at')} as updated_at
    from (${ofDays(from, to)}) d where kept <> in_books or held is not null or not confirmed order by d.paid_at, d.id limit ${limit}`.execute(
    db,
  );
  return rows;
}
