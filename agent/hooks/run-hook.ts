import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../errors.ts';
import { forgetChild, rememberChild, signalGroup } from './children.ts';

/** A command of the installation's owner. */
export interface Hook {
  readonly command: readonly string[];
  readonly seconds: number;
}

export interface Surroundings {
  readonly db: DatabaseSync;
  readonly folder: string;
  /** What it prints is appended here. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** It waits for a line before it begins: should the agent die before the child was remembered, the child ends by itself. */
const gate = 'read -r go || exit 125; exec "$@" </dev/null';
const graceMs = 5000;

/**
 * Runs a command in the installation's folder until it ends; it and its descendants are ended at the time limit and when `signal`
 * aborts.
 * @throws {AgentError} hook_failed or hook_slow, with the end of what it printed
 */
export async function runHook(
  name: string,
  hook: Hook,
  around: Surroundings,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const log = openSync(around.log, 'a', 0o600);
  const from = statSync(around.log).size;
  try {
    const child = spawn('/bin/sh', ['-c', gate, 'sh', ...hook.command], {
      cwd: around.folder,
      env: { ...around.environment },
      stdio: ['pipe', log, log],
      detached: true,
    });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    if (child.pid === undefined) {
      await exit;
      return;
    }
    const pid = child.pid;
    rememberChild(around.db, pid);
    child.stdin?.on('error', () => {});
    child.stdin?.end('go\n');
    const limit = AbortSignal.timeout(hook.seconds * 1000);
    const stop = AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]);
    let killing: NodeJS.Timeout | undefined;
    stop.addEventListener('abort', () => {
      signalGroup(pid, 'SIGTERM');
      killing = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
    });
    const [code, by] = await exit;
    clearTimeout(killing);
    // What it left in the background is not part of it.
    signalGroup(pid, 'SIGKILL');
    forgetChild(around.db, pid);
    const printed = endOf(around.log, from);
    if (limit.aborted)
      throw new AgentError('hook_slow', {
        en: `${name}: "${hook.command.join(' ')}" took longer than ${hook.seconds} seconds.${printed}`,
        id: `${name}: "${hook.command.join(' ')}" berjalan lebih dari ${hook.seconds} detik.${printed}`,
      });
    signal?.throwIfAborted();
    if (code !== 0)
      throw new AgentError('hook_failed', {
        en: `${name}: "${hook.command.join(' ')}" ended with ${by ?? code}.${printed}`,
        id: `${name}: "${hook.command.join(' ')}" berakhir dengan ${by ?? code}.${printed}`,
      });
  } finally {
    closeSync(log);
  }
}

const longestTail = 2000;

function endOf(path: string, from: number): string {
  const handle = openSync(path, 'r');
  try {
    const { size } = statSync(path);
    const bytes = Buffer.alloc(Math.min(longestTail, size - from));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString().trim();
    return text === '' ? '' : `\n${text}`;
  } finally {
    closeSync(handle);
  }
}
