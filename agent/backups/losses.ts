import { join } from 'node:path';
import { statsOf } from '../tree/inside.ts';
import { backupNamed } from './backup-rows.ts';
import { type Backups, openManifest } from './backups.ts';
import { stands, strangersTo } from './stage-restore.ts';

/** What a table held in the backup and holds now; undefined where it was or is not there, or could not be counted. */
export interface Loss {
  readonly what: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** What would be lost: each table whose rows differ from those of the backup. A database that cannot be read is lost as a whole. */
export async function lossesOf(around: Backups, id: number): Promise<readonly Loss[]> {
  const { databases } = await openManifest(around, backupNamed(around.db, id).manifest);
  const losses: Loss[] = [];
  for (const { name, contents } of databases) {
    const database = around.databases.find((each) => each.name === name);
    if (database === undefined) continue;
    const now = await database.count().catch(() => undefined);
    if (now === undefined) losses.push({ what: name, before: undefined, now: undefined });
    else
      for (const what of new Set([...Object.keys(contents.counted), ...Object.keys(now)])) {
        const [before, after] = [contents.counted[what], now[what]];
        if (before !== after) losses.push({ what: `${name}: ${what}`, before, now: after });
      }
  }
  return losses;
}

/** Files that are there now and would be replaced or taken away. */
export async function fileLossesOf(
  around: Backups,
  id: number,
): Promise<{ readonly replaced: readonly string[]; readonly gone: readonly string[] }> {
  const { tree, type } = await openManifest(around, backupNamed(around.db, id).manifest);
  if (type === 'database_only') return { replaced: [], gone: [] };
  const replaced: string[] = [];
  for (const entry of tree) {
    if (entry.is === 'folder') continue;
    const place = join(around.root, entry.path);
    if (statsOf(place) !== undefined && !(await stands(place, entry))) replaced.push(entry.path);
  }
  return { replaced, gone: strangersTo(around, tree).files };
}
