import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { DB } from './db-types.gen.ts';

export type { RawBuilder as SqlPart } from 'kysely';
export type { DB } from './db-types.gen.ts';

/** A connection to the database, or a transaction on it. Every query takes one first. */
export type Db = Kysely<DB>;
export type Tx = Transaction<DB>;
export type Pool = pg.Pool;

const oid = { date: 1082, timestamp: 1114, timestamptz: 1184 } as const;

/** Dates and instants stay text: a `Date` would shift a calendar date by the machine's time zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser(type: number, format?: 'text' | 'binary') {
    if (type === oid.date) return (value: string) => value;
    if (type === oid.timestamp || type === oid.timestamptz) return toRfc3339;
    return format === 'binary' ? pg.types.getTypeParser(type, 'binary') : pg.types.getTypeParser(type, 'text');
  },
};

/** PostgreSQL's `2026-01-31 17:00:00.5+00` as `2026-01-31T17:00:00.500Z`; sessions run in UTC. */
function toRfc3339(value: string): string {
  const [, day, time, fraction = ''] = /^(\S+) ([\d:]{8})(?:\.(\d{1,3})\d*)?/.exec(value) ?? [];
  return day === undefined ? value : `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
}

export interface PoolOptions {
  readonly max: number;
  /** Shown by PostgreSQL in pg_stat_activity. */
  readonly name: string;
}

/** Opens a pool. TLS is on unless the server is on this machine, or the URL says otherwise (decisions.md). */
export function createPool(url: string, options: PoolOptions): Pool {
  return new pg.Pool({
    connectionString: url,
    ...(needsTls(url) ? { ssl: true } : {}),
    max: options.max,
    application_name: options.name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    options: '-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres',
    types,
  });
}

function needsTls(url: string): boolean {
  const parsed = new URL(url.replace(/^(postgres(?:ql)?:\/\/[^/?]*@)(?=\/|\?)/, '$1localhost'));
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  const local = host === '' || host.startsWith('/') || ['localhost', '127.0.0.1', '[::1]', '::1'].includes(decodeURIComponent(host));
  return !local && !parsed.searchParams.has('sslmode');
}

export function createDb(pool: Pool): Db {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Runs `work` in one transaction: all of it happens or nothing. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

/** The constraint that refused a statement, if that is what the error is. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') ? error.constraint : undefined;
}
