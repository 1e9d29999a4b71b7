import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBackup } from '../backups/backups.ts';
import { backupsOf } from '../backups/backups-of.ts';
import { type Loss, lossesOf, type RestoreScope, stageRestore } from '../backups/stage-restore.ts';
import { AgentError, type Said } from '../errors.ts';
import { runRestore } from '../update/run-update.ts';
import { currentVersion } from '../update/version-file.ts';
import { agentOf, type Opened, type Result } from './context.ts';

export interface Wish {
  readonly scope: RestoreScope;
  readonly acceptsLoss: boolean;
  readonly skipsBackup: boolean;
}

/**
 * Brings a backup back, once whoever asks accepts what is lost by it (decisions.md, Updates). What is there now is backed up before, so that
 * even that is not lost for good. The lock is held.
 * @throws {AgentError} where the backup cannot be restored, what is there cannot be backed up, or it was undone
 */
export async function restore(opened: Opened, id: number, wish: Wish): Promise<Result> {
  const { config, signal } = opened;
  const { installation } = config;
  const agent = agentOf(opened);
  const backups = backupsOf(agent);
  const { scope, acceptsLoss, skipsBackup } = wish;
  const losses = scope === 'files' ? [] : await lossesOf(backups, id);
  if (losses.length > 0 && !acceptsLoss) return refusal(id, losses);
  const previous = currentVersion(installation);
  if (!skipsBackup) await backUpFirst(opened, id, previous);
  const stage = join(installation.folder, 'restore');
  const plan = { stage, previous, skipsCopies: skipsBackup };
  const input = await stageRestore(backups, id, scope, plan, signal).catch((error: unknown) => {
    rmSync(stage, { recursive: true, force: true });
    throw error;
  });
  const outcome = await runRestore(agent, input, signal);
  if (outcome.is === 'undone')
    throw new AgentError('restore_failed', {
      en: `Backup ${id} could not be restored, and all is as it was. ${outcome.reason}`,
      id: `Cadangan ${id} tidak dapat dipulihkan, dan semuanya tetap seperti semula. ${outcome.reason}`,
    });
  const done: Said = {
    en: `Backup ${id} was restored: version ${input.version}.`,
    id: `Cadangan ${id} sudah dipulihkan: versi ${input.version}.`,
  };
  return { lines: [done], json: { status: 'restored', id, version: input.version } };
}

function refusal(id: number, losses: readonly Loss[]): Result {
  const lines = losses.map(({ what, before, now }): Said => {
    const [then, rows] = [rowsOf(before), rowsOf(now)];
    return then === rows
      ? { en: `  ${what}: changed`, id: `  ${what}: berubah` }
      : {
          en: `  ${what}: ${rows ?? 'no'} rows now, ${then ?? 'no'} then`,
          id: `  ${what}: ${rows ?? 'tanpa'} baris sekarang, ${then ?? 'tanpa'} waktu itu`,
        };
  });
  return {
    lines: [
      {
        en: `Nothing was changed yet. Since backup ${id} this changed, and would be as it was then:`,
        id: `Belum ada yang diubah. Sejak cadangan ${id} ini berubah, dan akan kembali seperti waktu itu:`,
      },
      ...lines,
      {
        en: 'With --accept-loss it is restored. What is there now is backed up first.',
        id: 'Dengan --accept-loss cadangan dipulihkan. Keadaan sekarang dicadangkan lebih dulu.',
      },
    ],
    json: {
      status: 'loss_not_accepted',
      losses: losses.map(({ what, before, now }) => ({
        what,
        rows_then: rowsOf(before) ?? null,
        rows_now: rowsOf(now) ?? null,
      })),
    },
    code: 1,
  };
}

/** What was counted begins with how many rows there are. */
function rowsOf(counted: string | undefined): number | undefined {
  const [rows] = /^\d+(?= )/.exec(counted ?? '') ?? [];
  return rows === undefined ? undefined : Number(rows);
}

async function backUpFirst(opened: Opened, id: number, version: string): Promise<void> {
  const { signal } = opened;
  const wish = { type: 'full', version, description: `before restoring ${id}` } as const;
  try {
    await createBackup(backupsOf(agentOf(opened)), wish, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const said = cause instanceof AgentError ? cause.said : undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError(
      'cannot_back_up',
      {
        en: `What is there now cannot be backed up, so nothing was restored: ${said?.en ?? why} --no-backup restores without that.`,
        id: `Keadaan sekarang tidak dapat dicadangkan, jadi belum ada yang dipulihkan: ${said?.id ?? why} --no-backup memulihkan tanpa itu.`,
      },
      { cause },
    );
  }
}
