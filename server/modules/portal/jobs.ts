import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { deleteOldCodes } from './code-queries.ts';
import { deleteExpiredTokens } from './token-queries.ts';

const payload = z.unknown();

/** Deletes sessions and codes that have run out. */
export function purgePortalJob(kit: Kit): Job<typeof payload> {
  return {
    name: 'portal.purge_expired',
    payload,
    cron: '23 * * * *',
    async run() {
      const now = kit.clock.now();
      await deleteExpiredTokens(kit.db, instantText(now));
      await deleteOldCodes(kit.db, instantText(now.subtract({ hours: 1 })));
    },
  };
}
