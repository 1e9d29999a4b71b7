import { accountSync, provisioning, routerImports } from '#contract';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { CatalogHooks } from '../catalog/index.ts';
import type { CustomerHooks } from '../customers/index.ts';
import type { OrganisationHooks } from '../organisation/index.ts';
import type { EntryHooks, RouterHooks } from '../routers/index.ts';
import type {
  OnSubscriptionsChanged,
  SubscriptionDetails,
  SubscriptionHooks,
} from '../subscriptions/index.ts';
import { approveChanges, syncRouter } from './approve-changes.ts';
import { changeOwned, syncAccount } from './change-owned.ts';
import { importRouter } from './import/import-router.ts';
import { presentImport } from './import/present.ts';
import { provisioningJobs } from './jobs.ts';
import {
  forgetLeavers,
  markCustomers,
  markPackage,
  markRouters,
  markStatement,
  markSuspended,
} from './mark-queries.ts';
import { presentIntent, presentProvisioning, presentState } from './present.ts';
import {
  findStateRow,
  heldIntents,
  intentsOfSubscription,
  listIntentRows,
  listStateRows,
} from './queries.ts';
import { showDiff } from './show-diff.ts';

export { importRouter } from './import/import-router.ts';
export { presentImport } from './import/present.ts';
export { isolatedAt } from './isolated-at.ts';
export { markStatement } from './mark-queries.ts';
export { reconcileRouter } from './reconcile.ts';

/** What changes of the business mean to routers: each marks whom it concerns, in its own transaction. */
export const provisioningHooks = {
  onSubscriptionsChanged: ({ touched, at }) => [markStatement(touched, at)],
  afterCustomersMoved: markCustomers,
  afterPackageUpdated: async (tx, before, after, at) => {
    const matters = ['type', 'bandwidth', 'burst', 'priority'] as const;
    if (matters.some((field) => before[field] !== after[field])) await markPackage(tx, after.id, at);
  },
  afterOrganisationUpdated: async (tx, before, after, at) => {
    const matters = [
      'suspend_mode',
      'isolir_profile',
      'isolir_pool',
      'isolir_address_list',
      'isolir_rate',
    ] as const;
    if (matters.some((field) => before[field] !== after[field])) await markSuspended(tx, at);
  },
  provisioningOf: async (db: Db, subscriptionId: string) =>
    (await intentsOfSubscription(db, subscriptionId)).map(presentProvisioning),
  routers: { afterChanged: markRouters, beforeRemoved: forgetLeavers },
} as const satisfies {
  onSubscriptionsChanged: OnSubscriptionsChanged;
  afterCustomersMoved: CustomerHooks['afterMoved'];
  afterPackageUpdated: CatalogHooks['afterUpdated'];
  afterOrganisationUpdated: OrganisationHooks['afterUpdated'];
  provisioningOf: SubscriptionDetails['provisioningOf'];
  routers: RouterHooks;
};

/** What a change of an entry of Nadi's means. */
export const entryHooks = (kit: Kit, hooks: SubscriptionHooks): EntryHooks => ({
  changeOwned: changeOwned(kit, hooks),
});

/** Keeps routers in line with subscriptions. */
export function provisioningModule(kit: Kit, hooks: SubscriptionHooks): Module {
  const syncRoutes = routes(accountSync, {
    syncMikrotikSecret: ({ params }, call) => syncAccount(kit, call.author, params.id, call.language),
  });
  const importRoutes = routes(routerImports, {
    importRouter: async ({ params, body }, call) => {
      const { dry_run: dryRun, end_date: endDate, kinds, packages } = body;
      const options = { dryRun, endDate, kinds, packages };
      return presentImport(kit.db, await importRouter(kit, hooks, call.author, params.id, options));
    },
  });
  return {
    name: 'provisioning',
    routes: [...provisioningRoutes(kit), ...syncRoutes, ...importRoutes],
    jobs: provisioningJobs(kit),
  };
}

function provisioningRoutes(kit: Kit) {
  return routes(provisioning, {
    listRouterStates: async ({ query }, call) => {
      const page = await listStateRows(kit.db, query);
      const held = await heldIntents(
        kit.db,
        page.rows.map(({ id }) => id),
      );
      return paginate(call, query, page, (row) => presentState(row, held));
    },
    listProvisioningIntents: async ({ query }, call) =>
      paginate(call, query, await listIntentRows(kit.db, query), presentIntent),
    showRouterDiff: ({ params }) => showDiff(kit, params.id),
    syncRouter: async ({ params }, call) => {
      await syncRouter(kit, call.author, params.id);
      return stateOf(kit, params.id);
    },
    approveRouterChanges: async ({ params, body }, call) => {
      await approveChanges(kit, call.author, params.id, body.fingerprint);
      return stateOf(kit, params.id);
    },
  });
}

async function stateOf(kit: Kit, routerId: string) {
  const row = await findStateRow(kit.db, routerId);
  if (!row) throw new AppError('not_found');
  return presentState(row, await heldIntents(kit.db, [routerId]));
}
