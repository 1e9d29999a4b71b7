import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Blow, Call } from './strike-calls.ts';

/** What a struck process says in the end; undefined where it was killed. */
export type Said = { readonly calls: readonly Call[] } | { readonly failed: string } | undefined;

const longestMs = 120_000;

/** A process that works when it is told, and lives on where it is not killed. */
export class StruckProcess implements AsyncDisposable {
  readonly #script: string;
  #child: ChildProcess | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  /** Has it do the work, and be struck. @throws where it does not come to an end */
  async work(what: unknown, blow: Blow | undefined): Promise<Said> {
    const child = this.#child?.connected === true ? this.#child : this.#start();
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(longestMs)]);
    const said = once(child, 'message', { signal }).then(([told]) => told as Said);
    const end = once(child, 'exit', { signal }).then(() => undefined);
    child.send({ what, blow });
    const done = await Promise.race([said, end]).finally(() => over.abort());
    await Promise.allSettled([said, end]);
    // The next one is ready when it is needed.
    if (done === undefined) this.#start();
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const end = once(child, 'exit');
    child.kill('SIGKILL');
    await end;
  }

  #start(): ChildProcess {
    this.#child = fork(this.#script, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    return this.#child;
  }
}
