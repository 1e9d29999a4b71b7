import pg from 'pg';
import { errorCode } from './error-code.ts';

/** The connection string of a database behind the socket in `socketDir`, for pg and for libpq. */
export function socketUrl(socketDir: string, database: string): string {
  return `postgres://nadi@/${encodeURIComponent(database)}?host=${encodeURIComponent(socketDir)}&sslmode=disable`;
}

/** What a server answers: not there, there but still recovering, or ready for work. */
export type Readiness = 'absent' | 'starting' | 'ready';

/**
 * Asks once whether the server behind `socketDir` serves `database`, and makes that database if the server lacks it.
 * @throws whatever else PostgreSQL objects to.
 */
export async function readiness(socketDir: string, database: string): Promise<Readiness> {
  try {
    await run(socketUrl(socketDir, database), 'SELECT 1');
    return 'ready';
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === '57P03') return 'starting';
    if (code === '3D000') return await createDatabase(socketDir, database);
    const cutOff = error instanceof Error && /^(Connection terminated|timeout expired)/.test(error.message);
    if (cutOff || ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01'].includes(code)) return 'absent';
    throw error;
  }
}

async function createDatabase(socketDir: string, database: string): Promise<Readiness> {
  try {
    await run(socketUrl(socketDir, 'postgres'), `CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } catch (error) {
    // Another process may create it at the same moment.
    if (errorCode(error) !== '42P04' && errorCode(error) !== '23505') throw error;
  }
  return 'ready';
}

async function run(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: 'nadi start',
  });
  // A server that dies in between says so on the connection, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
