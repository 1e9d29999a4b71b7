import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { Database } from '../../agent/databases/database.ts';
import { type MysqlAddress, mysqlDatabase } from '../../agent/databases/mysql.ts';
import { contentsOfMysql } from '../../agent/databases/mysql-contents.ts';
import { postgresDatabase } from '../../agent/databases/postgres.ts';
import { contentsOfPostgres } from '../../agent/databases/postgres-contents.ts';
import { digestOfSqlite, sqliteDatabase } from '../../agent/databases/sqlite.ts';
import { mariadbMissing, startMariadb } from '../support/mariadb.ts';
import { postgres15Missing, startPostgres15 } from '../support/postgres-15.ts';

/** The server that worlds have their databases on: where it is, and how it is ended. */
export interface WorldServer extends AsyncDisposable {
  readonly address: string;
}

/** A kind of database that the matrix is run with. Each world has one of its own, named for its folder; `server` is the address of its server. */
export interface WorldDatabase {
  /** Why it cannot be tested here. */
  readonly missing: string | false;
  start(): Promise<WorldServer>;
  /** Makes one with a few rows. */
  make(folder: string, server: string): Promise<void>;
  of(folder: string, server: string): Database;
  /** A migration that is not one transaction, as most are not. */
  migration(folder: string, server: string): readonly string[];
  /** All that it holds. */
  digest(folder: string, server: string): Promise<string>;
  /** Gives a world that was copied with its folder what the other one has. */
  copy(from: string, to: string, server: string): Promise<void>;
  drop(folder: string, server: string): Promise<void>;
}

const run = promisify(execFile);
const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const nameOf = (folder: string): string => `w${short(folder)}`;
const fileOf = (folder: string): string => join(folder, 'app.sqlite');
const nothing = async (): Promise<void> => {};

/** Each statement is a transaction of its own, as in most migrations. */
const migrateSqlite = `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
  db.exec('alter table users add column phone text');
  db.exec("update users set phone = '0812' || id");
  db.exec('create table bills (id integer primary key)');`;

const sqlite: WorldDatabase = {
  missing: false,
  start: async () => ({ address: '', [Symbol.asyncDispose]: nothing }),
  async make(folder) {
    const db = new DatabaseSync(fileOf(folder));
    db.exec(
      `pragma journal_mode = wal; create table users (id integer primary key, name text); insert into users (name) values ('Sari'), ('Budi')`,
    );
    db.close();
  },
  of: (folder) => sqliteDatabase('app', fileOf(folder)),
  migration: (folder) => [process.execPath, '-e', migrateSqlite, fileOf(folder)],
  digest: async (folder) => digestOfSqlite(fileOf(folder)).slice(0, 16),
  // It lies in the folder.
  copy: nothing,
  drop: nothing,
};

const rows = `create table users (id int primary key, name varchar(50)); insert into users values (1, 'Sari'), (2, null);
  create view named as select * from users where name is not null;`;
/** Each is a transaction of its own. */
const migration = [
  'alter table users add column phone varchar(20)',
  `update users set phone = concat('0812', id)`,
  'create table bills (id int primary key)',
  'drop view named',
];

async function askPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What is not counted by the agent itself, too: columns, views, functions, indexes and who owns them. */
const schemaOfPostgres = `select string_agg(line, E'\n' order by line) as text from (
  select concat_ws(' ', table_schema, table_name, column_name, ordinal_position, data_type, is_nullable, column_default) as line from information_schema.columns where table_schema !~ '^(pg_|information_schema)'
  union all select concat_ws(' ', schemaname, viewname, viewowner, definition) from pg_views where schemaname !~ '^(pg_|information_schema)'
  union all select concat_ws(' ', schemaname, tablename, tableowner) from pg_tables where schemaname !~ '^(pg_|information_schema)'
  union all select indexdef from pg_indexes where schemaname !~ '^(pg_|information_schema)'
  union all select concat_ws(' ', nspname, nspowner::regrole, nspacl) from pg_namespace where nspname !~ '^(pg_|information_schema)') each`;

const postgresUrl = (folder: string, server: string): string =>
  server.replace('nadi@/postgres', `app@/${nameOf(folder)}`);

