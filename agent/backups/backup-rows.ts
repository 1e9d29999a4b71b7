import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { type Manifest, manifestsBelow, sizeOf } from './manifest.ts';
import type { Vault } from './vault.ts';

/** Writes the row of a backup that is not proven yet. Its size is that of all it restores. */
export function recordBackup(db: DatabaseSync, name: string, manifest: Manifest): number {
  const { update_id, version, type, created_at, expires_at, description } = manifest;
  const isKnown = db.prepare('select 1 from system_updates where id = ?').get(update_id) !== undefined;
  const { lastInsertRowid } = db
    .prepare(
      `insert into update_backups (system_update_id, version, backup_type, database_backup_path, files_backup_path, backup_size,
         created_at, expires_at, notes, manifest) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      isKnown ? update_id : null,
      version,
      type,
      type === 'files_only' ? null : name,
      type === 'database_only' ? null : name,
      sizeOf(manifest),
      created_at,
      expires_at,
      description,
      name,
    );
  return Number(lastInsertRowid);
}

/** It was restored into scratch at that time; null: it cannot be restored. */
export function markProven(db: DatabaseSync, id: number, at: string | null): void {
  db.prepare(
    'update update_backups set is_restorable = ?2 is not null, verified_at = coalesce(?2, verified_at) where id = ?1',
  ).run(id, at);
}

/** @throws {AgentError} backup_not_found */
export function backupNamed(
  db: DatabaseSync,
  id: number,
): { readonly manifest: string; readonly isRestorable: boolean } {
  const row = db
    .prepare('select manifest, is_restorable from update_backups where id = ? and manifest is not null')
    .get(id);
  if (row === undefined)
    throw new AgentError('backup_not_found', {
      en: `There is no backup ${id}. \`backup:list\` shows those there are.`,
      id: `Cadangan ${id} tidak ada. \`backup:list\` menunjukkan yang ada.`,
    });
  return { manifest: String(row.manifest), isRestorable: row.is_restorable === 1 };
}

/**
 * Makes rows for manifests of the vault that have none: the agent was killed before it wrote one, or its state is new. They are to be
 * verified before they count as restorable. One whose manifest is gone loses its row.
 */
export async function adopt(
  db: DatabaseSync,
  vault: Vault,
  open: (name: string) => Promise<Manifest>,
): Promise<void> {
  const there = new Set<string>();
  for await (const [name] of vault.names(manifestsBelow)) there.add(name);
  const known = new Set<string>();
  for (const { manifest } of db
    .prepare('select manifest from update_backups where manifest is not null')
    .all())
    if (there.has(String(manifest))) known.add(String(manifest));
    else db.prepare('delete from update_backups where manifest = ?').run(String(manifest));
  for (const name of [...there].sort()) {
    if (known.has(name)) continue;
    const manifest = await open(name).catch((error: unknown) => {
      if (error instanceof AgentError && error.code === 'backup_damaged') return undefined;
      throw error;
    });
    if (manifest !== undefined) recordBackup(db, name, manifest);
  }
}
