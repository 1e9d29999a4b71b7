import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { BackupTimes } from '../config/backup-settings.ts';
import { AgentError, type Said } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import { notify } from '../notices/notify.ts';
import { recall, remember } from '../state/memory.ts';
import type { Agent } from '../update/installation.ts';
import { currentVersion } from '../update/version-file.ts';
import { createBackup } from './backups.ts';
import { backupsOf } from './backups-of.ts';
import { cleanUpBackups, dueForProof, proveWhatIsDue } from './clean-up.ts';

const hourMs = 60 * 60 * 1000;
/** What failed is tried again after an hour, and not in every round. */
const failedAt = 'backup failed at';

/** Whether one is to be made or proven now. A clock that was set back makes what lies in the future count for nothing. */
export function isBackupDue(agent: Pick<Agent, 'db' | 'clock'>, times: BackupTimes): boolean {
  const failed = recall(agent.db, failedAt, z.number());
  if (failed !== undefined && isWithin(failed, hourMs, agent.clock)) return false;
  return isCreationDue(agent, times) || isProofDue(agent, times);
}

function isCreationDue({ db, clock }: Pick<Agent, 'db' | 'clock'>, { everyHours }: BackupTimes): boolean {
  if (everyHours === undefined) return false;
  const rows = db
    .prepare(`select created_at from update_backups where backup_type = 'full' and is_restorable = 1`)
    .all();
  return !rows.some(({ created_at: at }) =>
    isWithin(Temporal.Instant.from(String(at)).epochMilliseconds, everyHours * hourMs, clock),
  );
}

const isProofDue = ({ db, clock }: Pick<Agent, 'db' | 'clock'>, { proveDays }: BackupTimes): boolean =>
  proveDays !== undefined && dueForProof(db, clock, proveDays) !== undefined;

function isWithin(at: number, ms: number, clock: Clock): boolean {
  const ago = clock.now().epochMilliseconds - at;
  return ago >= 0 && ago < ms;
}

/**
 * Makes the backup that is due, removes those that are too many, and proves one that is due. What fails is told as a notice, and tried
 * again after an hour. The lock is held.
 */
export async function backUpWhatIsDue(
  agent: Agent,
  times: BackupTimes,
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const { db, clock, installation } = agent;
  const { seconds, keep } = installation.backups;
  const version = currentVersion(installation);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  const told: Said[] = [];
  let what = words.make;
  try {
    const backups = backupsOf(agent);
    if (isCreationDue(agent, times)) {
      const id = await createBackup(backups, { type: 'full', version, description: 'scheduled' }, limit);
      told.push({ en: `Backup ${id} was made and proven.`, id: `Cadangan ${id} dibuat dan terbukti.` });
      await cleanUpBackups(backups, keep);
    }
    what = words.prove;
    const proven =
      times.proveDays === undefined ? undefined : await proveWhatIsDue(backups, times.proveDays, limit);
    if (proven !== undefined)
      told.push({ en: `Backup ${proven} was proven again.`, id: `Cadangan ${proven} terbukti lagi.` });
    return told;
  } catch (thrown) {
    signal.throwIfAborted();
    const said = saidOf(thrown);
    remember(db, clock, failedAt, clock.now().epochMilliseconds);
    const message = `${what} ${said.en}`;
    notify(db, clock, { version, type: 'backup_trouble', message, once: 'until-read' });
    return [...told, said];
  }
}

const words = {
  make: 'Cadangan terjadwal gagal. / The scheduled backup failed.',
  prove: 'Sebuah cadangan tidak terbukti lagi. / A backup could not be proven again.',
};

/** Databases and buckets fail in words of their own. */
function saidOf(thrown: unknown): Said {
  const error = thrown instanceof AgentError ? thrown : ofTheMachine(thrown);
  if (error !== undefined) return error.said;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return { en: why, id: why };
}
