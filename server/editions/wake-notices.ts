import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';
import { wakeNotices } from '../modules/notifications/index.ts';

/**
 * Has what just happened told of at once rather than within the minute. It is committed by then: were this process killed in
 * between, the next minute tells it. Never fails, since what was done is done.
 */
export async function wakeSoon(kit: Kit): Promise<void> {
  try {
    await wakeNotices(kit.db);
  } catch (err) {
    kit.log.warn({ err }, 'what happened is told of within the minute');
  }
}

/** The module, after each of whose changes {@link wakeSoon} is called. */
export function wokenByRoutes(kit: Kit, module: Module): Module {
  const woken = module.routes.map((route): Module['routes'][number] => ({
    ...route,
    handle: async (request, call) => {
      const answer = await route.handle(request, call);
      if (route.spec.method !== 'GET') await wakeSoon(kit);
      return answer;
    },
  }));
  return { ...module, routes: woken };
}

/** The module, after whose job of that name {@link wakeSoon} is called. */
export function wokenByJob(kit: Kit, module: Module, name: string): Module {
  const jobs = (module.jobs ?? []).map((job) => ({
    ...job,
    run: async (...given: Parameters<typeof job.run>) => {
      await job.run(...given);
      if (job.name === name) await wakeSoon(kit);
    },
  }));
  return { ...module, jobs };
}
