import { usage } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { disconnectSubscription } from './disconnect.ts';
import type { UsageHooks } from './hooks.ts';
import { usageJobs } from './jobs.ts';
import { endRests } from './poll-queries.ts';
import { presentOnline, presentRouterOnline } from './present.ts';
import { listOnlineRows, listRouterOnlineRows, readLines, type Sources } from './session-queries.ts';
import { showTraffic } from './show-traffic.ts';
import { showUsage } from './show-usage.ts';

export { countStatement } from './day-queries.ts';
export type { UsageHooks } from './hooks.ts';
export { type PollResult, pollRouter } from './poll-router.ts';

/** A router whose settings changed is read again at once, however long it should rest. */
export const afterRoutersChanged = endRests;

/** Minutes for which a look at a router tells who is online: three are missed before nobody knows. */
const tellsMinutes = 15;

const sourcesOf = (kit: Kit, hooks: UsageHooks): Sources => ({
  accounted: hooks.accountedSessions,
  since: instantText(kit.clock.now().subtract({ minutes: tellsMinutes })),
});

/** Whether subscriptions are online, and since when; null of those of whom nobody knows. */
export const linesOf = (kit: Kit, hooks: UsageHooks) => (db: Db, subscriptionIds: readonly string[]) =>
  readLines(db, sourcesOf(kit, hooks), subscriptionIds);

/** What customers use, who is online, and what passes now: by the routers' own API, and by RADIUS through the hooks. */
export function usageModule(kit: Kit, hooks: UsageHooks): Module {
  const sources = () => sourcesOf(kit, hooks);
  return {
    name: 'usage',
    jobs: usageJobs(kit),
    routes: routes(usage, {
      listSessions: async ({ query }, call) =>
        paginate(call, query, await listOnlineRows(kit.db, sources(), query), presentOnline),
      listRoutersOnline: async ({ query }, call) =>
        paginate(call, query, await listRouterOnlineRows(kit.db, sources(), query), presentRouterOnline),
      listSubscriptionUsage: ({ params, query }) => showUsage(kit, hooks, { id: params.id }, query),
      listOwnServiceUsage: ({ params, query }, { customer }) =>
        showUsage(kit, hooks, { id: params.id, customerId: customer.customerId }, query),
      showSubscriptionTraffic: ({ params }) => showTraffic(kit, params.id),
      disconnectSubscription: ({ params }, call) =>
        disconnectSubscription(kit, hooks, call.author, params.id, call.language),
    }),
  };
}
