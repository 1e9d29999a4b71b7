import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { throwawaySettings } from '#embedded-postgres';
import { systemClock } from '#kit/clock.ts';
import { createPool } from '#kit/db.ts';
import { startEmbedded } from '#kit/embedded.ts';
import { migrateJobs } from '#kit/jobs.ts';
import { migrate, shippedMigrations } from '#kit/migrate.ts';

const digest = createHash('sha256')
  .update(
    shippedMigrations()
      .map((migration) => migration.checksum)
      .join(),
  )
  .digest('hex');
const template = `nadi_template_${digest.slice(0, 12)}`;

/** The server of this test run: the one `./nadi test` started, or for a single file one of its own. */
const server = openServer();

async function openServer(): Promise<string> {
  const given = process.env.NADI_TEST_DATABASE;
  if (given !== undefined) return given;
  const dataDir = join(tmpdir(), `nadi-test-${process.getuid?.() ?? 0}`);
  const embedded = await startEmbedded({
    dataDir,
    onBusy: 'connect',
    settings: throwawaySettings,
    command: 'a test',
  });
  return embedded.url;
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

/** A database of its own, cloned from a template that all migrations made. Kept when `NADI_TEST_KEEP` is set. */
export async function testDatabase(): Promise<TestDatabase> {
  const base = await server;
  const name = `t_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await asAdmin(base, async (client) => {
    await client.query('select pg_advisory_lock(7234503)');
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
    if (rowCount === 0) await makeTemplate(base, client);
    await client.query(`create database ${name} template ${template} strategy wal_log`);
    await client.query('select pg_advisory_unlock(7234503)');
  });
  return {
    url: withDatabase(base, name),
    name,
    async [Symbol.asyncDispose]() {
      if (process.env.NADI_TEST_KEEP) return;
      await asAdmin(base, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** A database without any table. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const base = await server;
  const name = `e_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  await asAdmin(base, (client) => client.query(`create database ${name} template template0`));
  return {
    url: withDatabase(base, name),
    name,
    [Symbol.asyncDispose]: () =>
      asAdmin(base, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

async function makeTemplate(base: string, client: pg.Client): Promise<void> {
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft} template template0`);
  const pool = createPool(withDatabase(base, draft), { max: 2, name: 'template' });
  await migrate(pool, systemClock, { also: () => migrateJobs(pool) });
  await pool.end();
  await client.query(`alter database ${draft} rename to ${template}`);
}

async function asAdmin<T>(base: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: base });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The connection string with another database name, also for the form with an empty host. */
function withDatabase(url: string, name: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`);
}
