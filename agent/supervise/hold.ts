import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { openState } from '../state/open-state.ts';
import { askAgent } from './ask-agent.ts';
import { lockSupervision } from './lock.ts';
import { usualPatience } from './patience.ts';
import { type HeldSocket, holdSockets, type Place } from './sockets.ts';
import type { Status } from './status.ts';
import { Supervisor } from './supervisor.ts';

export interface Holding {
  readonly folder: string;
  readonly places: readonly Place[];
  /** The agent itself. It is given the sockets, and ends all it looks after when its input does: then nobody holds them any more. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly tell: (line: string) => void;
}

/** So that whoever sees it starts it again: EX_TEMPFAIL of sysexits.h. */
export const restartCode = 75;
const gate = 'export LISTEN_PID=$$; exec "$@"';
const longestAgainMs = 30_000;
const portMs = 120_000;
/** A fifth of a second each. */
const noticeLooks = 5;

/**
 * Holds the sockets in a process that does nothing else, where no systemd does: the agent may be killed, restarted and updated while
 * they stay bound. Starts it, and again whenever it ends other than by being told to stop. Returns once it has stopped.
 * @throws {AgentError} port_taken and the like
 */
export async function hold(holding: Holding, signal: AbortSignal): Promise<void> {
  const { command, environment, tell } = holding;
  await using cleanup = new AsyncDisposableStack();
  const sockets = await socketsOf(holding);
  for (const socket of sockets) cleanup.use(socket);
  for (let tries = 0; !signal.aborted; tries += 1) {
    const begun = performance.now();
    const agent = spawn('/bin/sh', ['-c', gate, 'sh', ...command], {
      env: {
        ...environment,
        LISTEN_FDS: String(sockets.length),
        LISTEN_FDNAMES: sockets.map(({ name }) => name).join(':'),
      },
      stdio: ['pipe', 'inherit', 'inherit', ...sockets.map(({ descriptor }) => descriptor)],
      // A terminal's Ctrl-C is for us; the agent would take ours after it for a second one.
      detached: true,
    });
    agent.stdin?.on('error', () => {});
    const stop = () => agent.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const [code, by] = (await once(agent, 'exit')) as [number | null, NodeJS.Signals | null];
    signal.removeEventListener('abort', stop);
    if (code === 0) return;
    tell(`The agent ended with ${by ?? code}, and is started again.`);
    // One that went on for a while, or ended to be started again, did not fail as it started.
    if (code === restartCode || performance.now() - begun > longestAgainMs) tries = 0;
    const waitMs = tries === 0 ? 0 : Math.min(longestAgainMs, 250 * 2 ** tries);
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** What a holder before us left behind still has the port: servers that nobody can hand to another any more. They are ended first. */
async function socketsOf(holding: Holding): Promise<readonly HeldSocket[]> {
  const limit = performance.now() + portMs;
  for (let looks = 1; ; looks += 1) {
    try {
      return await holdSockets(holding.places, undefined);
    } catch (error) {
      const isTaken = error instanceof AgentError && error.code === 'port_taken';
      if (!isTaken || performance.now() > limit || !(await endLeft(holding, looks))) throw error;
      await delay(200);
    }
  }
}

/** False where there was nothing of ours. @throws {AgentError} supervised, where it is looked after */
async function endLeft({ folder, clock, tell, environment }: Holding, looks: number): Promise<boolean> {
  try {
    using _lock = lockSupervision(folder);
    using state = openState(folder);
    const around = {
      db: state.db,
      clock,
      folder,
      sockets: [],
      hasPostgres: false,
      environment,
      patience: usualPatience,
      tell,
    };
    const supervisor = await Supervisor.open(around);
    if (supervisor.list().length === 0) return false;
    await supervisor.stop();
    return true;
  } catch (error) {
    if (!(error instanceof AgentError && error.code === 'supervised')) throw error;
    // One whose holder is gone ends as soon as it has noticed that.
    if (looks > noticeLooks && !(await isEnding(folder))) throw error;
    return true;
  }
}

async function isEnding(folder: string): Promise<boolean> {
  try {
    return ((await askAgent(folder, 'GET', '/status')) as Status).ending; // As supervise() answers.
  } catch {
    return true;
  }
}
