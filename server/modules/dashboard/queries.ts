import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export interface DashboardFigures {
  readonly total_customers: number;
  readonly active_customers: number;
  readonly new_customers_this_month: number;
  readonly total_subscriptions: number;
  readonly active_subscriptions: number;
  readonly suspended_subscriptions: number;
  readonly expired_subscriptions: number;
  readonly expiring_soon: number;
  readonly unpaid_invoices: number;
  readonly overdue_invoices: number;
  readonly outstanding_amount: string;
  readonly overdue_amount: string;
  readonly revenue_today: string;
}

/** The figures of one local date. Months and days are the organisation's. */
export async function readFigures(db: Db, today: string, timeZone: string): Promise<DashboardFigures> {
  const { rows } = await sql<DashboardFigures>`
    with customer as (
      select count(*)::integer as total, count(*) filter (where status = 'active')::integer as active,
        count(*) filter (where created_at >= date_trunc('month', ${today}::date::timestamp) at time zone ${timeZone})::integer as fresh
      from customers
    ), subscription as (
      select count(*) filter (where status <> 'cancelled')::integer as total,
        count(*) filter (where status = 'active')::integer as active,
        count(*) filter (where status = 'suspended')::integer as suspended,
        count(*) filter (where status = 'expired')::integer as expired,
        count(*) filter (where status = 'active' and end_date <= ${today}::date + 7)::integer as soon
      from subscriptions
    ), invoice as (
      select count(*) filter (where due_date >= ${today}::date)::integer as unpaid,
        count(*) filter (where due_date < ${today}::date)::integer as overdue,
        coalesce(sum(amount - amount_paid), 0) as outstanding,
        coalesce(sum(amount - amount_paid) filter (where due_date < ${today}::date), 0) as late
      from invoices where status in ('unpaid', 'overdue')
    ), payment as (
      select coalesce(sum(amount), 0) as today from payments
      where reversed_at is null and payment_date >= ${today}::date::timestamp at time zone ${timeZone}
        and payment_date < (${today}::date + 1)::timestamp at time zone ${timeZone}
    )
    select customer.total as total_customers, customer.active as active_customers, customer.fresh as new_customers_this_month,
      subscription.total as total_subscriptions, subscription.active as active_subscriptions,
      subscription.suspended as suspended_subscriptions, subscription.expired as expired_subscriptions,
      subscription.soon as expiring_soon, invoice.unpaid as unpaid_invoices, invoice.overdue as overdue_invoices,
      invoice.outstanding::numeric(30,2)::text as outstanding_amount, invoice.late::numeric(30,2)::text as overdue_amount,
      payment.today::numeric(30,2)::text as revenue_today
    from customer, subscription, invoice, payment`.execute(db);
  const [figures] = rows;
  if (!figures) throw new Error('The dashboard query gave no row.');
  return figures;
}

export interface MonthRevenue {
  readonly month: string;
  readonly amount: string;
}

/** What was paid in each of the twelve months up to today's, oldest first; reversed payments do not count. */
export async function readRevenueByMonth(db: Db, today: string, timeZone: string): Promise<MonthRevenue[]> {
  const { rows } = await sql<MonthRevenue>`
    select to_char(m, 'YYYY-MM') as month, coalesce(sum(p.amount), 0)::numeric(30,2)::text as amount
    from generate_series(date_trunc('month', ${today}::date::timestamp) - interval '11 months',
      date_trunc('month', ${today}::date::timestamp), interval '1 month') m
    left join payments p on p.reversed_at is null and p.payment_date >= m at time zone ${timeZone}
      and p.payment_date < (m + interval '1 month') at time zone ${timeZone}
    group by m order by m`.execute(db);
  return rows;
}

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
