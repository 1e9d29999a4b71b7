import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';
import { clusterProcesses, type PostgresProcess, signal } from './processes.ts';
import { socketName } from './run-folder.ts';
import { until } from './wait.ts';

const fastShutdownMs = 30_000;
const immediateShutdownMs = 5_000;

/**
 * Ends the server that a killed owner left running in `clusterDir`. It is not adopted: its settings and binaries may
 * be those of an older version, and its end could not be noticed. Only the owner of the data folder may call this.
 */
export async function stopOrphans(clusterDir: string, log: (line: string) => void): Promise<void> {
  const orphans = await clusterProcesses(clusterDir);
  if (orphans.length === 0) return;
  const postmaster = firstOf(orphans);
  const pids = orphans.map((orphan) => orphan.pid);
  log(`Stopping the PostgreSQL that an earlier run left behind (process ${pids.join(', ')})`);
  if (postmaster !== undefined) {
    signal(postmaster.pid, 'SIGINT');
    if (await gone(clusterDir, fastShutdownMs)) return;
  }
  await endAll(clusterDir, 'SIGQUIT');
  if (await gone(clusterDir, immediateShutdownMs)) return;
  await killAll(clusterDir);
}

/**
 * The server that runs in `clusterDir`, where it has the settings that `command` would start it with, and a program that is one of ours and
 * that nobody replaced since. Undefined elsewhere than on Linux, where a process can be asked.
 */
export async function runningAs(
  clusterDir: string,
  command: readonly string[],
  isOurs: (program: string) => boolean,
): Promise<number | undefined> {
  const pid = firstOf(await clusterProcesses(clusterDir))?.pid;
  if (pid === undefined || process.platform !== 'linux') return undefined;
  try {
    const [line, program] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readlink(`/proc/${pid}/exe`),
    ]);
    const [named = '', ...settings] = line.split('\0');
    const isSame = settings.join('\0') === `${command.slice(1).join('\0')}\0`;
    return isSame && isOurs(named) && !program.endsWith(' (deleted)') ? pid : undefined;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Ends everything that still works in `folder`, at once and without its consent. */
export async function killAll(folder: string): Promise<void> {
  await endAll(folder, 'SIGKILL');
  if (await gone(folder, immediateShutdownMs)) return;
  throw new Error(`Processes that use ${folder} do not end even when killed`);
}

/**
 * Removes what a killed server left and a new one would stumble over: a pid file whose number now belongs to a
 * stranger, the socket and its lock. A pid file of a dead process stays: PostgreSQL draws its own conclusions from it.
 * Only for when no process of the cluster lives.
 */
export async function clearStaleFiles(clusterDir: string, socketDir: string): Promise<void> {
  const pidFile = join(clusterDir, 'postmaster.pid');
  const pid = Number((await readIfThere(pidFile))?.split('\n')[0] || Number.NaN);
  if (!Number.isSafeInteger(pid) || pid <= 0 || signal(pid, 0)) await rm(pidFile, { force: true });
  for (const file of await readdir(socketDir)) {
    if (file.startsWith(socketName)) await rm(join(socketDir, file), { force: true });
  }
}

function firstOf(processes: readonly PostgresProcess[]): PostgresProcess | undefined {
  const pids = new Set(processes.map(({ pid }) => pid));
  return processes.find(({ pid, parent }) => !pids.has(parent) && processes.some(isChildOf(pid)));
}

function isChildOf(pid: number): (process: { readonly parent: number }) => boolean {
  return (process) => process.parent === pid;
}

async function endAll(folder: string, name: NodeJS.Signals): Promise<void> {
  for (const { pid } of await clusterProcesses(folder)) signal(pid, name);
}

async function gone(folder: string, timeoutMs: number): Promise<boolean> {
  const none = async () => ((await clusterProcesses(folder)).length === 0 ? true : undefined);
  return (await until(none, { timeoutMs, everyMs: 20 })) ?? false;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
