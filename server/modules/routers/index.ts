import { routers } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { createRouter, deleteRouter, updateRouter } from './change-router.ts';
import { mikrotikRoutes } from './mikrotik-routes.ts';
import { presentRouter } from './present.ts';
import { findRouter, listRouterRows } from './queries.ts';

export { addDefaultRouter } from './add-default-router.ts';
export { createRouter } from './change-router.ts';
export { radiusRouters } from './radius-routers.ts';

export function routersModule(kit: Kit): Module {
  return {
    name: 'routers',
    routes: [...settingsRoutes(kit), ...mikrotikRoutes(kit)],
  };
}

function settingsRoutes(kit: Kit) {
  return routes(routers, {
    listRouters: async ({ query }, call) =>
      paginate(call, query, await listRouterRows(kit.db, query), presentRouter),
    createRouter: async ({ body }, call) => presentRouter(await createRouter(kit, call.author, body)),
    showRouter: async ({ params }) => {
      const row = await findRouter(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentRouter(row);
    },
    updateRouter: async ({ params, body }, call) =>
      presentRouter(await updateRouter(kit, call.author, params.id, body)),
    deleteRouter: ({ params }, call) => deleteRouter(kit, call.author, params.id),
  });
}
