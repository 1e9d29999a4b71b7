import { portalSignIn } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { inviteCustomer, resetAccess } from './access.ts';
import type { PortalHooks } from './hooks.ts';
import { purgePortalJob } from './jobs.ts';
import { messageRoutes } from './message-routes.ts';
import { ownRoutes } from './own-data.ts';
import { requestRoutes } from './request-routes.ts';
import { requestCode, sendCodeJob } from './send-code.ts';
import { presentSession, setPassword } from './sessions.ts';
import { signIn } from './sign-in.ts';
import { deleteToken, deleteTokensOf, listTokenRows } from './token-queries.ts';

export { erasePortalOf } from './access.ts';
export { authenticateCustomer } from './authenticate.ts';
export type { PortalHooks, Recipient } from './hooks.ts';
export { proveAgain } from './sessions.ts';

/** What customers do themselves: strictly their own. */
export function portalModule(kit: Kit, hooks: PortalHooks): Module {
  return {
    name: 'portal',
    jobs: [sendCodeJob(kit, hooks), purgePortalJob(kit)],
    routes: [
      ...signInRoutes(kit, hooks),
      ...ownRoutes(kit, hooks),
      ...messageRoutes(kit),
      ...requestRoutes(kit, hooks),
    ],
  };
}

function signInRoutes(kit: Kit, hooks: PortalHooks) {
  return routes(portalSignIn, {
    sendSignInCode: ({ body }, call) => requestCode(kit, call, body.login),
    signInCustomer: ({ body }, call) => signIn(kit, call, body),
    signCustomerOut: async (_, { customer }) => {
      await deleteToken(kit.db, customer.customerId, customer.tokenId);
      return undefined;
    },
    listOwnSessions: async ({ query }, call) => {
      const { customerId, tokenId } = call.customer;
      const rows = await listTokenRows(kit.db, customerId, instantText(kit.clock.now()), query);
      return paginate(call, query, rows, (row) => presentSession(row, tokenId));
    },
    endOwnSession: async ({ params }, { customer }) => {
      if (!(await deleteToken(kit.db, customer.customerId, String(params.id))))
        throw new AppError('not_found');
      return undefined;
    },
    signCustomerOutEverywhere: async (_, { customer }) => {
      await deleteTokensOf(kit.db, [customer.customerId]);
      return undefined;
    },
    setOwnPassword: ({ body }, call) => setPassword(kit, call, body).then(() => undefined),
    inviteCustomer: ({ params }, call) => inviteCustomer(kit, hooks, call, params.id),
    resetPortalAccess: ({ params }, call) => resetAccess(kit, call, params.id).then(() => undefined),
  });
}
