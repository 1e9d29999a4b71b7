import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { wakeDue } from './poll-queries.ts';
import { pollRouter } from './poll-router.ts';

export function usageJobs(kit: Kit): readonly Job[] {
  const payload = z.object({ router_id: z.uuid() });
  return [
    {
      name: 'usage.poll',
      payload,
      run: async (given, signal) => {
        await pollRouter(kit, payload.parse(given).router_id, signal);
      },
    },
    {
      name: 'usage.wake',
      payload: z.object({}).loose(),
      cron: '* * * * *',
      run: () => wakeDue(kit.db, instantText(kit.clock.now())),
    },
  ];
}
