import { routerAccounts } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { findAccount, listAccountRows } from './account-queries.ts';
import { createAccount, deleteAccount, updateAccount } from './accounts.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { presentSecret } from './present.ts';

/** Spec 3's router accounts, as rows of their own. */
export function accountRoutes(kit: Kit, hooks: SubscriptionHooks) {
  return routes(routerAccounts, {
    listMikrotikSecrets: async ({ query }, call) =>
      paginate(call, query, await listAccountRows(kit.db, query), presentSecret),
    createMikrotikSecret: async ({ body }, call) =>
      presentSecret(await createAccount(kit, hooks, call.author, body)),
    showMikrotikSecret: async ({ params }) => {
      const row = await findAccount(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentSecret(row);
    },
    updateMikrotikSecret: async ({ params, body }, call) =>
      presentSecret(await updateAccount(kit, hooks, call.author, params.id, body)),
    deleteMikrotikSecret: ({ params }, call) => deleteAccount(kit, hooks, call.author, params.id),
  });
}
