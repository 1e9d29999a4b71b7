import { dashboard } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { readActivities, readFigures, readRevenueByMonth } from './queries.ts';

export function dashboardModule(kit: Kit): Module {
  return {
    name: 'dashboard',
    routes: routes(dashboard, {
      dashboardStats: async () => {
        const { timezone } = await readOrganisation(kit.db);
        const date = await organisationToday(kit);
        const [figures, months] = await Promise.all([
          readFigures(kit.db, date, timezone),
          readRevenueByMonth(kit.db, date, timezone),
        ]);
        return {
          date,
          ...figures,
          revenue_this_month: months.at(-1)?.amount ?? '0.00',
          revenue_last_month: months.at(-2)?.amount ?? '0.00',
          revenue_by_month: months,
        };
      },
      recentActivities: ({ query }) => readActivities(kit.db, query.limit),
    }),
  };
}
