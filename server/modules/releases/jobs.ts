import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { deleteBlobRows, lockUnusedBlobs } from './blob-queries.ts';
import { prepareJob } from './move-release.ts';
import { deleteUnusedPatches, withoutPackage } from './patch-queries.ts';
import { patchFor } from './patches.ts';
import { storeOf } from './store/store.ts';

/** Patches that nobody asked for in so many days are made again when somebody does. */
const keptDays = 60;
/** Whoever set out to store something has had a day to refer to it. */
const unfinishedHours = 24;
const batch = 200;

/** Makes the whole packages of what is offered, before anybody asks. */
export function prepareReleases(kit: Kit): Job {
  return {
    name: prepareJob.name,
    payload: z.object({}),
    async run() {
      for (const version of await withoutPackage(kit.db)) await patchFor(kit, undefined, version, 'full');
    },
  };
}

/** Removes what nobody needs: old patches, what unfinished work left in the store, and folders of work that was killed. */
export function tidyReleases(kit: Kit): Job {
  return {
    name: 'releases.tidy',
    payload: z.object({}).loose(),
    cron: '23 19 * * *',
    async run() {
      const now = kit.clock.now();
      await deleteUnusedPatches(kit.db, instantText(now.subtract({ hours: keptDays * 24 })));
      const before = now.subtract({ hours: unfinishedHours });
      while ((await collectBlobs(kit, instantText(before))) === batch);
      await emptySpool(kit, before);
    },
  };
}

/** Blobs go while their rows are locked: whoever wants one again meanwhile waits, and then stores it anew. */
function collectBlobs(kit: Kit, before: string): Promise<number> {
  return inTransaction(kit.db, async (tx) => {
    const hashes = await lockUnusedBlobs(tx, before, batch);
    for (const hash of hashes) await storeOf(kit).remove(hash);
    await deleteBlobRows(tx, hashes);
    return hashes.length;
  });
}

async function emptySpool(kit: Kit, before: Temporal.Instant): Promise<void> {
  const { spool } = storeOf(kit);
  for (const name of await readdir(spool).catch(() => [])) {
    const path = join(spool, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < before.epochMilliseconds) await rm(path, { recursive: true, force: true });
  }
}
