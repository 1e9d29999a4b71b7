import { catalog, taxes } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { createPackage, deletePackage, updatePackage } from './change-package.ts';
import { createTax, endTax, updateTax } from './change-tax.ts';
import type { CatalogHooks } from './hooks.ts';
import { presentPackage, presentTax } from './present.ts';
import { findPackage, listPackageRows } from './queries.ts';
import { findTax, listTaxRows } from './tax-queries.ts';

export { createPackage } from './change-package.ts';
export type { CatalogHooks } from './hooks.ts';
export {
  findPackage,
  insertPackages,
  type NewPackage,
  type PackageRow,
  packagesByName,
} from './queries.ts';

export function catalogModule(kit: Kit, hooks: CatalogHooks): Module {
  return {
    name: 'catalog',
    routes: [...packageRoutes(kit, hooks), ...taxRoutes(kit)],
  };
}

function packageRoutes(kit: Kit, hooks: CatalogHooks) {
  return routes(catalog, {
    listPackages: async ({ query }, call) =>
      paginate(call, query, await listPackageRows(kit.db, query), presentPackage),
    createPackage: async ({ body }, call) => presentPackage(await createPackage(kit, call.author, body)),
    showPackage: async ({ params }) => {
      const row = await findPackage(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentPackage(row);
    },
    updatePackage: async ({ params, body }, call) =>
      presentPackage(await updatePackage(kit, hooks, call.author, params.id, body)),
    deletePackage: async ({ params }, call) => deletePackage(kit, call.author, params.id),
  });
}

function taxRoutes(kit: Kit) {
  return routes(taxes, {
    listTaxes: async ({ query }, call) => paginate(call, query, await listTaxRows(kit.db, query), presentTax),
    createTax: async ({ body }, call) => presentTax(await createTax(kit, call.author, body)),
    showTax: async ({ params }) => {
      const row = await findTax(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentTax(row);
    },
    updateTax: async ({ params, body }, call) =>
      presentTax(await updateTax(kit, call.author, params.id, body)),
    deleteTax: ({ params }, call) => endTax(kit, call.author, params.id),
  });
}
