import { lifecycle } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import {
  keepSubscription,
  pauseSubscription,
  presentSubscription,
  type SubscriptionHooks,
} from '../subscriptions/index.ts';
import { cancelWithTerms } from './cancel-subscription.ts';
import { pendingChargesOf } from './change-charge.ts';
import { changePackage } from './change-package.ts';
import type { BillingHooks } from './hooks.ts';
import { invoiceUsed } from './invoice-used.ts';
import { requestBillingRun } from './jobs.ts';

/** What happens to a subscription between its beginning and its end: most of it is invoiced, so billing does it. */
export function lifecycleRoutes(kit: Kit, hooks: BillingHooks): Module['routes'] {
  const told: SubscriptionHooks = {
    onChanged: hooks.onSubscriptionsChanged,
    afterStarted: requestBillingRun,
    pendingChargesOf,
    beforeCancelled: (tx, id, author) => invoiceUsed(kit, tx, id, author),
  };
  return routes(lifecycle, {
    pauseSubscription: async ({ params, body }, call) =>
      presentSubscription(await pauseSubscription(kit, told, call.author, params.id, body?.resume_on)),
    cancelSubscription: async ({ params, body }, call) =>
      presentSubscription(await cancelWithTerms(kit, told, call.author, params.id, body)),
    keepSubscription: async ({ params }, call) =>
      presentSubscription(await keepSubscription(kit, told, call.author, params.id)),
    changeSubscriptionPackage: ({ params, body }, call) =>
      changePackage(kit, told, call.author, params.id, body),
  });
}
