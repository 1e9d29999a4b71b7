import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';

const programs = { server: '/usr/sbin/mariadbd', install: '/usr/bin/mariadb-install-db' };

/** Why there is no MariaDB to test on, or false where there is one; for `test`'s option `skip`. */
export const mariadbMissing: string | false = Object.values(programs).every(existsSync)
  ? false
  : `${programs.server} is not there; on Debian: apt-get install mariadb-server`;

/** The account "nobody": the server does not run as root. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export interface Mariadb extends AsyncDisposable {
  readonly socket: string;
  /** A connection that may do everything. */
  readonly admin: Connection;
}

/** A private MariaDB of Debian on a unix socket; disposing stops it and removes its files. */
export async function startMariadb(): Promise<Mariadb> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'nadi-maria-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  if (account.uid !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const socket = join(folder, 's');
  const options = {
    ...account,
    cwd: folder,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: folder },
  };
  const made = spawnSync(
    programs.install,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`mariadb-install-db failed: ${made.stdout}${made.stderr}`);
  const server = spawn(
    programs.server,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--tmpdir=${folder}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--skip-networking',
      '--innodb-buffer-pool-size=32M',
      '--innodb-flush-log-at-trx-commit=0',
    ],
    { ...options, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  cleanup.defer(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  const admin = await answering(socket, () => server.exitCode !== null);
  cleanup.defer(() => admin.end());
  const owned = cleanup.move();
  return { socket, admin, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function answering(socketPath: string, dead: () => boolean): Promise<Connection> {
  for (let attempt = 0; attempt < 600 && !dead(); attempt += 1) {
    try {
      return await createConnection({ socketPath, user: 'root', multipleStatements: true });
    } catch {
      await setTimeout(50);
    }
  }
  throw new Error('MariaDB did not start.');
}
