import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { AgentError } from '../errors.ts';
import { signalGroup } from '../hooks/children.ts';
import { beginningOf } from '../hooks/process-identity.ts';
import type { Program } from './program.ts';
import type { HeldSocket } from './sockets.ts';

/** A process that outlives the agent. */
export interface Launched {
  readonly pid: number;
  readonly begun: string;
  /** Resolves when it is gone; never rejects. */
  readonly ended: Promise<void>;
}

/**
 * It waits for a line before it becomes the program: should the agent die before it was remembered, it ends by itself. The number by
 * which LISTEN_PID calls it is known only here.
 */
const gate = 'read -r go || exit 125; export LISTEN_PID=$$; exec "$@" </dev/null';
const lookEveryMs = 200;

/**
 * Starts a program with copies of the sockets from descriptor 3 on; `remember` is called before it begins.
 * @throws {AgentError} server_not_started
 */
export function launch(
  program: Program,
  sockets: readonly HeldSocket[],
  around: { readonly standBy: string; readonly log: string; readonly environment: NodeJS.ProcessEnv },
  remember: (launched: { readonly pid: number; readonly begun: string }) => void,
): Launched {
  const log = openSync(around.log, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', gate, 'sh', ...program.command], {
      cwd: program.folder,
      env: {
        ...around.environment,
        ...program.environment,
        LISTEN_FDS: String(sockets.length),
        LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
        NADI_STAND_BY: around.standBy,
      },
      stdio: ['pipe', log, log, ...sockets.map(({ descriptor }) => descriptor)],
      detached: true,
    });
    child.stdin?.on('error', () => {});
    const ended = once(child, 'exit').then(
      () => {},
      () => {},
    );
    if (child.pid === undefined)
      throw new AgentError('server_not_started', {
        en: `The server of ${program.version} cannot be started: look whether the folder ${program.folder} is there.`,
        id: `Server versi ${program.version} tidak dapat dijalankan: periksa apakah folder ${program.folder} ada.`,
      });
    const launched = { pid: child.pid, begun: beginningOf(child.pid) ?? '', ended };
    remember(launched);
    child.stdin?.end('go\n');
    child.unref();
    return launched;
  } finally {
    closeSync(log);
  }
}

/** One that an agent before started; undefined where it is gone. */
export function find(pid: number, begun: string): Launched | undefined {
  const isThere = () => beginningOf(pid) === begun;
  if (!isThere()) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const looking = setInterval(() => {
    if (isThere()) return;
    clearInterval(looking);
    resolve();
  }, lookEveryMs);
  looking.unref();
  return { pid, begun, ended: promise };
}

/** Asks it and what it started to end, and ends them after `patienceMs`; returns once it is gone. */
export async function end({ pid, begun, ended }: Launched, patienceMs: number): Promise<void> {
  if (beginningOf(pid) === begun) signalGroup(pid, 'SIGTERM');
  const late = setTimeout(() => signalGroup(pid, 'SIGKILL'), patienceMs);
  await ended;
  clearTimeout(late);
}
