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
    return format === 'binary'
      ? pg.types.getTypeParser(type, 'binary')
      : pg.types.getTypeParser(type, 'text');
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
  /** Told of each connection that was lost, idle or in use. */
  readonly onLost?: (error: Error) => void;
}

/** Opens a pool. TLS is on unless the server is on this machine, or the URL says otherwise (decisions.md). */
export function createPool(url: string, options: PoolOptions): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    ...(needsTls(url) ? { ssl: true } : {}),
    max: options.max,
    application_name: options.name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    options: '-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres',
    types,
  });
  // A connection that is lost tells its query, and also emits an event that would end the process unheard.
  const lost = options.onLost ?? (() => {});
  pool.on('error', lost);
  pool.on('connect', (client) => client.on('error', lost));
  return pool;
}

function needsTls(url: string): boolean {
  const parsed = new URL(url.replace(/^(postgres(?:ql)?:\/\/[^/?]*@)(?=\/|\?)/, '$1localhost'));
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  const local =
    host === '' ||
    host.startsWith('/') ||
    ['localhost', '127.0.0.1', '[::1]', '::1'].includes(decodeURIComponent(host));
  return !local && !parsed.searchParams.has('sslmode');
}

export function createDb(pool: Pool): Db {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Runs `work` in one transaction: all of it happens or nothing. */
export function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

class Undone<T> extends Error {
  readonly result: T;
  constructor(result: T) {
    super('undone');
    this.result = result;
  }
}

/** As {@link inTransaction}, but what was done is undone unless `keep` says yes to the result: for rehearsals. */
export async function inTransactionIf<T>(
  db: Db,
  keep: (result: T) => boolean,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(db, async (tx) => {
      const result = await work(tx);
      if (keep(result)) return result;
      throw new Undone(result);
    });
  } catch (error) {
    if (error instanceof Undone) return error.result;
    throw error;
  }
}

/** The constraint that refused a statement, if that is what the error is. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') ? error.constraint : undefined;
}
