import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { AgentError } from '../errors.ts';
import { keep } from '../tree/durable.ts';
import { Client, type Program, printInto } from './client-program.ts';
import { compareContents, type Database, refuseCut } from './database.ts';
import { type Admin, connect } from './postgres-connection.ts';
import { contentsOfPostgres, sequencesOf } from './postgres-contents.ts';
import { clientFolder } from './postgres-tools.ts';
import { startScratchPostgres } from './scratch-postgres.ts';

/**
 * A PostgreSQL of the owner's, copied by `pg_dump` of its major version or a newer one. A restore is one transaction: killed anywhere,
 * the database is what it was. It needs the database's owner, or a superuser.
 */
export function postgresDatabase(name: string, url: string): Database {
  return {
    name,
    async count() {
      await using admin = await connect(url);
      await admin.client.query('begin isolation level repeatable read, read only');
      return (await contentsOfPostgres(admin.client)).counted;
    },
    async size() {
      await using admin = await connect(url);
      await clientFolder(admin.major);
      const { rows } = await admin.client.query<{ bytes: string }>(
        'select pg_database_size(current_database()) as bytes',
      );
      return Number(rows[0]?.bytes);
    },
    async copyTo(file, signal) {
      await using admin = await connect(url);
      const { client } = admin;
      const folder = await clientFolder(admin.major);
      await client.query('begin isolation level repeatable read, read only');
      await refuseLargeObjects(name, client);
      const { rows } = await client.query<{ id: string }>('select pg_export_snapshot() as id');
      const before = await sequencesOf(client);
      // What is counted is what is copied, whoever writes meanwhile.
      const args = ['--format=plain', '--encoding=UTF8', '--no-blobs', `--snapshot=${rows[0]?.id}`];
      await printInto(program(join(folder, 'pg_dump'), url, args), file, signal);
      keep(dirname(file));
      const { counted, roles } = await contentsOfPostgres(client);
      const still = Object.entries(counted).filter(([what, is]) => (before[what] ?? is) === is);
      return { counted: Object.fromEntries(still), ...(roles === undefined ? {} : { roles }) };
    },
    async restore(file) {
      await refuseCut(name, file, trailer);
      await using admin = await connect(url);
      const folder = await clientFolder(admin.major);
      // Also what a killed agent left behind.
      await admin.client.query(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      );
      await load(join(folder, 'psql'), url, file, admin);
    },
    async prove(file, contents, scratch, signal) {
      await refuseCut(name, file, trailer);
      await using admin = await connect(url);
      const folder = await clientFolder(admin.major);
      await using server = await startScratchPostgres(admin.major, dirname(scratch), signal);
      await using inside = await connect(server.url);
      for (const role of contents.roles ?? [])
        await inside.client.query(`create role ${pg.escapeIdentifier(role)}`);
      await load(join(folder, 'psql'), server.url, file, inside);
      await inside.client.query('begin');
      compareContents(name, contents, (await contentsOfPostgres(inside.client)).counted);
    },
  };
}

/** pg_dump commits in the middle where it restores them. */
async function refuseLargeObjects(name: string, client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_largeobject_metadata limit 1');
  if (rowCount === 0) return;
  throw new AgentError('large_objects', {
    en: `The database ${name} holds large objects (lo_create), which cannot be restored in one piece. Keep such files outside of it, or in columns of type bytea.`,
    id: `Basis data ${name} berisi large object (lo_create), yang tidak dapat dipulihkan sekaligus. Simpan berkas itu di luar basis data, atau di kolom bytea.`,
  });
}

function program(command: string, url: string, args: readonly string[], application = 'nadi agent'): Program {
  const { shown, password } = withoutPassword(url);
  return {
    command,
    args: [...args, `--dbname=${shown}`],
    environment: {
      PATH: '/usr/bin:/bin',
      LC_ALL: 'C.UTF-8',
      PGCLIENTENCODING: 'UTF8',
      PGAPPNAME: application,
      PGCONNECT_TIMEOUT: '10',
      ...(password === '' ? {} : { PGPASSWORD: password }),
    },
  };
}

function withoutPassword(url: string): { readonly shown: string; readonly password: string } {
  const [, before = '', password = ''] = /^(postgres(?:ql)?:\/\/[^:@/?]*):([^@/?]*)@/.exec(url) ?? [];
  if (password === '') return { shown: url, password: '' };
  return {
    shown: before + url.slice(before.length + 1 + password.length),
    password: decodeURIComponent(password),
  };
}

/** All that the owner made, and then the schema that every new database has. */
const clear = (major: number) => `
begin;
do $clear$
declare
  each text;
  keeper text := (select nspowner::regrole::text from pg_namespace where nspname = 'public');
begin
  for each in select quote_ident(nspname) from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute 'drop schema if exists ' || each || ' cascade';
  end loop;
  execute 'create schema public' || coalesce(' authorization ' || keeper, '');
end
$clear$;
grant ${major >= 15 ? 'usage' : 'all'} on schema public to public;
`;

/** Should the copy be damaged so that it ends within a table's rows, psql would take what follows for more of them. */
const endOfRows = '\n\\set ON_ERROR_STOP 0\n\\.\n\\set ON_ERROR_STOP 1\n';
const trailer = 'PostgreSQL database dump complete';

const blockersEvery = 200;

/** Makes the database what the file holds in one transaction, which is committed only once all of it has gone well. */
async function load(psql: string, url: string, file: string, { client, major }: Admin): Promise<void> {
  const application = `nadi-restore-${randomUUID()}`;
  const args = [
    '--no-psqlrc',
    '--quiet',
    '--set=ON_ERROR_STOP=1',
    '--set=VERBOSITY=terse',
    '--output=/dev/null',
  ];
  await using loader = new Client(program(psql, url, args, application));
  await loader.ask((marker) => `\\warn ${marker}\n`);
  // Who connects anew and holds what is to be dropped.
  const timer = setInterval(() => {
    client
      .query(
        `select pg_terminate_backend(blocker) from pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) blocker where application_name = $1`,
        [application],
      )
      .catch(() => {}); // Seen by the restore itself.
  }, blockersEvery);
  try {
    await loader.feed([clear(major)]);
    await loader.feed(createReadStream(file));
    await loader.ask((marker) => `${endOfRows}\\warn ${marker}\n`);
    await loader.ask((marker) => `commit;\n\\warn ${marker}\n`);
    await loader.end();
  } finally {
    clearInterval(timer);
  }
}
