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
        total_customers: z.number(),
        active_customers: z.number(),
        new_customers_this_month: z.number(),
        total_subscriptions: z.number(),
        active_subscriptions: z.number(),
        suspended_subscriptions: z.number(),
        expired_subscriptions: z.number(),
        expiring_soon: z.number(),
        unpaid_invoices: z.number(),
        overdue_invoices: z.number(),
        outstanding_amount: moneyOut,
        overdue_amount: moneyOut,
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
