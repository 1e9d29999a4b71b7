import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

/** When an order is asked about next, and what became of it meanwhile. */
export interface Plan {
  readonly id: string;
  readonly checks: number;
  readonly next_check_at: string | null;
  /** For one that nobody paid in time; null leaves it. */
  readonly status: 'expired' | null;
  readonly error: string | null;
}

export async function planOrders(db: Db, plans: readonly Plan[], at: string): Promise<void> {
  await sql`
    update payment_orders o set checks = p.checks, next_check_at = p.next_check_at, last_error = p.error, updated_at = ${at}::timestamptz,
      status = case when o.status in ('open', 'creating') then coalesce(p.status, case when p.error is null and o.status = 'creating' and o.url is not null then 'open' else o.status end) else o.status end
    from jsonb_to_recordset(${JSON.stringify(plans)}::jsonb) as p(id uuid, checks integer, next_check_at timestamptz, status text, error text)
    where p.id = o.id`.execute(db);
}
