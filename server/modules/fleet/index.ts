import { fleet, rollouts } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, type Route, routes } from '#kit/module.ts';
import { showAnalytics } from './analytics.ts';
import {
  changeInstallation,
  type DirectivesInput,
  directInstallation,
  endRest,
} from './change-installation.ts';
import {
  advanceRollout,
  createRollout,
  haltRollout,
  resumeRollout,
  startRollout,
  undoRollout,
} from './change-rollout.ts';
import type { FleetHooks } from './hooks.ts';
import { findInstallation, listFleetRows, unsignedOf } from './installation-queries.ts';
import { fleetJobs } from './jobs.ts';
import { otaRoutes } from './ota.ts';
import {
  presentDirectives,
  presentInstallation,
  presentMember,
  presentReport,
  presentRollout,
  presentRolloutDetail,
} from './present.ts';
import { listReportRows } from './report-queries.ts';
import { findRollout, healthOf, listMemberRows, listRolloutRows, memberStates } from './rollout-queries.ts';

export { followMove } from './change-installation.ts';
export type { FleetHooks, Patch } from './hooks.ts';
export { shownVersions } from './shown.ts';

/** The installations out there: what they say, what they are told, and how releases reach them. */
export function fleetModule(kit: Kit, hooks: FleetHooks): Module {
  return {
    name: 'fleet',
    jobs: fleetJobs(kit, hooks),
    routes: [...otaRoutes(kit, hooks), ...fleetRoutes(kit, hooks), ...rolloutRoutes(kit, hooks)],
  };
}

function fleetRoutes(kit: Kit, hooks: FleetHooks): readonly Route[] {
  const milliseconds = () => kit.clock.now().epochMilliseconds;
  const show = async (id: string) => {
    const row = await findInstallation(kit.db, id);
    if (!row) throw new AppError('not_found');
    return presentInstallation(milliseconds(), await unsignedOf(kit.db, [id]))(row);
  };
  const direct = async (author: Author, id: string, input: DirectivesInput) => {
    await directInstallation(kit, hooks, author, id, input);
    const row = await findInstallation(kit.db, id);
    if (!row?.directives) throw new AppError('not_found');
    return presentDirectives(row.directives, (await unsignedOf(kit.db, [id])).has(id));
  };
  return routes(fleet, {
    listFleet: async ({ query }, call) => {
      const page = await listFleetRows(kit.db, query, instantText(kit.clock.now()));
      const directed = page.rows.filter((row) => row.directives !== null).map(({ id }) => id);
      const unsigned = await unsignedOf(kit.db, directed);
      return paginate(call, query, page, presentInstallation(milliseconds(), unsigned));
    },
    showFleetInstallation: ({ params }) => show(params.id),
    updateFleetInstallation: async ({ params, body }, call) => {
      await changeInstallation(kit, call.author, params.id, body);
      return show(params.id);
    },
    endFleetRest: async ({ params }, call) => {
      await endRest(kit, call.author, params.id);
      return show(params.id);
    },
    directInstallation: ({ params, body }, call) => direct(call.author, params.id, body),
    messageInstallation: ({ params, body }, call) => direct(call.author, params.id, body),
    listFleetReports: async ({ query }, call) =>
      paginate(call, query, await listReportRows(kit.db, query), presentReport),
    showFleetAnalytics: ({ query }) => showAnalytics(kit, query),
  });
}

function rolloutRoutes(kit: Kit, hooks: FleetHooks): readonly Route[] {
  const show = async (id: string) => {
    const row = await findRollout(kit.db, id);
    if (!row) throw new AppError('not_found');
    const [members, health] = await Promise.all([memberStates(kit.db, id), healthOf(kit.db, id)]);
    return presentRolloutDetail(row, members, health);
  };
  return routes(rollouts, {
    listRollouts: async ({ query }, call) =>
      paginate(call, query, await listRolloutRows(kit.db, query), presentRollout),
    createRollout: async ({ body }, call) => show(await createRollout(kit, call.author, body)),
    showRollout: ({ params }) => show(params.id),
    listRolloutMembers: async ({ params, query }, call) => {
      if (!(await findRollout(kit.db, params.id))) throw new AppError('not_found');
      return paginate(call, query, await listMemberRows(kit.db, params.id, query), presentMember);
    },
    startRollout: async ({ params: { id } }, call) => {
      await startRollout(kit, call.author, id);
      return show(id);
    },
    advanceRollout: async ({ params: { id } }, call) => {
      await advanceRollout(kit, call.author, id);
      return show(id);
    },
    haltRollout: async ({ params: { id }, body }, call) => {
      await haltRollout(kit, hooks, call.author, id, body.reason);
      return show(id);
    },
    resumeRollout: async ({ params: { id }, body }, call) => {
      await resumeRollout(kit, hooks, call.author, id, body.reason);
      return show(id);
    },
    undoRollout: async ({ params: { id }, body }, call) => {
      await undoRollout(kit, hooks, call.author, id, body.reason);
      return show(id);
    },
  });
}
