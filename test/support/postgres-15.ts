import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
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

/** A private PostgreSQL 15 of Debian on a unix socket; disposing stops it and removes its files. */
export async function startPostgres15(): Promise<ExternalPostgres> {
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
  const settings = {
    listen_addresses: '',
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
  const url = `postgres://nadi@/postgres?host=${encodeURIComponent(folder)}&sslmode=disable`;
  await answering(url, () => server.exitCode !== null);
  const owned = cleanup.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
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
