import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { type ReleaseRow, readChangeCount, readOffered } from './queries.ts';

const remembered = new WeakMap<Kit, { readonly count: string; readonly rows: readonly ReleaseRow[] }>();

/** The published releases, the newest version first. Read anew only after a release was changed. */
export async function offerable(kit: Kit, db: Db = kit.db): Promise<readonly ReleaseRow[]> {
  const count = await readChangeCount(db);
  const known = remembered.get(kit);
  if (known?.count === count) return known.rows;
  const rows = await readOffered(db);
  // What another transaction does at this moment has a count of its own, which the next one to ask will see.
  if (db === kit.db) remembered.set(kit, { count, rows });
  return rows;
}
