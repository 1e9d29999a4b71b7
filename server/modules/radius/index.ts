import { radius } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { createSetting, deleteSetting, updateSetting } from './change-setting.ts';
import { disconnectSession } from './disconnect.ts';
import type { RadiusHooks } from './hooks.ts';
import { radiusJobs } from './jobs.ts';
import { presentSession, presentSetting } from './present.ts';
import { findSetting, listSettingRows } from './queries.ts';
import { listSessionRows } from './session-queries.ts';
import { testSetting } from './test-setting.ts';

export { checkStatement } from './check-queries.ts';
export { checkChanged, checkPackage } from './check-sessions.ts';
export { endSessionsOf } from './disconnect.ts';
export type { RadiusHooks } from './hooks.ts';
export { accountedSessions, sessionsAtAddress } from './session-queries.ts';
export { uncountedOf } from './usage-queries.ts';
export { writeRaddb } from './write-raddb.ts';

export function radiusModule(kit: Kit, hooks: RadiusHooks): Module {
  return {
    name: 'radius',
    jobs: radiusJobs(kit, hooks),
    routes: routes(radius, {
      listRadiusSettings: async ({ query }, call) =>
        paginate(call, query, await listSettingRows(kit.db, query), presentSetting),
      createRadiusSetting: async ({ body }, call) =>
        presentSetting(await createSetting(kit, call.author, body)),
      showRadiusSetting: async ({ params }) => {
        const row = await findSetting(kit.db, params.id);
        if (!row) throw new AppError('not_found');
        return presentSetting(row);
      },
      updateRadiusSetting: async ({ params, body }, call) =>
        presentSetting(await updateSetting(kit, call.author, params.id, body)),
      deleteRadiusSetting: ({ params }, call) => deleteSetting(kit, call.author, params.id),
      testRadiusSetting: ({ params }, call) => testSetting(kit, params.id, call.language),
      listRadiusSessions: async ({ query }, call) =>
        paginate(call, query, await listSessionRows(kit.db, query), presentSession),
      disconnectRadiusSession: ({ params }, call) =>
        disconnectSession(kit, hooks, call.author, params.id, call.language),
    }),
  };
}
