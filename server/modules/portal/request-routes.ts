import { packageRequests } from '#contract';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import type { PortalHooks } from './hooks.ts';
import {
  approveRequest,
  previewChange,
  refuseRequest,
  requestPackage,
  withdrawRequest,
} from './package-requests.ts';
import { listOfferedRows, listRequestRows } from './request-queries.ts';

/** Packages that customers ask for, and what the office says to it. */
export function requestRoutes(kit: Kit, hooks: PortalHooks) {
  return routes(packageRequests, {
    listOfferedPackages: async ({ query }, call) =>
      paginate(call, query, await listOfferedRows(kit.db, query), (row) => row),
    previewPackageRequest: ({ params, body }, call) => previewChange(kit, hooks, call, params.id, body),
    createPackageRequest: ({ params, body }, call) => requestPackage(kit, hooks, call, params.id, body),
    listOwnPackageRequests: async ({ query }, call) => {
      const own = { ...query, customer_id: call.customer.customerId };
      return paginate(call, query, await listRequestRows(kit.db, own), (row) => row);
    },
    withdrawPackageRequest: ({ params }, call) => withdrawRequest(kit, call, params.id).then(() => undefined),
    listPackageRequests: async ({ query }, call) =>
      paginate(call, query, await listRequestRows(kit.db, query), (row) => row),
    approvePackageRequest: ({ params }, call) => approveRequest(kit, hooks, call, params.id),
    refusePackageRequest: ({ params, body }, call) => refuseRequest(kit, call, params.id, body.reason),
  });
}
