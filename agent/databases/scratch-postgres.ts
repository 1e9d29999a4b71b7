import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findBinaries, launcherFor, linkLibraries, PostgresFault } from '#embedded-postgres';
import { AgentError } from '../errors.ts';
import { programFolders } from './postgres-tools.ts';

/** A PostgreSQL that is thrown away. */
export interface ScratchPostgres extends AsyncDisposable {
  /** Its one database, of which it is known who may do everything. */
  readonly url: string;
}

/** PostgreSQL does not run as root: then it runs as "nobody". */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
const longestTmp = 60;

/**
 * It ends and takes its folders away when the agent closes its input, be that by dying. A server that is just starting does not listen to
 * that: it is told until it is gone.
 */
const script = `
  trap 'cd /; rm -rf "$2" "$3" 2>/dev/null' EXIT
  [ -e "$2/data" ] || "$1/initdb" -D "$2/data" --username=nadi_scratch --auth=trust --encoding=UTF8 --no-locale --no-sync --no-instructions || exit 1
  "$1/postgres" -D "$2/data" -c listen_addresses= -c "unix_socket_directories=$3" -c fsync=off -c full_page_writes=off \\
    -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_locks_per_transaction=1024 -c autovacuum=off &
  server=$!
  ( cat >/dev/null; while kill -QUIT $server 2>/dev/null; do sleep 0.1; done ) <&3 &
  wait $server`;

/**
 * Starts an empty one of the major version: the machine's own, else the built-in one, which reads every older dump.
 * @param folders where programs of PostgreSQL may be
 * @throws {AgentError} scratch_missing where there is neither, or it does not start
 */
export async function startScratchPostgres(
  major: number,
  room: string,
  signal: AbortSignal,
  folders: readonly string[] = programFolders(),
): Promise<ScratchPostgres> {
  const failed = (told: string) => missing(major, told);
  return await start({ bin: ownPrograms(major, folders), room, signal, failed }, 'nadi_scratch', 'postgres');
}

/**
 * Starts the built-in one on the files that `fill` writes into a folder for an account.
 * @throws {AgentError} scratch_missing where there is none; what `failed` makes of what it says where it does not start on them
 */
export async function startScratchOn(
  fill: (folder: string, owner: typeof account) => Promise<void>,
  room: string,
  signal: AbortSignal,
  failed: (told: string) => AgentError,
): Promise<ScratchPostgres> {
  return await start({ bin: undefined, room, signal, failed, fill }, 'nadi', 'nadi');
}

interface Starting {
  /** The programs; undefined for the built-in ones. */
  readonly bin: string | undefined;
  readonly room: string;
  readonly signal: AbortSignal;
  readonly failed: (told: string) => AgentError;
  readonly fill?: (folder: string, owner: typeof account) => Promise<void>;
}

async function start(starting: Starting, user: string, database: string): Promise<ScratchPostgres> {
  const { signal, failed, fill } = starting;
  await using cleanup = new AsyncDisposableStack();
  const { folder, socket, bin, launcher, environment } = await prepare(starting, cleanup);
  if (fill !== undefined) {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (account !== undefined) chownSync(data, account.uid, account.gid);
    await fill(data, account);
  }
  const [command = '', ...args] = [...launcher.prefix, '/bin/sh', '-c', `exec 3<&0; ${script}`, 'sh'];
  const child = spawn(command, [...args, bin, folder, socket], {
    ...launcher.account,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...environment },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let told = '';
  child.stderr.on('data', (piece) => (told = (told + piece).slice(-1000)));
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  cleanup.defer(async () => {
    child.stdin.destroy();
    await ended;
  });
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(socket)}`;
  const isUp = () =>
    answers(url).catch((error: unknown) => {
      throw failed(String(error));
    });
  while (!(await isUp())) {
    signal.throwIfAborted();
    if (child.exitCode !== null) throw failed(told);
    await delay(20);
  }
  const owned = cleanup.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Finds a place where there is room for it, and that its account may enter. */
async function prepare({ bin: own, room, failed }: Starting, cleanup: AsyncDisposableStack) {
  const folderIn = (base: string) => {
    const folder = mkdtempSync(join(base, 'nadi-scratch-'));
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
    if (account !== undefined) chownSync(folder, account.uid, account.gid);
    return folder;
  };
  const socket = folderIn(tmpdir().length > longestTmp ? '/tmp' : tmpdir());
  try {
    const built = own === undefined ? findBinaries() : undefined;
    const environment = built === undefined ? {} : await linkLibraries(built, socket);
    const bin = own ?? dirname(built?.postgres ?? '');
    const launcherIn = (folder: string) =>
      launcherFor(account, [join(bin, 'initdb'), join(bin, 'postgres')], [folder, socket]);
    for (const base of [room, '/var/tmp']) {
      const folder = folderIn(base);
      try {
        return { folder, socket, bin, launcher: await launcherIn(folder), environment };
      } catch (error) {
        if (!(error instanceof PostgresFault && base === room)) throw error;
      }
    }
    throw failed('');
  } catch (error) {
    throw error instanceof PostgresFault ? failed(error.message) : error;
  }
}

function ownPrograms(major: number, folders: readonly string[]): string | undefined {
  return folders.find(
    (folder) =>
      new RegExp(`(^|\\D)${major}/bin$`).test(folder) &&
      ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))),
  );
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    // It recovers, or is not there yet.
    if (error instanceof pg.DatabaseError && error.code !== '57P03') throw error;
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
