import { type Selectable, sql } from 'kysely';
import type { DB, Db, Tx } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { ManifestFile } from '#release-metadata';

export type ReleaseRow = Selectable<DB['releases']>;

export interface ReleaseFilter extends PageRequest {
  readonly channel?: string | undefined;
  readonly state?: string | undefined;
}

export function listReleaseRows(db: Db, filter: ReleaseFilter) {
  const where = [
    ...(filter.channel ? [sql`t.channel = ${filter.channel}`] : []),
    ...(filter.state ? [sql`t.state = ${filter.state}`] : []),
  ];
  return listPage<ReleaseRow>(db, { select: sql`t.*`, from: sql`releases t`, where }, filter);
}

export function findRelease(db: Db, id: string): Promise<ReleaseRow | undefined> {
  return db.selectFrom('releases').selectAll().where('id', '=', id).executeTakeFirst();
}

export function findVersion(db: Db, version: string): Promise<ReleaseRow | undefined> {
  return db.selectFrom('releases').selectAll().where('version', '=', version).executeTakeFirst();
}

/** In the order of their versions, in which they are locked. */
export function draftsWithFiles(db: Db): Promise<ReleaseRow[]> {
  return db
    .selectFrom('releases')
    .selectAll()
    .where('state', '=', 'draft')
    .where('manifest_hash', 'is not', null)
    .orderBy('sort_key')
    .execute();
}

export function lockRelease(tx: Tx, id: string): Promise<ReleaseRow | undefined> {
  return tx.selectFrom('releases').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

type NewRelease = Pick<
  ReleaseRow,
  'id' | 'version' | 'sort_key' | 'channel' | 'created_at' | 'updated_at'
> & {
  readonly [K in keyof ReleaseRow]?: ReleaseRow[K] | undefined;
};

export function insertRelease(tx: Tx, { components, ...row }: NewRelease): Promise<ReleaseRow> {
  return tx
    .insertInto('releases')
    .values({ ...row, components: JSON.stringify(components ?? {}) })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function updateReleaseRow(
  tx: Tx,
  id: string,
  { components, ...values }: { readonly [K in Exclude<keyof ReleaseRow, 'id'>]?: ReleaseRow[K] | undefined },
): Promise<ReleaseRow> {
  return tx
    .updateTable('releases')
    .set({ ...values, ...(components === undefined ? {} : { components: JSON.stringify(components) }) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteReleaseRow(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('releases').where('id', '=', id).execute();
}

/** The drafts of these versions with these manifests are signed now; whatever else they are stays. */
export async function markSigned(
  tx: Tx,
  manifests: readonly { readonly version: string; readonly sha256: string }[],
  at: string,
): Promise<readonly ReleaseRow[]> {
  const { rows } = await sql<ReleaseRow>`
    update releases r set state = 'signed', updated_at = ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(manifests)}::jsonb) m(version text, sha256 text)
    where r.version = m.version and r.manifest_hash = m.sha256 and r.state = 'draft' returning r.*`.execute(
    tx,
  );
  return rows;
}

/** Puts these files in the place of those it had. */
export async function replaceFiles(tx: Tx, releaseId: string, files: readonly ManifestFile[]): Promise<void> {
  await sql`
    with gone as (delete from release_files where release_id = ${releaseId} and path <> all(${files.map(({ path }) => path)}::text[]))
    insert into release_files (release_id, path, hash, size, executable)
    select ${releaseId}::uuid, f.path, f.hash, f.size, f.executable
    from json_to_recordset(${JSON.stringify(files)}::json) f(path text, hash text, size bigint, executable boolean)
    on conflict (release_id, path) do update set hash = excluded.hash, size = excluded.size, executable = excluded.executable`.execute(
    tx,
  );
}

/** In the order of their paths' bytes, as manifests have them. */
export async function filesOfRelease(db: Db, releaseId: string): Promise<ManifestFile[]> {
  const rows = await db
    .selectFrom('release_files')
    .select(['path', 'hash', 'size', 'executable'])
    .where('release_id', '=', releaseId)
    .orderBy('path')
    .execute();
  return rows.map((row) => ({ ...row, size: Number(row.size) }));
}

/** What is offered now, the newest version first, and the count of changes it is as of. */
export async function readOffered(db: Db): Promise<readonly ReleaseRow[]> {
  return db
    .selectFrom('releases')
    .selectAll()
    .where('state', '=', 'published')
    .orderBy('sort_key', 'desc')
    .execute();
}

export async function readChangeCount(db: Db): Promise<string> {
  const { version } = await db.selectFrom('release_state').select('version').executeTakeFirstOrThrow();
  return String(version);
}
