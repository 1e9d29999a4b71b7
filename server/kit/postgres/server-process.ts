import { type ChildProcess, spawn } from 'node:child_process';
import type { Launcher } from './privileges.ts';
import { signal } from './processes.ts';
import type { ServerLog } from './server-log.ts';

const fastShutdownMs = 30_000;

export interface ServerCommand {
  readonly postgres: string;
  readonly clusterDir: string;
  readonly settings: readonly string[];
  readonly launcher: Launcher;
  readonly environment: Readonly<Record<string, string>>;
  readonly output: ServerLog;
}

/** A running `postgres`, ours to stop. It also ends when this process ends normally. */
export class ServerProcess {
  /** How it ended, in words, once it has. Never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #stopAtExit = (): void => this.#signal('SIGINT');
  #stopping = false;

  constructor(command: ServerCommand) {
    const [program = '', ...args] = [
      ...command.launcher.prefix,
      command.postgres,
      '-D',
      command.clusterDir,
      ...command.settings,
    ];
    const output = command.output.descriptor;
    this.#child = spawn(program, args, {
      ...command.launcher.account,
      cwd: '/',
      env: command.environment,
      stdio: ['ignore', output, output],
      // Its own group, so that Ctrl-C in a terminal reaches Nadi alone, which stops the server last.
      detached: true,
    });
    this.#child.unref();
    process.once('exit', this.#stopAtExit);
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`did not start: ${error.message}`));
      this.#child.once('exit', (code, by) =>
        resolve(by === null ? `ended with code ${code}` : `was ended by ${by}`),
      );
    });
    void this.ended.then(() => process.off('exit', this.#stopAtExit));
  }

  /** Whether `stop` was called: an end is then no surprise. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Stops it, rolling back what runs; after 30 seconds at once, leaving recovery to the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.ref();
    this.#signal('SIGINT');
    const impatience = setTimeout(() => this.#signal('SIGQUIT'), fastShutdownMs);
    await this.ended;
    clearTimeout(impatience);
  }

  #signal(name: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) signal(pid, name);
  }
}
