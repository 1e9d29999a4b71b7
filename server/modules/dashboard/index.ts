import { dashboard } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { readStanding } from '../reports/index.ts';
import { presentStats } from './present.ts';
import { readActivities } from './queries.ts';

export function dashboardModule(kit: Kit): Module {
  return {
    name: 'dashboard',
    routes: routes(dashboard, {
      dashboardStats: async () => presentStats(await readStanding(kit)),
      recentActivities: ({ query }) => readActivities(kit.db, query.limit),
    }),
  };
}
