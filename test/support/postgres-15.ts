import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

const bin = '/usr/lib/postgresql/15/bin';

/** Why there is no PostgreSQL 15 to test on, or false where there is one; for `test`'s option `skip`. */
export const postgres15Missing: string | false = existsSync(join(bin, 'postgres'))
  ? false
  : `${bin} is not there; on Debian 12: apt-get install postgresql-15`;

/** The account "nobody": PostgreSQL does not run as root. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export interface ExternalPostgres extends AsyncDisposable {
  /** Of an empty database. */
  readonly url: string;
}

/** Where a server listens, and what it shows there, as PEM; without it there is no TLS. */
export interface ServerTls {
  readonly port: number;
  readonly cert?: string;
  readonly key?: string;
}

/** A private PostgreSQL 15 of Debian on a unix socket, and on a port of this machine where it has TLS; disposing stops it and removes its files. */
export async function startPostgres15(tls?: ServerTls): Promise<ExternalPostgres> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'nadi-pg15-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  if (account.uid !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const options = { ...account, cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' } };
  const made = spawnSync(
    join(bin, 'initdb'),
    ['--pgdata', data, '--username=nadi', '--auth=trust', '--encoding=UTF8', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb of PostgreSQL 15 failed: ${made.stdout}${made.stderr}`);
  if (tls !== undefined) await putTls(data, tls);
  const settings = {
    ...(tls === undefined
      ? { listen_addresses: '' }
      : {
          listen_addresses: '127.0.0.1',
          port: String(tls.port),
          ssl: tls.cert === undefined ? 'off' : 'on',
        }),
    unix_socket_directories: folder,
    fsync: 'off',
    shared_buffers: '32MB',
  };
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...options, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  cleanup.defer(async () => {
    server.kill('SIGINT');
    await ended;
  });
  const port = tls === undefined ? '' : `&port=${tls.port}`;
  const url = `postgres://nadi@/postgres?host=${encodeURIComponent(folder)}&sslmode=disable${port}`;
  await answering(url, () => server.exitCode !== null);
  const owned = cleanup.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function putTls(data: string, { cert, key }: ServerTls): Promise<void> {
  for (const [name, pem = ''] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    await writeFile(join(data, name), pem, { mode: 0o600 });
    if (account.uid !== undefined) await chown(join(data, name), account.uid, account.gid);
  }
}

async function answering(url: string, dead: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 600 && !dead(); attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch {
      await setTimeout(50);
    } finally {
      await client.end();
    }
  }
  throw new Error('PostgreSQL 15 did not start.');
}
