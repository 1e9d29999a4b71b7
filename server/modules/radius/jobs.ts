import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { checkSessions, findDrifted } from './check-sessions.ts';
import type { RadiusHooks } from './hooks.ts';
import { archiveEnded, closeStale, forgetAnswers } from './session-queries.ts';
import { countUsage } from './usage-queries.ts';

/** Routers tell of a session every 5 minutes (at most 10): after this many without a word it is over. */
const staleMinutes = 25;
const recentDays = 7;
const answersKeptDays = 90;
const archiveBatch = 10_000;
/** Accounting waits while these sessions are counted, and FreeRADIUS waits 3 seconds at most. */
const usageBatch = 2000;

/** What runs by itself: the name stands in the trigger that wakes `radius.check`, too. */
export function radiusJobs(kit: Kit, hooks: RadiusHooks): readonly Job[] {
  const payload = z.object({}).loose();
  const ago = (duration: Temporal.DurationLike) => instantText(kit.clock.now().subtract(duration));
  return [
    { name: 'radius.check', payload, cron: '* * * * *', run: () => checkSessions(kit, hooks) },
    {
      name: 'radius.usage',
      payload,
      cron: '* * * * *',
      run: async () => {
        const before = ago({ minutes: staleMinutes });
        await inParts((after) => closeStale(kit.db, before, after, usageBatch));
        await inParts((after) => inTransaction(kit.db, (tx) => countUsage(tx, after, usageBatch)));
      },
    },
    {
      name: 'radius.drift',
      payload,
      cron: '*/5 * * * *',
      run: async () => {
        await findDrifted(kit);
      },
    },
    {
      name: 'radius.archive',
      payload,
      cron: '41 * * * *',
      run: async () => {
        const before = ago({ hours: recentDays * 24 });
        // In parts, so that accounting never waits long for the rows.
        while (
          (await inTransaction(kit.db, (tx) => archiveEnded(tx, before, archiveBatch))) === archiveBatch
        );
        await forgetAnswers(kit.db, ago({ hours: answersKeptDays * 24 }));
      },
    },
  ];
}

/** Works until nothing is left behind the last that was worked on. */
async function inParts(work: (after: string) => Promise<string | undefined>): Promise<void> {
  for (let last: string | undefined = '0'; last !== undefined; ) last = await work(last);
}
