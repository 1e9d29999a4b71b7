import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import { advanceRollouts } from './advance-rollouts.ts';
import { countDay } from './analytics-queries.ts';
import type { FleetHooks } from './hooks.ts';

const payload = z.object({}).loose();

export function fleetJobs(kit: Kit, hooks: FleetHooks): readonly Job[] {
  return [
    {
      name: 'fleet.rollouts',
      payload,
      cron: '* * * * *',
      run: (_, signal) => advanceRollouts(kit, hooks, signal),
    },
    {
      name: 'fleet.count',
      payload,
      cron: '7 * * * *',
      run: async () => countDay(kit.db, await organisationToday(kit), instantText(kit.clock.now())),
    },
  ];
}
