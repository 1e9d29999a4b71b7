import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { wakeDue } from './mark-queries.ts';
import { reconcileRouter } from './reconcile.ts';

/** Serves one router; changes ask for it in their own transaction. */
function routerJob(kit: Kit): Job {
  const payload = z.object({ router_id: z.uuid() });
  return {
    name: 'provisioning.router',
    payload,
    run: async (given, signal) => {
      await reconcileRouter(kit, payload.parse(given).router_id, { signal });
    },
  };
}

/** Looks every minute which routers have something that waits, or are to be compared as a whole. */
function wakeJob(kit: Kit): Job {
  return {
    name: 'provisioning.wake',
    payload: z.object({}).loose(),
    cron: '* * * * *',
    run: () => wakeDue(kit.db, instantText(kit.clock.now())),
  };
}

export const provisioningJobs = (kit: Kit): readonly Job[] => [routerJob(kit), wakeJob(kit)];
