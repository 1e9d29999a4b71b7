import { customers } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { anonymiseCustomer, createCustomer, deleteCustomer, updateCustomer } from './change-customer.ts';
import type { CustomerHooks } from './hooks.ts';
import { presentCustomer } from './present.ts';
import { findCustomer, listCustomerRows } from './queries.ts';

export { changeOwnDetails, refuseInactive } from './change-customer.ts';
export type { CustomerHooks } from './hooks.ts';
export {
  findCustomer,
  insertCustomers,
  keepCustomer,
  lockCustomer,
  type NewCustomer,
  placeCustomers,
} from './queries.ts';

export function customersModule(kit: Kit, hooks: CustomerHooks): Module {
  return {
    name: 'customers',
    routes: routes(customers, {
      listCustomers: async ({ query }, call) =>
        paginate(call, query, await listCustomerRows(kit.db, query), presentCustomer),
      createCustomer: async ({ body }, call) => presentCustomer(await createCustomer(kit, call.author, body)),
      showCustomer: async ({ params }) => {
        const row = await findCustomer(kit.db, params.id);
        if (!row) throw new AppError('not_found');
        return { ...presentCustomer(row), ...(await hooks.relationsOf(kit.db, row.id)) };
      },
      updateCustomer: async ({ params, body }, call) =>
        presentCustomer(await updateCustomer(kit, hooks, call.author, params.id, body)),
      deleteCustomer: async ({ params }, call) => deleteCustomer(kit, hooks, call.author, params.id),
      anonymiseCustomer: async ({ params }, call) =>
        presentCustomer(await anonymiseCustomer(kit, hooks, call.author, params.id)),
    }),
  };
}
