import type { dashboard, ResponseOf } from '#contract';
import type { readStanding } from '../reports/index.ts';

/** How the provider stands, as the dashboard shows it. */
export function presentStats({
  today,
  countedAt,
  customers,
  subscriptions,
  receivables,
  months,
}: Awaited<ReturnType<typeof readStanding>>): ResponseOf<typeof dashboard.dashboardStats> {
  const { overdue_invoices: overdue, overdue_amount, invoices, ...ages } = receivables;
  return {
    date: today,
    counted_at: countedAt,
    ...customers,
    ...subscriptions,
    unpaid_invoices: invoices - overdue,
    overdue_invoices: overdue,
    outstanding_amount: ages.amount,
    overdue_amount,
    receivables: ages,
    revenue_today: months.at(-1)?.last_day ?? '0.00',
    revenue_this_month: months.at(-1)?.amount ?? '0.00',
    revenue_last_month: months.at(-2)?.amount ?? '0.00',
    revenue_by_month: months.map(({ month, amount }) => ({ month, amount })),
  };
}
