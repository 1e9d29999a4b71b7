import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { digits, instant, moneyOut } from './fields.ts';

export const dashboard = {
  dashboardStats: endpoint({
    method: 'GET',
    path: '/api/dashboard/stats',
    tag: 'Dashboard',
    summary: 'The figures of today: customers, subscriptions, invoices, money',
    permission: 'dashboard:read',
    status: 200,
    response: z
      .object({
        date: z.string(),
        /** When customers and subscriptions were counted: now, or a few minutes ago where there are many. */
        counted_at: instant,
        total_customers: z.number(),
        active_customers: z.number(),
        new_customers_this_month: z.number(),
        total_subscriptions: z.number(),
        active_subscriptions: z.number(),
        suspended_subscriptions: z.number(),
        expired_subscriptions: z.number(),
        /** Prepaid ones whose paid time ends within seven days. */
        expiring_soon: z.number(),
        unpaid_invoices: z.number(),
        overdue_invoices: z.number(),
        outstanding_amount: moneyOut,
        overdue_amount: moneyOut,
        /** Of active subscriptions, and what the suspended ones would bring. */
        mrr: moneyOut,
        suspended_mrr: moneyOut,
        /** The outstanding amount by days after the due date. */
        receivables: z.object({
          amount: moneyOut,
          not_due: moneyOut,
          days_1_30: moneyOut,
          days_31_60: moneyOut,
          days_61_90: moneyOut,
          over_90_days: moneyOut,
        }),
        /** What was paid and not reversed since; paying from the balance is no second payment. */
        revenue_today: moneyOut,
        revenue_this_month: moneyOut,
        revenue_last_month: moneyOut,
        revenue_by_month: z.array(z.object({ month: z.string(), amount: moneyOut })),
      })
      .meta({ id: 'DashboardStats' }),
    errors: [],
  }),
  recentActivities: endpoint({
    method: 'GET',
    path: '/api/dashboard/recent-activities',
    tag: 'Dashboard',
    summary: 'The latest things that happened, newest first',
    permission: 'dashboard:read',
    query: z.strictObject({ limit: digits(1, 100).default(20) }),
    status: 200,
    response: z.array(
      z.object({
        id: z.uuid(),
        type: z.enum(['customer', 'payment', 'billing']),
        action: z.string(),
        title: z.string(),
        subject_id: z.uuid().nullable(),
        customer_name: z.string().nullable(),
        amount: moneyOut.nullable(),
        created_at: instant,
      }),
    ),
    errors: [],
  }),
};
