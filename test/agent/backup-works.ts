import { join } from 'node:path';
import { createBackup } from '../../agent/backups/backups.ts';
import { cleanUpBackups } from '../../agent/backups/clean-up.ts';
import { stageRestore } from '../../agent/backups/stage-restore.ts';
import { recover, runRestore } from '../../agent/update/run-update.ts';
import { never, openWorld } from './backup-world.ts';

/** As an agent does on its start: it finishes or undoes what was left. */
export async function recoverOnce(folder: string): Promise<void> {
  using world = openWorld(folder);
  await recover({ db: world.backups.db, clock: world.backups.clock, installation: world.installation });
}

export async function backUpOnce(folder: string): Promise<number> {
  using world = openWorld(folder);
  return await createBackup(world.backups, { type: 'full', version: '1.0.0' }, never);
}

export async function cleanUpOnce(folder: string): Promise<void> {
  using world = openWorld(folder);
  await cleanUpBackups(world.backups, 1);
}

/** Restores the first backup, whole. */
export async function restoreOnce(folder: string): Promise<void> {
  using world = openWorld(folder);
  const { backups, installation } = world;
  const agent = { db: backups.db, clock: backups.clock, installation };
  await recover(agent);
  const input = await stageRestore(
    backups,
    1,
    'full',
    { stage: join(installation.folder, 'restore'), previous: '1.1.0', skipsCopies: false },
    never,
  );
  await runRestore(agent, input, never);
}
