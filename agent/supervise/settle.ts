import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { lockInstallation } from '../state/lock.ts';
import { readJournal } from '../transaction/journal.ts';
import { settleAbandoned } from '../update/history.ts';
import type { Installation } from '../update/installation.ts';
import { recover } from '../update/run-update.ts';
import type { Settling } from './run.ts';

/** Finishes or undoes what a process that died left in the journal; false while one is at work on the installation. */
export async function settle(
  { db, serving }: Settling,
  clock: Clock,
  installation: Installation,
): Promise<boolean> {
  try {
    using _lock = lockInstallation(installation);
    await recover({ db, clock, installation: { ...installation, serving } });
    settleAbandoned(db, clock);
    return true;
  } catch (error) {
    if (!(error instanceof AgentError && error.code === 'busy')) throw error;
    // Whoever has the lock may be fetching something, and changes nothing before it stands in the journal.
    return readJournal(db) === undefined;
  }
}
