import { radius } from '#contract';
import { AppError, fieldError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { organisationToday } from '../organisation/index.ts';
import { findSubscription } from '../subscriptions/index.ts';
import { createSetting, deleteSetting, updateSetting } from './change-setting.ts';
import { disconnectSession } from './disconnect.ts';
import type { RadiusHooks } from './hooks.ts';
import { radiusJobs } from './jobs.ts';
import { presentSession, presentSetting, presentUsage } from './present.ts';
import { findSetting, listSettingRows } from './queries.ts';
import { listSessionRows } from './session-queries.ts';
import { testSetting } from './test-setting.ts';
import { usageOf } from './usage-queries.ts';

export { checkChanged, checkPackage } from './check-sessions.ts';
export type { RadiusHooks } from './hooks.ts';
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
      listSubscriptionUsage: ({ params, query }) => usage(kit, params.id, query),
    }),
  };
}

const usualDays = 31;
const mostDays = 366;

async function usage(kit: Kit, id: string, asked: { from?: string | undefined; to?: string | undefined }) {
  if (!(await findSubscription(kit.db, id))) throw new AppError('not_found');
  const to = Temporal.PlainDate.from(asked.to ?? (await organisationToday(kit, kit.db)));
  const from =
    asked.from === undefined ? to.subtract({ days: usualDays - 1 }) : Temporal.PlainDate.from(asked.from);
  const length = from.until(to).days + 1;
  if (length < 1 || length > mostDays) {
    throw fieldError('from', {
      en: `Choose 1 to ${mostDays} days.`,
      id: `Pilih 1 sampai ${mostDays} hari.`,
    });
  }
  const days = (await usageOf(kit.db, id, from.toString(), to.toString())).map(presentUsage);
  return {
    from: from.toString(),
    to: to.toString(),
    bytes_in: days.reduce((sum, day) => sum + day.bytes_in, 0),
    bytes_out: days.reduce((sum, day) => sum + day.bytes_out, 0),
    days,
  };
}
