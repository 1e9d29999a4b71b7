import { sql } from 'kysely';
import type { Db, Tx } from '#kit/db.ts';
import type { Change } from '#release-metadata';

export type PatchKind = 'zip' | 'delta' | 'full';

export interface KnownPatch {
  readonly id: string;
  readonly kind: PatchKind;
  readonly hash: string;
  readonly size: number;
  readonly changes: readonly Change[];
  readonly last_used_at: string;
}

const columns = sql`p.id, p.kind, p.hash, p.size::float8 as size, p.changes, p.last_used_at`;

export async function findPatch(
  db: Db,
  { fromId, toId, kind }: { readonly fromId: string | null; readonly toId: string; readonly kind: PatchKind },
): Promise<KnownPatch | undefined> {
  const { rows } = await sql<KnownPatch>`
    select ${columns} from release_patches p
    where p.to_release_id = ${toId} and p.kind = ${kind} and p.from_release_id is not distinct from ${fromId}`.execute(
    db,
  );
  return rows[0];
}

/** The patches to a release, the newest first. */
export async function patchesTo(db: Db, releaseId: string) {
  const { rows } = await sql<{
    from_version: string | null;
    kind: PatchKind;
    size: number;
    changes: number;
    created_at: string;
  }>`
    select f.version as from_version, p.kind, p.size::float8 as size, jsonb_array_length(p.changes) as changes, p.created_at
    from release_patches p left join releases f on f.id = p.from_release_id
    where p.to_release_id = ${releaseId} order by p.created_at desc, p.id desc limit 500`.execute(db);
  return rows;
}

/** Of two nodes that made the same, one is kept. */
export async function insertPatch(
  tx: Tx,
  patch: {
    readonly id: string;
    readonly fromId: string | null;
    readonly toId: string;
    readonly kind: PatchKind;
    readonly hash: string;
    readonly size: number;
    readonly changes: readonly Change[];
    readonly at: string;
  },
): Promise<void> {
  await sql`
    insert into release_patches (id, from_release_id, to_release_id, kind, hash, size, changes, created_at, last_used_at)
    values (${patch.id}, ${patch.fromId}, ${patch.toId}, ${patch.kind}, ${patch.hash}, ${patch.size}, ${JSON.stringify(patch.changes)}::jsonb, ${patch.at}, ${patch.at})
    on conflict (from_release_id, to_release_id, kind) do nothing`.execute(tx);
}

export async function notePatchUse(db: Db, id: string, at: string): Promise<void> {
  await db.updateTable('release_patches').set({ last_used_at: at }).where('id', '=', id).execute();
}

/** Forgets patches that nobody asked for since; the whole package of what is offered stays. */
export async function deleteUnusedPatches(db: Db, before: string): Promise<void> {
  await sql`
    delete from release_patches p using releases r
    where r.id = p.to_release_id and p.last_used_at < ${before} and not (p.kind = 'full' and r.state = 'published')`.execute(
    db,
  );
}

/** What is offered and has no whole package yet. */
export async function withoutPackage(db: Db): Promise<string[]> {
  const { rows } = await sql<{ version: string }>`
    select r.version from releases r
    where r.state = 'published' and not exists (
      select from release_patches p where p.to_release_id = r.id and p.kind = 'full' and p.from_release_id is null)
    order by r.sort_key desc`.execute(db);
  return rows.map(({ version }) => version);
}
