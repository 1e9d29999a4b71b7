import type { Readable } from 'node:stream';
import { inheritedFrom } from '#supervised';
import { hold, restartCode } from './hold.ts';
import { type Ending, type Supervised, supervise } from './run.ts';

/** The process that the agent runs in. */
export interface AgentProcess {
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  /** What started it, to be started again. */
  readonly command: readonly string[];
  /** Aborted when it is told to stop. */
  readonly signal: AbortSignal;
}

const heldBy = 'NADI_HELD';

/**
 * Runs the agent until it is told to stop. Where it is given its sockets, by systemd or by our own holder, it looks after the
 * installation; else it becomes the holder, and starts itself again below. Returns the exit code: 0 where all was stopped, 75 where another
 * agent is to go on.
 * @throws {AgentError} as supervise and hold
 */
export async function runAgent(
  options: Omit<Supervised, 'inherited' | 'environment'>,
  { pid, env, stdin, command, signal }: AgentProcess,
): Promise<number> {
  const { [heldBy]: held, ...environment } = env;
  const inherited = inheritedFrom(env, pid);
  if (inherited === undefined) {
    await hold({ ...options, command, environment: { ...environment, [heldBy]: '1' } }, signal);
    return 0;
  }
  const told = Promise.withResolvers<Ending>();
  const stop = () => told.resolve('stop');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  // Our holder died, so nobody could give the sockets to another agent any more. systemd gives an input that is over at once.
  if (held !== undefined) stdin.once('end', stop).once('close', stop).resume();
  return (await supervise({ ...options, environment, inherited }, told.promise)) === 'stop' ? 0 : restartCode;
}
