import { createReadStream, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Connection, createConnection, escapeId, type RowDataPacket } from 'mysql2/promise';
import { AgentError } from '../errors.ts';
import { keep } from '../tree/durable.ts';
import { Client, type Program, printInto } from './client-program.ts';
import { type Contents, compareContents, type Database, refuseCut, stoodStill } from './database.ts';
import { contentsOfMysql } from './mysql-contents.ts';

/** Where and as whom; with `socket`, host and port are not used. */
export interface MysqlAddress {
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly socket?: string;
}

/**
 * A database of MariaDB or MySQL, copied by their own dump in a single transaction. A restore drops everything and loads the copy;
 * where it was killed it begins anew. Beside it `<database>_nadi_scratch` is made for the proof, which the account must be allowed to.
 */
export function mysqlDatabase(name: string, address: MysqlAddress): Database {
  const { database } = address;
  return {
    name,
    async count() {
      await using admin = await connect(address);
      return await contentsOfMysql(admin.connection, database);
    },
    async size() {
      await using admin = await connect(address);
      const [row] = await rowsOf(
        admin.connection,
        'select coalesce(sum(data_length + index_length), 0) as bytes from information_schema.tables where table_schema = ?',
        [database],
      );
      return Number(row?.bytes);
    },
    async copyTo(file, signal) {
      await using admin = await connect(address);
      await refuseUnsafeTables(name, database, admin.connection);
      const before = await contentsOfMysql(admin.connection, database);
      const dump = (args: readonly string[]) =>
        printInto(program(address, database, 'dump', args), file, signal);
      await dump(['--single-transaction', '--quick', '--routines', '--triggers', '--skip-events', ...plain]);
      const actsFrom = statSync(file).size;
      await dump([
        '--no-create-info',
        '--no-data',
        '--skip-triggers',
        '--skip-routines',
        '--events',
        ...plain,
      ]);
      keep(dirname(file));
      const after = await contentsOfMysql(admin.connection, database);
      // The dump's snapshot cannot be shared: only what stood still can be compared.
      return { counted: stoodStill(before, after), actsFrom };
    },
    async restore(file) {
      await refuseCut(name, file, trailer);
      await using admin = await connect(address);
      await replaceBy(address, database, admin.connection, createReadStream(file));
    },
    async prove(file, contents, _scratch, signal) {
      await refuseCut(name, file, trailer);
      await using admin = await connect(address);
      const scratch = `${database}_nadi_scratch`;
      const drop = () => admin.connection.query(`drop database if exists ${escapeId(scratch)}`);
      await allowed(database, address.user, async () => {
        await drop();
        await admin.connection.query(`create database ${escapeId(scratch)} character set utf8mb4`);
      });
      try {
        signal.throwIfAborted();
        await replaceBy(address, scratch, admin.connection, quietPart(file, contents));
        compareContents(name, contents, await contentsOfMysql(admin.connection, scratch));
      } finally {
        await drop();
      }
    },
  };
}

/** No locks on tables, no time of the dump, nothing of this server's replication or tablespaces: the same rows give the same text. */
const plain = [
  '--skip-lock-tables',
  '--skip-dump-date',
  '--hex-blob',
  '--no-tablespaces',
  '--default-character-set=utf8mb4',
];

const trailer = '-- Dump completed';

interface Admin extends AsyncDisposable {
  readonly connection: Connection;
}

/** @throws {AgentError} database_unreachable */
async function connect({ socket, host, port, user, password, database }: MysqlAddress): Promise<Admin> {
  try {
    const connection = await createConnection({
      ...(socket === undefined ? { host, port } : { socketPath: socket }),
      user,
      password,
      database,
      connectTimeout: 10_000,
      charset: 'utf8mb4',
    });
    connection.on('error', () => {});
    return { connection, [Symbol.asyncDispose]: () => connection.end() };
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : '';
    throw new AgentError(
      'database_unreachable',
      {
        en: `The database does not answer: ${told} Check that it runs, and the address and the password in the settings.`,
        id: `Basis data tidak menjawab: ${told} Periksa apakah basis data berjalan, serta alamat dan kata sandi di pengaturan.`,
      },
      { cause },
    );
  }
}

async function rowsOf(
  connection: Connection,
  sql: string,
  values: string[],
): Promise<Record<string, string>[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, values);
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value)])),
  );
}

