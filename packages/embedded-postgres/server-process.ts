import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import type { Launcher } from './privileges.ts';
import { signal } from './processes.ts';
import type { ServerLog } from './server-log.ts';

const fastShutdownMs = 30_000;
const lookEveryMs = 200;

export interface ServerCommand {
  readonly command: readonly string[];
  readonly launcher: Launcher;
  readonly environment: Readonly<Record<string, string>>;
  readonly output: ServerLog;
  /** Else it ends when this process ends normally. */
  readonly outlives: boolean;
}

/** A running `postgres`, ours to stop. */
export class ServerProcess {
  /** How it ended, in words, once it has. Never rejects. */
  readonly ended: Promise<string>;
  readonly #signal: (name: NodeJS.Signals) => void;
  #stopping = false;

  private constructor(ended: Promise<string>, send: (name: NodeJS.Signals) => void) {
    this.ended = ended;
    this.#signal = send;
  }

  static start({ command, launcher, environment, output, outlives }: ServerCommand): ServerProcess {
    const [program = '', ...args] = [...launcher.prefix, ...command];
    const child = spawn(program, args, {
      ...launcher.account,
      cwd: '/',
      env: environment,
      stdio: ['ignore', output.descriptor, output.descriptor],
      // Its own group, so that Ctrl-C in a terminal reaches Nadi alone, which stops the server last.
      detached: true,
    });
    child.unref();
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`did not start: ${error.message}`));
      child.once('exit', (code, by) =>
        resolve(by === null ? `ended with code ${code}` : `was ended by ${by}`),
      );
    });
    const send = (name: NodeJS.Signals) => signalChild(child, name);
    if (!outlives) {
      const stopAtExit = () => send('SIGINT');
      process.once('exit', stopAtExit);
      void ended.then(() => process.off('exit', stopAtExit));
    }
    return new ServerProcess(ended, (name) => {
      child.ref();
      send(name);
    });
  }

  /** One that another process of ours started, and that has outlived it. */
  static takeOver(pid: number): ServerProcess {
    let looking: NodeJS.Timeout | undefined;
    const ended = new Promise<string>((resolve) => {
      looking = setInterval(() => {
        if (isAlive(pid)) return;
        clearInterval(looking);
        resolve('ended');
      }, lookEveryMs).unref();
    });
    return new ServerProcess(ended, (name) => {
      looking?.ref();
      signal(pid, name);
    });
  }

  /** Whether `stop` was called: an end is then no surprise. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Stops it, rolling back what runs; after 30 seconds at once, leaving recovery to the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#signal('SIGINT');
    const impatience = setTimeout(() => this.#signal('SIGQUIT'), fastShutdownMs);
    await this.ended;
    clearTimeout(impatience);
  }
}

/** A process that has ended may stay listed while nobody asks how it ended, but has no program any more. */
function isAlive(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return true;
  } catch {
    return false;
  }
}

function signalChild({ pid, exitCode, signalCode }: ChildProcess, name: NodeJS.Signals): void {
  if (pid !== undefined && exitCode === null && signalCode === null) signal(pid, name);
}
