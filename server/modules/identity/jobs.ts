import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { resetMinutes } from './password-reset.ts';
import { deleteOldResetTokens } from './reset-queries.ts';
import { deleteOldThrottles } from './throttle-queries.ts';
import { deleteExpiredTokens } from './token-queries.ts';

const payload = z.unknown();
const throttleDays = 1;

/** Deletes what has run out: tokens and sessions, reset links, failed sign-ins. Each in one statement. */
export function purgeExpiredJob(kit: Kit): Job<typeof payload> {
  return {
    name: 'identity.purge_expired',
    payload,
    cron: '17 * * * *',
    async run() {
      const now = kit.clock.now();
      await deleteExpiredTokens(kit.db, instantText(now));
      await deleteOldResetTokens(kit.db, instantText(now.subtract({ minutes: resetMinutes })));
      await deleteOldThrottles(kit.db, instantText(now.subtract({ hours: throttleDays * 24 })));
    },
  };
}
