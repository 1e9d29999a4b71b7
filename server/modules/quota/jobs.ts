import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { tellFailedSignIns } from './alert-queries.ts';
import { workBulkJobs } from './bulk-adjust.ts';
import { checkChanged } from './check-members.ts';
import { lockQuotas } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';

const payload = z.object({}).loose();
const everyMinute = '* * * * *';

/** Each looks every minute for what is to be done, also for what another left behind. */
export function quotaJobs(kit: Kit, hooks: QuotaHooks): readonly Job[] {
  return [
    {
      name: 'quota.check',
      payload,
      cron: everyMinute,
      run: (_, signal) => checkChanged(kit, hooks, { signal }),
    },
    {
      name: 'quota.bulk',
      payload,
      cron: everyMinute,
      run: (_, signal) => workBulkJobs(kit, hooks, { signal }),
    },
    {
      name: 'quota.sign_ins',
      payload,
      cron: everyMinute,
      run: () =>
        inTransaction(kit.db, async (tx) => {
          // Of two at once one tells.
          await lockQuotas(tx);
          await tellFailedSignIns(tx, instantText(kit.clock.now()));
        }),
    },
  ];
}
