import { catalog } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { createPackage, deletePackage, updatePackage } from './change-package.ts';
import { presentPackage } from './present.ts';
import { findPackage, listPackageRows } from './queries.ts';

export { createPackage } from './change-package.ts';
export { findPackage, type PackageRow, packagesByName } from './queries.ts';

export function catalogModule(kit: Kit): Module {
  return {
    name: 'catalog',
    routes: routes(catalog, {
      listPackages: async ({ query }, call) =>
        paginate(call, query, await listPackageRows(kit.db, query), presentPackage),
      createPackage: async ({ body }, call) => presentPackage(await createPackage(kit, call.author, body)),
      showPackage: async ({ params }) => {
        const row = await findPackage(kit.db, params.id);
        if (!row) throw new AppError('not_found');
        return presentPackage(row);
      },
      updatePackage: async ({ params, body }, call) =>
        presentPackage(await updatePackage(kit, call.author, params.id, body)),
      deletePackage: async ({ params }, call) => deletePackage(kit, call.author, params.id),
    }),
  };
}
