import { routers } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { createRouter, deleteRouter, updateRouter } from './change-router.ts';
import type { EntryHooks, RouterHooks } from './hooks.ts';
import { mikrotikRoutes } from './mikrotik-routes.ts';
import { presentRouter } from './present.ts';
import { findRouter, listRouterRows } from './queries.ts';

export { addDefaultRouter } from './add-default-router.ts';
export { createRouter } from './change-router.ts';
export { endedOnRouter, endSessionsOn } from './end-sessions.ts';
export type { EntryHooks, RouterHooks } from './hooks.ts';
export { onRouter, onThisRouter } from './live-router.ts';
export { isMark, markOf, ownerOf } from './ownership-mark.ts';
export { findRouter, findRouterCalled, type RouterRow } from './queries.ts';
export { radiusRouters } from './radius-routers.ts';
export { readWhere } from './read-where.ts';
export { backoffSeconds, restAfter } from './rest.ts';
export { sessionSpeeds } from './session-speeds.ts';
export { routerTrouble, withRouter } from './with-router.ts';

export function routersModule(kit: Kit, hooks: RouterHooks, entries: EntryHooks): Module {
  return {
    name: 'routers',
    routes: [...settingsRoutes(kit, hooks), ...mikrotikRoutes(kit, entries)],
  };
}

function settingsRoutes(kit: Kit, hooks: RouterHooks) {
  return routes(routers, {
    listRouters: async ({ query }, call) =>
      paginate(call, query, await listRouterRows(kit.db, query), presentRouter),
    createRouter: async ({ body }, call) => presentRouter(await createRouter(kit, hooks, call.author, body)),
    showRouter: async ({ params }) => {
      const row = await findRouter(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentRouter(row);
    },
    updateRouter: async ({ params, body }, call) =>
      presentRouter(await updateRouter(kit, hooks, call.author, params.id, body)),
    deleteRouter: ({ params }, call) => deleteRouter(kit, hooks, call.author, params.id),
  });
}
