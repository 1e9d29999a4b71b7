import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { endAll, forgetChild, rememberChild, signalGroup } from './children.ts';
import { markName } from './process-identity.ts';

/** A command of the installation's owner. */
export interface Hook {
  readonly command: readonly string[];
  readonly seconds: number;
}

export interface Surroundings {
  readonly db: DatabaseSync;
  readonly folder: string;
  /** What it prints is appended here, where there is space for it. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What left its group is ended, too, though it ended well: nothing of it may still write. */
  readonly leavesNothing?: boolean;
}

/** It waits for a line before it begins: should the agent die before the child was remembered, the child ends by itself. */
const gate = 'read -r go || exit 125; exec "$@" </dev/null';
const graceMs = 5000;

/**
 * Runs a command in the installation's folder until it ends, and gives the end of what it printed; it and its descendants are ended
 * at the time limit and when `signal` aborts.
 * @throws {AgentError} hook_failed or hook_slow, with the end of what it printed; child_stays
 */
export async function runHook(
  name: string,
  hook: Hook,
  around: Surroundings,
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted();
  const log = openLog(around.log);
  const from = fstatSync(log).size;
  const said = hook.command.join(' ');
  const mark = randomUUID();
  try {
    const child = spawn('/bin/sh', ['-c', gate, 'sh', ...hook.command], {
      cwd: around.folder,
      env: { ...around.environment, [markName]: mark },
      stdio: ['pipe', log, log],
      detached: true,
    });
    const limit = AbortSignal.timeout(hook.seconds * 1000);
    const stop = AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]);
    const how = await watch(child, around.db, mark, stop);
    if (child.pid !== undefined) {
      // What it left in the background is not part of it.
      signalGroup(child.pid, 'SIGKILL');
      if (how !== 0 || around.leavesNothing === true) await endAll(child.pid, mark);
      forgetChild(around.db, child.pid);
    }
    const printed = endOf(log, from);
    if (limit.aborted)
      throw new AgentError('hook_slow', {
        en: `${name}: "${said}" took longer than ${hook.seconds} seconds.${lines(printed)}`,
        id: `${name}: "${said}" berjalan lebih dari ${hook.seconds} detik.${lines(printed)}`,
      });
    signal?.throwIfAborted();
    if (how !== 0)
      throw new AgentError('hook_failed', {
        en: `${name}: "${said}" ended with ${how}.${lines(printed)}`,
        id: `${name}: "${said}" berakhir dengan ${how}.${lines(printed)}`,
      });
    return printed;
  } finally {
    closeSync(log);
  }
}

/** Lets it begin once it is remembered, and waits for its end: its exit code, the signal that ended it, or why it never began. */
async function watch(
  child: ChildProcess,
  db: DatabaseSync,
  mark: string,
  stop: AbortSignal,
): Promise<number | string> {
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.stdin?.on('error', () => {});
  const { pid } = child;
  let killing: NodeJS.Timeout | undefined;
  try {
    if (pid !== undefined) {
      rememberChild(db, pid, mark);
      child.stdin?.write('go\n');
      stop.addEventListener('abort', () => {
        signalGroup(pid, 'SIGTERM');
        killing = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
      });
    }
    // Without its line it ends by itself.
    child.stdin?.end();
    const [code, by] = await exit;
    return by ?? code ?? '';
  } catch (error) {
    child.stdin?.end();
    await exit.catch(() => {});
    if (pid === undefined && error instanceof Error) return error.message;
    throw error;
  } finally {
    clearTimeout(killing);
  }
}

/** Where the disk is full a hook runs all the same: the one that ends maintenance is needed then most. */
function openLog(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch {
    return openSync('/dev/null', 'a+');
  }
}

const longestTail = 2000;
const lines = (text: string): string => (text === '' ? '' : `\n${text}`);

function endOf(log: number, from: number): string {
  const { size } = fstatSync(log);
  const bytes = Buffer.alloc(Math.max(0, Math.min(longestTail, size - from)));
  readSync(log, bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString().trim();
}
