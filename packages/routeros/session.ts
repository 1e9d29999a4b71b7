import { inspect } from 'node:util';
import type { Command } from './command.ts';
import type { Commander, RunOptions } from './commander.ts';
import { connectRouter, type RouterConnection } from './connection.ts';
import {
  CertificateRefused,
  CommandAborted,
  ConnectionLost,
  LoginRefused,
  RouterFatal,
  RouterosError,
} from './errors.ts';
import { type RouterOptions, resolveOptions } from './options.ts';
import type { Reply, Row } from './reply.ts';
import type { Timers } from './timers.ts';

export interface SessionOptions {
  /** Milliseconds after the first failure, doubled with each more, up to `longest`. */
  readonly first?: number;
  readonly longest?: number;
  /** How often one call tries to connect before it gives up. */
  readonly attempts?: number;
  /** From 0 to 1; spreads the attempts of many sessions after a power cut. */
  readonly random?: () => number;
}

/**
 * A router that is connected to when it is needed, and again after the connection was lost. A command that only reads is
 * repeated once; one that may have been executed never is. It forgets no failure: calls wait until the next attempt is due.
 */
export class RouterSession implements Commander, AsyncDisposable {
  readonly #options: RouterOptions;
  readonly #timers: Timers;
  readonly #router: string;
  readonly #backoff: Required<SessionOptions>;
  readonly #stop = new AbortController();
  #connection: RouterConnection | undefined;
  #connecting: Promise<RouterConnection> | undefined;
  #failures = 0;
  #nextAttempt = 0;

  constructor(options: RouterOptions, session: SessionOptions = {}) {
    const { timers, router } = resolveOptions(options);
    this.#options = options;
    this.#timers = timers;
    this.#router = router;
    this.#backoff = { first: 500, longest: 30_000, attempts: 3, random: Math.random, ...session };
  }

  /**
   * The open connection, or a new one. Throws why the last attempt failed; LoginRefused and CertificateRefused at once, as
   * trying again does not help and may lock the user out.
   */
  async connection(signal?: AbortSignal): Promise<RouterConnection> {
    if (this.#connection?.open === true) return this.#connection;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return await unlessAborted(this.#connecting, signal, this.#router);
  }

  async run(command: Command, options: RunOptions = {}): Promise<Reply> {
    return await this.#again(command, options, (connection) => connection.run(command, options));
  }

  /** As `Commander` says. Once a row was given, a lost connection ends it: nobody knows which rows would come again. */
  async *stream(command: Command, options: RunOptions = {}): AsyncGenerator<Row, void, undefined> {
    const { rows, first } = await this.#again(command, options, async (connection) => {
      const rows = connection.stream(command, options);
      return { rows, first: await rows.next() };
    });
    await using _ = rows;
    if (first.done === true) return;
    yield first.value;
    yield* rows;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#connecting?.catch(() => {});
    await this.#connection?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [inspect.custom](): string {
    return `RouterSession(${this.#router}, ${this.#connection?.open === true ? 'connected' : 'not connected'})`;
  }

  async #again<Result>(
    command: Command,
    { signal }: RunOptions,
    attempt: (connection: RouterConnection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.connection(signal);
    try {
      return await attempt(connection);
    } catch (error) {
      const lost = error instanceof ConnectionLost || error instanceof RouterFatal;
      // Listening again would hide what happened in between.
      const harmless = error instanceof RouterosError && !error.mayHaveExecuted && command.endless !== true;
      if (!lost || !harmless || this.#stop.signal.aborted) throw error;
      return await attempt(await this.connection(signal));
    }
  }

  async #connect(): Promise<RouterConnection> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#wait();
      try {
        const connection = await connectRouter(this.#options, { signal: this.#stop.signal });
        this.#failures = 0;
        this.#connection = connection;
        return connection;
      } catch (error) {
        this.#failures += 1;
        this.#nextAttempt = this.#timers.elapsed() + this.#delay();
        const hopeless = error instanceof LoginRefused || error instanceof CertificateRefused;
        if (hopeless || attempt >= this.#backoff.attempts || this.#stop.signal.aborted) throw error;
      }
    }
  }

  /** Half of it fixed, half by chance. */
  #delay(): number {
    const { first, longest, random } = this.#backoff;
    const most = Math.min(longest, first * 2 ** Math.min(this.#failures - 1, 30));
    return most / 2 + (most / 2) * random();
  }

  #wait(): Promise<void> {
    const { signal } = this.#stop;
    const left = this.#nextAttempt - this.#timers.elapsed();
    if (left <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#timers.after(left, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** The work goes on for others who wait for it. */
async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
  router: string,
): Promise<Result> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = () =>
    aborted.reject(new CommandAborted('Aborted while connecting', { router, cause: signal.reason }));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    // Whoever lost the race has nobody to be told.
    work.catch(() => {});
  }
}
