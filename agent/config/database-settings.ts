import { resolve } from 'node:path';
import { z } from 'zod';
import type { Database } from '../databases/database.ts';
import { embeddedDatabase } from '../databases/embedded.ts';
import { mysqlDatabase } from '../databases/mysql.ts';
import { postgresDatabase } from '../databases/postgres.ts';
import { sqliteDatabase } from '../databases/sqlite.ts';
import { postgresOwnerAt } from '../supervise/postgres-owner.ts';
import type { Values } from './environment.ts';

const name = z.string().regex(/^[a-z0-9_-]{1,40}$/);
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/);

/** A database that is backed up with the installation; addresses hold passwords, so a variable of `.env` has them. */
export const databaseSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sqlite'), name, path: z.string().min(1).max(4096) }),
  z.strictObject({ kind: z.literal('postgres'), name, url_from: variable }),
  z.strictObject({ kind: z.literal('mysql'), name, url_from: variable }),
  /** Nadi's built-in PostgreSQL, in its data folder. */
  z.strictObject({ kind: z.literal('embedded'), name, path: z.string().min(1).max(4096) }),
]);

export type DatabaseSettings = Readonly<z.output<typeof databaseSettings>>;

/** The databases that the settings name, of an installation whose agent has this folder; where they name none, that of `.env` as Laravel and Nadi have it (DATABASE_URL, DB_…). */
export function databasesOf(
  values: Values,
  settings: readonly DatabaseSettings[] | undefined,
  { root, folder }: { readonly root: string; readonly folder: string },
): readonly Database[] {
  if (settings === undefined) return usual(values, root);
  return settings.flatMap((each): readonly Database[] => {
    if (each.kind === 'sqlite') return [sqliteDatabase(each.name, resolve(root, each.path))];
    if (each.kind !== 'embedded') return at(values, each.name, each.url_from);
    const place = { dataDir: resolve(root, each.path), owner: postgresOwnerAt(folder) };
    return [embeddedDatabase(each.name, place)];
  });
}

function at(values: Values, named: string, from: string): readonly Database[] {
  const url = values.text(from);
  if (url === undefined || !URL.canParse(url)) return wrong(values, from);
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  if (['postgres:', 'postgresql:'].includes(protocol)) return [postgresDatabase(named, url)];
  if (!['mysql:', 'mariadb:'].includes(protocol)) return wrong(values, from);
  const address = {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
  return [mysqlDatabase(named, address)];
}

function wrong(values: Values, from: string): readonly Database[] {
  values.fault({
    en: `${from} is to be the address of a database, such as postgres://user:password@127.0.0.1:5432/name or mysql://….`,
    id: `${from} harus berupa alamat basis data, misalnya postgres://pengguna:sandi@127.0.0.1:5432/nama atau mysql://….`,
  });
  return [];
}

const kinds = { pgsql: 'pgsql', mysql: 'mysql', mariadb: 'mysql', sqlite: 'sqlite', none: 'none' } as const;

function usual(values: Values, root: string): readonly Database[] {
  for (const each of ['DATABASE_URL', 'DB_URL'])
    if (values.text(each) !== undefined) return at(values, 'app', each);
  const kind = values.one('DB_CONNECTION', kinds, 'none');
  if (kind === 'none') return [];
  const database = values.text('DB_DATABASE');
  if (kind === 'sqlite')
    return [sqliteDatabase('app', resolve(root, database ?? 'database/database.sqlite'))];
  const address = {
    host: values.text('DB_HOST') ?? '127.0.0.1',
    port: values.whole('DB_PORT', [1, 65_535], kind === 'pgsql' ? 5432 : 3306),
    user: values.text('DB_USERNAME') ?? 'root',
    password: values.text('DB_PASSWORD') ?? '',
    database: database ?? 'laravel',
  };
  const socket = values.text('DB_SOCKET');
  if (kind === 'mysql')
    return [mysqlDatabase('app', { ...address, ...(socket === undefined ? {} : { socket }) })];
  const url = new URL(`postgres://${address.host}:${address.port}`);
  url.username = encodeURIComponent(address.user);
  url.password = encodeURIComponent(address.password);
  url.pathname = encodeURIComponent(address.database);
  return [postgresDatabase('app', url.href)];
}
