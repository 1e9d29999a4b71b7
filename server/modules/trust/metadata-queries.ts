import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';

export type MetadataRole = 'root' | 'targets' | 'snapshot' | 'timestamp';
export type MetadataState = 'waiting' | 'signed' | 'live' | 'withdrawn';

export interface MetadataRow {
  readonly role: MetadataRole;
  readonly version: number;
  readonly body: Buffer;
  readonly state: MetadataState;
  readonly expires_at: string;
}

/** Whoever changes keys or metadata does it alone, and reads them after this. */
export async function lockTrust(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7234538)`.execute(db);
}

/** What is live, of each role the newest, and what waits or was signed. */
export async function readMetadataRows(db: Db): Promise<readonly MetadataRow[]> {
  const { rows } = await sql<MetadataRow>`
    select m.role, m.version, m.body, m.state, m.expires_at from trust_metadata m
    where m.state in ('waiting', 'signed')
      or m.state = 'live' and m.version = (select max(n.version) from trust_metadata n where n.role = m.role and n.state = 'live')
    order by m.role, m.version`.execute(db);
  return rows;
}

/** The highest version that each role ever had. */
export async function highestVersions(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ role: string; version: number }>`
    select role, max(version) as version from trust_metadata group by role`.execute(db);
  return new Map(rows.map(({ role, version }) => [role, version]));
}

export async function insertMetadata(db: Db, row: MetadataRow, at: string): Promise<void> {
  await sql`
    insert into trust_metadata (role, version, body, state, expires_at, created_at)
    values (${row.role}, ${row.version}, ${row.body}, ${row.state}, ${row.expires_at}, ${at}::timestamptz)
    on conflict (role, version) do update set body = excluded.body, expires_at = excluded.expires_at, created_at = excluded.created_at
    where trust_metadata.state = 'waiting'`.execute(db);
}

export async function writeMetadata(
  db: Db,
  role: MetadataRole,
  version: number,
  change: { readonly body?: Buffer; readonly state?: MetadataState },
): Promise<void> {
  await db
    .updateTable('trust_metadata')
    .set(change)
    .where('role', '=', role)
    .where('version', '=', version)
    .execute();
}

/** Those that were to follow but will not: waiting and signed targets up to a version. */
export async function withdrawTargets(db: Db, upTo: number): Promise<void> {
  await sql`
    update trust_metadata set state = 'withdrawn'
    where role = 'targets' and version <= ${upTo} and state in ('waiting', 'signed')`.execute(db);
}

/** Only the newest timestamp is ever asked for. */
export async function forgetTimestamps(db: Db, before: number): Promise<void> {
  await sql`delete from trust_metadata where role = 'timestamp' and version < ${before}`.execute(db);
}

/** One file as it is served: the newest timestamp, or a version of another role. */
export async function findLive(
  db: Db,
  role: MetadataRole,
  version: number | undefined,
): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('trust_metadata')
    .select('body')
    .where('role', '=', role)
    .where('state', '=', 'live')
    .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.body;
}

/** Everything that a static server needs: all roots, and of the rest what is live now. */
export async function readServed(db: Db): Promise<readonly MetadataRow[]> {
  const { rows } = await sql<MetadataRow>`
    select m.role, m.version, m.body, m.state, m.expires_at from trust_metadata m
    where m.state = 'live' and (m.role = 'root'
      or m.version = (select max(n.version) from trust_metadata n where n.role = m.role and n.state = 'live'))
    order by m.role, m.version`.execute(db);
  return rows;
}
