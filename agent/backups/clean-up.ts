import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { adopt } from './backup-rows.ts';
import { type Backups, openManifest, verifyBackup } from './backups.ts';
import { chunksBelow } from './chunk-store.ts';
import { chunksOf, manifestsBelow } from './manifest.ts';

/**
 * Removes the backups that have expired, and those beyond the newest `keep` that can be restored, with every chunk that no other
 * needs. The newest that can be restored always stays. Killed anywhere, the next cleanup goes on. Returns the numbers of those removed.
 */
export async function cleanUpBackups(around: Backups, keep: number): Promise<readonly number[]> {
  const { db, vault, clock } = around;
  await adopt(db, vault, (name) => openManifest(around, name));
  const rows = db
    .prepare(
      `select id, manifest from (
         select id, manifest, expires_at, is_restorable,
           coalesce(sum(is_restorable) over (order by created_at desc, id desc rows between unbounded preceding and 1 preceding), 0) as newer
         from update_backups where manifest is not null)
       where (newer >= ?1 or expires_at <= ?2) and not (is_restorable = 1 and newer = 0)
       order by id`,
    )
    .all(Math.max(1, keep), instantText(clock.now()));
  for (const { id, manifest } of rows) {
    await vault.remove(String(manifest));
    db.prepare('delete from update_backups where id = ?').run(Number(id));
  }
  await removeUnneeded(around);
  return rows.map(({ id }) => Number(id));
}

async function removeUnneeded(around: Backups): Promise<void> {
  const needed = new Set<string>();
  for await (const [name] of around.vault.names(manifestsBelow)) {
    try {
      for (const chunk of chunksOf(await openManifest(around, name))) needed.add(chunk);
    } catch (error) {
      // One that cannot be read restores nothing. Of any other fault it is not known what it needs.
      if (!(error instanceof AgentError && error.code === 'backup_damaged')) throw error;
    }
  }
  const unneeded: string[] = [];
  for await (const [name] of around.vault.names(chunksBelow))
    if (!needed.has(name.slice(-64))) unneeded.push(name);
  for (const name of unneeded) await around.vault.remove(name);
}

/**
 * The schedule's proof: restores into scratch the backup that was proven longest ago, where that is more than `days` ago. Returns its
 * number; undefined where none is due.
 * @throws {AgentError} as verifyBackup, which is to be told to the owner
 */
export async function proveWhatIsDue(
  around: Backups,
  days: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const id = dueForProof(around.db, around.clock, days);
  if (id === undefined) return undefined;
  await verifyBackup(around, id, signal);
  return id;
}

/** The backup that was proven longest ago, where that is more than `days` ago; or before the clock was set back. */
export function dueForProof(db: DatabaseSync, clock: Clock, days: number): number | undefined {
  const now = clock.now();
  const row = db
    .prepare(
      `select id from update_backups where manifest is not null and is_restorable = 1 and (verified_at <= ? or verified_at > ?)
       order by verified_at, id limit 1`,
    )
    .get(instantText(now.subtract({ hours: 24 * days })), instantText(now));
  return row === undefined ? undefined : Number(row.id);
}