const postgres: WorldDatabase = {
  missing: postgres15Missing,
  async start() {
    const { url, ...rest } = await startPostgres15();
    await askPostgres(url, (admin) => admin.query('create role app login'));
    return { address: url, [Symbol.asyncDispose]: rest[Symbol.asyncDispose] };
  },
  async make(folder, server) {
    await askPostgres(server, (admin) => admin.query(`create database ${nameOf(folder)} owner app`));
    await askPostgres(postgresUrl(folder, server), (own) =>
      own.query(
        `${rows} create sequence bill_number; select nextval('bill_number'); create index on users (name)`,
      ),
    );
  },
  of: (folder, server) => postgresDatabase('app', postgresUrl(folder, server)),
  migration: (folder, server) => [
    'psql',
    '--no-psqlrc',
    '--quiet',
    postgresUrl(folder, server),
    ...migration.flatMap((each) => ['-c', each]),
  ],
  digest: (folder, server) =>
    askPostgres(postgresUrl(folder, server), async (client) => {
      await client.query('begin');
      const { counted } = await contentsOfPostgres(client);
      const { rows: schema } = await client.query<{ text: string }>(schemaOfPostgres);
      return short(JSON.stringify([Object.entries(counted).sort(), schema[0]?.text]));
    }),
  copy: (from, to, server) =>
    askPostgres(
      server,
      async (admin) =>
        void (await admin.query(`create database ${nameOf(to)} owner app template ${nameOf(from)}`)),
    ),
  drop: (folder, server) =>
    askPostgres(
      server,
      async (admin) => void (await admin.query(`drop database if exists ${nameOf(folder)} with (force)`)),
    ),
};

const mariadbAddress = (folder: string, socket: string): MysqlAddress => ({
  database: nameOf(folder),
  user: 'app',
  password: 'rahasia',
  host: '127.0.0.1',
  port: 3306,
  socket,
});

async function askMariadb<T>(
  socket: string,
  work: (connection: Awaited<ReturnType<typeof createConnection>>) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({ socketPath: socket, user: 'root', multipleStatements: true });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

const schemaOfMariadb = (database: string): string => `
  select concat_ws(' ', table_name, column_name, ordinal_position, column_type, is_nullable, column_default) as line from information_schema.columns where table_schema = '${database}'
  union all select concat_ws(' ', table_name, view_definition) from information_schema.views where table_schema = '${database}'
  union all select concat_ws(' ', table_name, engine, table_collation) from information_schema.tables where table_schema = '${database}' order by 1`;

const mariadb: WorldDatabase = {
  missing: mariadbMissing,
  async start() {
    const server = await startMariadb();
    await server.admin.query(
      `create user app@localhost identified by 'rahasia'; grant all on \`w%\`.* to app@localhost`,
    );
    return { address: server.socket, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  make: (folder, server) =>
    askMariadb(server, async (admin) => {
      const name = nameOf(folder);
      // The application makes what is its own.
      await admin.query(`create database ${name} character set utf8mb4`);
      const own = await createConnection({ ...connecting(folder, server), multipleStatements: true });
      await own.query(`${rows} create procedure pay(n int) begin delete from users where id = n; end;
        create event daily on schedule every 1 day do delete from users where id = 99;`);
      await own.end();
    }),
  of: (folder, server) => mysqlDatabase('app', mariadbAddress(folder, server)),
  migration: (folder, server) => [
    'mariadb',
    '--no-defaults',
    `--socket=${server}`,
    '--user=app',
    '--password=rahasia',
    nameOf(folder),
    `--execute=${migration.join(';')}`,
  ],
  digest: (folder, server) =>
    askMariadb(server, async (admin) => {
      const counted = await contentsOfMysql(admin, nameOf(folder));
      const [schema] = await admin.query(schemaOfMariadb(nameOf(folder)));
      const [events] = await admin.query(
        `select event_name, status from information_schema.events where event_schema = ?`,
        [nameOf(folder)],
      );
      return short(
        JSON.stringify([Object.entries(counted).sort(), schema, events]).replaceAll(nameOf(folder), ''),
      );
    }),
  async copy(from, to, server) {
    // There are no templates: what is copied is written down once.
    const file = `${from}.sql`;
    const as = ['--no-defaults', `--socket=${server}`, '--user=app', '--password=rahasia'];
    if (!existsSync(file)) {
      const { stdout } = await run('mariadb-dump', [...as, '--routines', '--events', nameOf(from)]);
      writeFileSync(file, stdout);
    }
    await askMariadb(server, (admin) => admin.query(`create database ${nameOf(to)} character set utf8mb4`));
    await run('/bin/sh', [
      '-c',
      'file=$1; shift; exec mariadb "$@" < "$file"',
      'sh',
      file,
      ...as,
      nameOf(to),
    ]);
  },
  drop: (folder, server) =>
    askMariadb(
      server,
      async (admin) =>
        void (await admin.query(
          `drop database if exists ${nameOf(folder)}; drop database if exists ${nameOf(folder)}_nadi_scratch`,
        )),
    ),
};

function connecting(folder: string, server: string) {
  const { database, user, password } = mariadbAddress(folder, server);
  return { database, user, password, socketPath: server };
}

export const worldDatabases = { sqlite, postgres, mariadb };
export type DatabaseKind = keyof typeof worldDatabases;
