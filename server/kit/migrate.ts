import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolClient } from 'pg';
import { type Clock, instantText } from './clock.ts';
import type { Pool } from './db.ts';
import { UserError } from './errors.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /** Whether the previous version of the code still runs on the schema after this migration. */
  readonly compatible: boolean;
}

export interface MigrationState extends Migration {
  readonly appliedAt: string | undefined;
}

export interface MigrateOptions {
  /** The last migration to apply; without it, the newest. */
  readonly upTo?: string;
  /** More to bring up to date under the same lock. */
  readonly also?: () => Promise<void>;
}

const folder = join(import.meta.dirname, '../migrations');
/** Any constant: nodes that start together queue on it. */
const lockKey = 7_234_501;

/** The migrations shipped with this version, in order. Throws if one does not say whether it is compatible. */
export function shippedMigrations(): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8');
      const compatible = /^-- compatible: (yes|no)$/m.exec(sql)?.[1];
      if (compatible === undefined) throw new Error(`${file} lacks its line "-- compatible: yes|no".`);
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: file.replace(/\.sql$/, ''), sql, checksum, compatible: compatible === 'yes' };
    });
}

/**
 * Brings the database to `upTo`, one transaction a migration, under a lock of the whole
 * database, so that any number of nodes may call it at once. Returns the names applied by this call.
 * @throws {UserError} when an applied migration was edited, or the database is newer than this version.
 */
export async function migrate(
  pool: Pool,
  clock: Clock,
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    try {
      const done = await applyMissing(client, clock, options.upTo);
      await options.also?.();
      return done;
    } finally {
      await client.query('select pg_advisory_unlock($1)', [lockKey]);
    }
  } finally {
    client.release();
  }
}

async function applyMissing(client: PoolClient, clock: Clock, upTo: string | undefined): Promise<string[]> {
  await client.query(
    `create table if not exists schema_migrations (
       name text primary key, checksum text not null, compatible boolean not null, applied_at timestamptz not null)`,
  );
  const done: string[] = [];
  for (const migration of await states(client)) {
    if (migration.appliedAt !== undefined) continue;
    if (upTo !== undefined && migration.name > upTo) break;
    await applyOne(client, migration, clock);
    done.push(migration.name);
  }
  return done;
}

async function applyOne(client: PoolClient, migration: Migration, clock: Clock): Promise<void> {
  try {
    await client.query('begin');
    await client.query(migration.sql);
    await client.query('insert into schema_migrations values ($1, $2, $3, $4)', [
      migration.name,
      migration.checksum,
      migration.compatible,
      instantText(clock.now()),
    ]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`Migration ${migration.name} failed and was undone.`, { cause });
  }
}

/** Every shipped migration with when it was applied, if it was. */
export async function migrationStatus(pool: Pool): Promise<readonly MigrationState[]> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query("select to_regclass('schema_migrations') is not null as known");
    if (rows[0]?.known) return await states(client);
    return shippedMigrations().map((migration) => ({ ...migration, appliedAt: undefined }));
  } finally {
    client.release();
  }
}

async function states(client: PoolClient): Promise<MigrationState[]> {
  const { rows } = await client.query<{ name: string; checksum: string; applied_at: string }>(
    'select name, checksum, applied_at from schema_migrations order by name',
  );
  const applied = new Map(rows.map((row) => [row.name, row]));
  const shipped = shippedMigrations();
  const unknown = rows.find((row) => !shipped.some((migration) => migration.name === row.name));
  if (unknown) {
    throw new UserError(
      `The database was migrated by a newer version of Nadi (${unknown.name}). Start that version, or restore a backup made before it.`,
    );
  }
  return shipped.map((migration) => {
    const row = applied.get(migration.name);
    if (row && row.checksum !== migration.checksum) {
      throw new UserError(
        `Migration ${migration.name} differs from the one this database was migrated with.`,
      );
    }
    return { ...migration, appliedAt: row?.applied_at };
  });
}
