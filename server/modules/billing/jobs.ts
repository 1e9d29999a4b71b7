import { z } from 'zod';
import type { Db } from '#kit/db.ts';
import { enqueue, type Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import { type RunHooks, runBilling } from './run-billing.ts';

const name = 'billing.run';

/** The run as a job: every hour by itself, and when something to invoice was added. It asks for the local date. */
export function billingRunJob(kit: Kit, readOnly: ReadOnlyMode, hooks: RunHooks): Job {
  return {
    name,
    payload: z.object({}).loose(),
    cron: '0 * * * *',
    run: async () => {
      // The next hour's run catches up on whatever is left now.
      if (await readOnly.isOn()) return;
      const result = await runBilling(kit, hooks);
      kit.log.info(result, 'billing run finished');
      // The queue tries again; what is done is found done.
      if (result.state === 'failed')
        throw new Error(`The billing run failed in its step ${result.failed_step}.`);
    },
  };
}

/** Asks for a run soon; requests that wait are one. */
export function requestBillingRun(db: Db): Promise<void> {
  return enqueue(db, [{ name, payload: {}, key: name }]);
}
