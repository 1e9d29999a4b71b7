import pg from 'pg';
import { AgentError } from '../errors.ts';

export interface Admin extends AsyncDisposable {
  readonly client: pg.Client;
  readonly major: number;
}

/**
 * Opens a connection that ends when it is disposed.
 * @throws {AgentError} database_unreachable
 */
export async function connect(url: string): Promise<Admin> {
  const client = new pg.Client({
    connectionString: url,
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
  } catch (cause) {
    await client.end().catch(() => {});
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
