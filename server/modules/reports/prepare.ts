import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { errorCode } from '#kit/error-code.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { readProgress } from './ledger-queries.ts';
import {
  aboutHowMany,
  dropFigures,
  holdWriters,
  lockProgress,
  newestEntry,
  prepareEntries,
  prepareFigures,
  prepareMoves,
} from './prepare-queries.ts';

/** With more subscriptions or customers than this, counting them takes longer than the dashboard may. */
const countedWhenAsked = 20_000;

/**
 * Brings what reports read up to date. It may run at any time, on several nodes, be killed, and be left out: what is not
 * prepared is added when a report is asked for. Entries are in the books to the last rupiah at every moment; only counts
 * of subscriptions and customers may be as old as the last call, and only in large installations.
 */
export async function prepareReports(kit: Kit): Promise<void> {
  const before = await readProgress(kit.db);
  const newest = await newestEntry(kit.db);
  const hourAgo = instantText(kit.clock.now().subtract({ hours: 1 }));
  if (newest !== before.entries_until || before.moves_until === null || before.moves_until < hourAgo) {
    const until = await quietPoint(kit);
    if (until !== undefined) await addUpTo(kit, until, hourAgo);
  }
  await refreshFigures(kit);
}

/** The newest entry at a moment at which nobody was booking; undefined while a long run is. */
async function quietPoint(kit: Kit): Promise<string | undefined> {
  try {
    return await inTransaction(kit.db, async (tx) => {
      await holdWriters(tx);
      return newestEntry(tx);
    });
  } catch (error) {
    if (errorCode(error) !== '55P03') throw error;
    kit.log.info('reports are prepared later: the ledger is being written');
    return undefined;
  }
}

async function addUpTo(kit: Kit, until: string, hourAgo: string): Promise<void> {
  const { timezone } = await readOrganisation(kit.db);
  await inTransaction(kit.db, async (tx) => {
    const progress = await lockProgress(tx);
    if (BigInt(until) > BigInt(progress.entries_until)) {
      await prepareEntries(tx, progress.entries_until, until);
    }
    // A row of the log has the instant at which its work began, so an hour is left for work that takes long.
    if (progress.moves_until === null || progress.moves_until < hourAgo) {
      await prepareMoves(tx, progress.moves_until, hourAgo, timezone);
    }
  });
}

async function refreshFigures(kit: Kit): Promise<void> {
  const large = (await aboutHowMany(kit.db)) > countedWhenAsked;
  const today = await organisationToday(kit);
  await inTransaction(kit.db, async (tx) => {
    const { figures_at: at } = await lockProgress(tx);
    if (large) await prepareFigures(tx, today, instantText(kit.clock.now()));
    else if (at !== null) await dropFigures(tx);
  });
}

/** Preparing as a job, every five minutes. */
export function prepareJob(kit: Kit, readOnly: ReadOnlyMode): Job {
  return {
    name: 'reports.prepare',
    payload: z.object({}).loose(),
    cron: '*/5 * * * *',
    run: async () => {
      // Reports are right without it; they only take longer.
      if (!(await readOnly.isOn())) await prepareReports(kit);
    },
  };
}
