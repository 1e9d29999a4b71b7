import { createBackup } from '../../agent/backups/backups.ts';
import { cleanUpBackups } from '../../agent/backups/clean-up.ts';
import { recover } from '../../agent/update/run-update.ts';
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