/** A single transaction is one moment for InnoDB alone. */
async function refuseUnsafeTables(name: string, database: string, connection: Connection): Promise<void> {
  const tables = await rowsOf(
    connection,
    `select table_name as name, engine as engine from information_schema.tables
     where table_schema = ? and table_type = 'BASE TABLE' and engine not in ('InnoDB', 'MEMORY') order by 1 limit 5`,
    [database],
  );
  if (tables.length === 0) return;
  const listed = tables.map(({ name: table, engine }) => `${table} (${engine})`).join(', ');
  throw new AgentError('tables_without_transactions', {
    en: `The database ${name} has tables that cannot be copied as they are at one moment: ${listed}. Turn each into InnoDB: alter table … engine = InnoDB.`,
    id: `Basis data ${name} memiliki tabel yang tidak dapat disalin pada satu saat: ${listed}. Ubah masing-masing menjadi InnoDB: alter table … engine = InnoDB.`,
  });
}

async function allowed(database: string, user: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const grant = `grant all on \`${database}\\_nadi\\_scratch\`.* to '${user}'`;
    throw new AgentError(
      'scratch_missing',
      {
        en: `The copy of ${database} cannot be tried: the account ${user} may not make a database beside it. As the database's administrator: ${grant}`,
        id: `Salinan ${database} tidak dapat dicoba: akun ${user} tidak boleh membuat basis data di sampingnya. Sebagai administrator basis data: ${grant}`,
      },
      { cause },
    );
  }
}

function quietPart(file: string, { actsFrom }: Contents): AsyncIterable<Uint8Array> {
  return createReadStream(file, actsFrom === undefined ? {} : { end: Math.max(0, actsFrom - 1) });
}

/** Drops everything in the database and loads what is given. */
async function replaceBy(
  address: MysqlAddress,
  database: string,
  admin: Connection,
  copy: AsyncIterable<Uint8Array>,
): Promise<void> {
  // Also what a killed agent left behind.
  await endOthers(admin, database);
  await using loader = new Client(
    program(address, database, 'load', [
      '--batch',
      '--skip-column-names',
      '--unbuffered',
      '--skip-reconnect',
      '--default-character-set=utf8mb4',
    ]),
  );
  await loader.ask((marker) => `select '${marker}';\n`);
  await loader.feed(await dropsOf(admin, database));
  await loader.feed(copy);
  await loader.end();
}

async function endOthers(admin: Connection, database: string): Promise<void> {
  for (;;) {
    const others = await rowsOf(
      admin,
      'select id as id from information_schema.processlist where db = ? and id <> connection_id()',
      [database],
    );
    if (others.length === 0) return;
    // One may have ended by itself.
    for (const { id } of others) await admin.query(`kill connection ${Number(id)}`).catch(() => {});
    await admin.query('do sleep(0.05)');
  }
}

async function dropsOf(admin: Connection, database: string): Promise<readonly string[]> {
  const named = (sql: string) => rowsOf(admin, sql, [database]);
  const events = await named(
    `select 'event' as kind, event_name as name from information_schema.events where event_schema = ?`,
  );
  const routines = await named(
    `select lower(routine_type) as kind, routine_name as name from information_schema.routines where routine_schema = ?`,
  );
  const tables = await named(
    `select case table_type when 'VIEW' then 'view' when 'SEQUENCE' then 'sequence' else 'table' end as kind, table_name as name
     from information_schema.tables where table_schema = ?`,
  );
  const drops = [...events, ...routines, ...tables].map(
    ({ kind, name = '' }) => `drop ${kind} if exists ${escapeId(name, true)};\n`,
  );
  return ['set foreign_key_checks = 0;\n', ...drops, 'set foreign_key_checks = 1;\n'];
}

/** MariaDB's names first: its newer packages no longer have MySQL's. */
const names = { dump: ['mariadb-dump', 'mysqldump'], load: ['mariadb', 'mysql'] } as const;
const folders = ['/usr/bin', '/usr/local/bin', '/usr/local/mysql/bin', '/opt/homebrew/bin'];

/** @throws {AgentError} tool_missing, which names the package */
function program(
  address: MysqlAddress,
  database: string,
  use: keyof typeof names,
  args: readonly string[],
): Program {
  const command = names[use].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (command === undefined)
    throw new AgentError('tool_missing', {
      en: `There is no ${names[use].join(' or ')} here to copy the database. On Debian or Ubuntu: apt-get install mariadb-client`,
      id: `Di sini tidak ada ${names[use].join(' atau ')} untuk menyalin basis data. Di Debian atau Ubuntu: apt-get install mariadb-client`,
    });
  const { socket, host, port, user, password } = address;
  const where =
    socket === undefined ? [`--host=${host}`, `--port=${port}`, '--protocol=tcp'] : [`--socket=${socket}`];
  return {
    command,
    args: ['--no-defaults', ...where, `--user=${user}`, ...args, database],
    environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', MYSQL_PWD: password },
  };
}
