import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { AgentError } from '../errors.ts';
import { authorityFrom, unreachable } from './unreachable.ts';

export interface Admin extends AsyncDisposable {
  readonly client: pg.Client;
  readonly major: number;
}

/**
 * Opens a connection that ends when it is disposed, with `sslmode` and `sslrootcert` of the address as PostgreSQL's own tools have them
 * (postgresql.org/docs/current/libpq-ssl.html).
 * @throws {AgentError} database_unreachable, database_untrusted, tls_authority
 */
export async function connect(url: string): Promise<Admin> {
  const { address, ways } = waysTo(url);
  for (const [n, ssl] of ways.entries())
    try {
      return await connectBy(address, ssl);
    } catch (error) {
      const isPlainNext = n + 1 < ways.length && error instanceof Error && error.message.includes('SSL');
      if (!isPlainNext) throw unreachable(error);
    }
  throw unreachable(undefined);
}

async function connectBy(connectionString: string, ssl: ConnectionOptions | false): Promise<Admin> {
  const client = new pg.Client({
    connectionString,
    ssl,
    application_name: 'nadi agent',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    );
    const major = Math.floor(Number(rows[0]?.version) / 10_000);
    return { client, major, [Symbol.asyncDispose]: () => client.end() };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** How to connect, one after the other; the driver has another understanding of these parameters, so it is not shown them. */
function waysTo(url: string): {
  readonly address: string;
  readonly ways: readonly (ConnectionOptions | false)[];
} {
  const [before = '', query = ''] = url.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const take = (name: string) => {
    const value = parameters.get(name) ?? undefined;
    parameters.delete(name);
    return value;
  };
  const [mode = 'prefer', file] = [take('sslmode'), take('sslrootcert')];
  const address = parameters.size === 0 ? before : `${before}?${parameters}`;
  const isLocal = parameters.get('host')?.startsWith('/') || /^[^:]+:\/\/([^@/]*@)?(%2f|\/|$)/i.test(before);
  if (isLocal || mode === 'disable') return { address, ways: [false] };
  const trusting = { rejectUnauthorized: false };
  if (mode === 'prefer' || mode === 'allow') return { address, ways: [trusting, false] };
  if (mode === 'require' && file === undefined) return { address, ways: [trusting] };
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) throw unknown(mode);
  const ca = file === 'system' ? {} : { ca: authorityFrom(file, 'sslrootcert') };
  return { address, ways: [mode === 'verify-full' ? ca : { ...ca, checkServerIdentity: () => undefined }] };
}

const unknown = (mode: string) =>
  new AgentError('tls_mode', {
    en: `sslmode=${mode} is not known. Take disable, prefer, require, verify-ca or verify-full.`,
    id: `sslmode=${mode} tidak dikenal. Pakai disable, prefer, require, verify-ca atau verify-full.`,
  });
