import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface Activity {
  readonly id: string;
  readonly type: 'customer' | 'payment' | 'billing';
  readonly action: string;
  readonly title: string;
  readonly subject_id: string | null;
  readonly customer_name: string | null;
  readonly amount: string | null;
  readonly created_at: string;
}

/** The newest customers, payments and acts of billing, in one list. */
export async function readActivities(db: Db, limit: number): Promise<Activity[]> {
  const { rows } = await sql<Activity>`
    select * from (
      (select c.id, 'customer' as type, 'created' as action, 'New customer' as title, c.id as subject_id,
        c.name as customer_name, null::text as amount, c.created_at
      from customers c order by c.created_at desc, c.id desc limit ${limit})
      union all
      (select p.id, 'payment', case when p.reversed_at is null then p.method else 'reversed' end,
        'Payment for ' || i.invoice_number, i.id, c.name, p.amount::text, p.created_at
      from (select * from payments order by created_at desc, id desc limit ${limit}) p
        join invoices i on i.id = p.invoice_id join customers c on c.id = i.customer_id)
      union all
      (select l.id, 'billing', l.action, l.message, coalesce(l.invoice_id, l.subscription_id), c.name, null, l.created_at
      from (select * from billing_logs order by created_at desc, id desc limit ${limit}) l
        left join subscriptions s on s.id = l.subscription_id left join customers c on c.id = s.customer_id)
    ) a order by created_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}
