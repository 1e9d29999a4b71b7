import { quota } from '#contract';
import type { SqlPart, Tx } from '#kit/db.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { CatalogHooks } from '../catalog/index.ts';
import type { CustomerHooks } from '../customers/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { adjustQuota, showMember } from './adjust-quota.ts';
import { queueBulkAdjust, showBulkJob } from './bulk-adjust.ts';
import { createConfig, deleteConfig, updateConfig } from './change-config.ts';
import { markMembers, markPackage, markSubscriptionsStatement } from './check-queries.ts';
import { listConfigRows } from './config-queries.ts';
import type { QuotaHooks } from './hooks.ts';
import { quotaJobs } from './jobs.ts';
import { listHistoryRows, listMemberRows } from './member-queries.ts';
import { presentBulkJob, presentConfig, presentHistory, presentMember, presentTopUp } from './present.ts';
import { rememberedStats } from './stats.ts';
import { topUp } from './top-up.ts';

export { workBulkJobs } from './bulk-adjust.ts';
export type { QuotaHooks } from './hooks.ts';

/** What changes of the business mean to quotas: whoever is concerned is looked at within the minute. */
export const quotaMarks = {
  onSubscriptionsChanged: ({ touched }: { readonly touched: SqlPart<unknown> }) => [
    markSubscriptionsStatement(touched),
  ],
  afterMembershipChanged: (tx: Tx, customerIds: readonly string[]) => markMembers(tx, customerIds),
  afterPackageUpdated: async (tx, before, after) => {
    const matters = ['membership_type', 'validity_days', 'period_months', 'bandwidth'] as const;
    if (matters.some((field) => before[field] !== after[field])) await markPackage(tx, after.id);
  },
} as const satisfies {
  onSubscriptionsChanged: OnSubscriptionsChanged;
  afterMembershipChanged: CustomerHooks['afterMembershipChanged'];
  afterPackageUpdated: CatalogHooks['afterUpdated'];
};

/** How much members may use, and what happens then (spec 5). */
export function quotaModule(kit: Kit, hooks: QuotaHooks): Module {
  return {
    name: 'quota',
    jobs: quotaJobs(kit, hooks),
    routes: quotaRoutes(kit, hooks),
  };
}

function quotaRoutes(kit: Kit, hooks: QuotaHooks) {
  const stats = rememberedStats(kit);
  return routes(quota, {
    showOwnQuota: (_, { customer }) => showMember(kit, customer.customerId),
    listQuotaConfigs: async ({ query }, call) =>
      paginate(call, query, await listConfigRows(kit.db, query), presentConfig),
    createQuotaConfig: async ({ body }, call) => presentConfig(await createConfig(kit, call.author, body)),
    updateQuotaConfig: async ({ params, body }, call) =>
      presentConfig(await updateConfig(kit, call.author, params.id, body)),
    deleteQuotaConfig: ({ params }, call) => deleteConfig(kit, call.author, params.id),
    showQuotaStats: ({ query }) => stats(query),
    listQuotaHistory: async ({ query }, call) => {
      const { timezone } = await readOrganisation(kit.db);
      return paginate(call, query, await listHistoryRows(kit.db, query, timezone), presentHistory);
    },
    listQuotaMembers: async ({ query }, call) =>
      paginate(call, query, await listMemberRows(kit.db, query), (row) =>
        presentMember({ id: row.member_id, name: row.member_name }, row),
      ),
    showQuotaMember: ({ params }) => showMember(kit, params.member_id),
    adjustQuota: async ({ body }, call) => {
      await adjustQuota(kit, hooks, call.author, body);
      return showMember(kit, body.member_id);
    },
    topUpQuota: async ({ body }, call) => presentTopUp(await topUp(kit, hooks, call.author, body)),
    bulkAdjustQuota: async ({ body }, call) => ({
      message: 'Bulk adjustment queued for processing',
      job_id: await queueBulkAdjust(kit, call.author, body),
    }),
    showBulkAdjust: async ({ params }) => presentBulkJob(await showBulkJob(kit, params.job_id)),
  });
}
