import { billingRuns } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import type { BillingHooks } from './hooks.ts';
import { presentPreview, presentRun, presentRunItem } from './present.ts';
import { retryRun } from './retry-run.ts';
import { previewBilling, runBilling } from './run-billing.ts';
import { findRun, listRunItems, listRunRows } from './run-row-queries.ts';

/** The endpoints of billing runs. */
export function runRoutes(kit: Kit, hooks: BillingHooks) {
  const existing = async (id: string) => {
    const row = await findRun(kit.db, id);
    if (!row) throw new AppError('not_found');
    return row;
  };
  return routes(billingRuns, {
    runBilling: ({ body }, call) =>
      runBilling(kit, hooks, {
        dryRun: body.dry_run,
        date: body.date,
        subscriptionId: body.subscription_id,
        steps: body.steps,
        author: call.author,
      }),
    previewBilling: async ({ body }, call) =>
      presentPreview(
        await previewBilling(kit, hooks, {
          date: body.date,
          subscriptionId: body.subscription_id,
          author: call.author,
        }),
      ),
    listBillingRuns: async ({ query }, call) =>
      paginate(call, query, await listRunRows(kit.db, query), presentRun),
    showBillingRun: async ({ params }) => presentRun(await existing(params.id)),
    listBillingRunItems: async ({ params, query }, call) =>
      paginate(call, query, await listRunItems(kit.db, await existing(params.id), query), presentRunItem),
    retryBillingRun: ({ params }, call) => retryRun(kit, hooks, call.author, params.id),
  });
}
