import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { ServerTls } from './postgres-15.ts';

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

/** A private MariaDB of Debian on a unix socket, and on a port of this machine where it has TLS; disposing stops it and removes its files. */
export async function startMariadb(tls?: ServerTls): Promise<Mariadb> {
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
      ...(tls === undefined ? ['--skip-networking'] : await withTls(folder, tls)),
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

async function withTls(folder: string, { cert, key, port }: ServerTls): Promise<readonly string[]> {
  const listening = [`--port=${port}`, '--bind-address=127.0.0.1'];
  if (cert === undefined || key === undefined) return listening;
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key, { mode: 0o600 });
  if (account.uid !== undefined) await chown(files.key, account.uid, account.gid);
  return [...listening, `--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`];
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
