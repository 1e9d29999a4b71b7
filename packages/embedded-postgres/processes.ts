import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from './error-code.ts';

/** A living PostgreSQL program. */
export interface PostgresProcess {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Every living process of the cluster in `folder` (an absolute path without links), or of an initdb that is making
 * it. Asks the processes themselves, since a pid file may name one that died and whose number was given away.
 */
export async function clusterProcesses(folder: string): Promise<readonly PostgresProcess[]> {
  if (process.platform !== 'linux') return await listedProcesses(folder);
  // By device and inode: a bind mount gives one folder several paths.
  const identity = await identityOf(folder);
  if (identity === undefined) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(async (pid) => await inspect(pid, folder, identity)));
  return found.filter((entry) => entry !== undefined);
}

async function inspect(pid: string, folder: string, identity: string): Promise<PostgresProcess | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(status) ?? [];
    const ours =
      (name === 'postgres' && (await identityOf(`/proc/${pid}/cwd`)) === identity) ||
      (name === 'initdb' &&
        (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(`/${basename(folder)}\0`));
    return ours ? { pid: Number(pid), parent: Number(parent) } : undefined;
  } catch (error) {
    // Gone meanwhile, or another user's.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function listedProcesses(folder: string): Promise<readonly PostgresProcess[]> {
  const { stdout } = await promisify(execFile)('/bin/ps', ['-axww', '-o', 'pid=,ppid=,command=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    const ours = /\/(postgres|initdb) /.test(command) && command.includes(` ${folder} `);
    return ours ? [{ pid: Number(pid), parent: Number(parent) }] : [];
  });
}

/** Sends a signal; says whether the process was there to receive it. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    if (errorCode(error) === 'EPERM') return true;
    throw error;
  }
}
