import { inspect } from 'node:util';
import { Channel } from './channel.ts';
import type { Command } from './command.ts';
import type { Commander, RunOptions } from './commander.ts';
import { CommandAborted, ConnectionLost, type RouterosError } from './errors.ts';
import { Exchange } from './exchange.ts';
import { logIn } from './login.ts';
import { Multiplexer } from './multiplexer.ts';
import { openSocket } from './open-socket.ts';
import { type ResolvedOptions, type RouterOptions, resolveOptions } from './options.ts';
import type { Reply } from './reply.ts';
import { ReplyStream } from './reply-stream.ts';
import { type TextCodec, textCodec } from './text.ts';

/** What a connection has under way, for metrics. */
export interface ConnectionLoad {
  /** Commands sent and not answered to the end. */
  readonly inFlight: number;
  readonly waiting: number;
  /** What rows count that were received and not consumed. */
  readonly heldBytes: number;
  /** Reading has stopped until a consumer catches up. */
  readonly paused: boolean;
}

/**
 * Connects and logs in. Throws ConnectionLost, RouterTimeout, CertificateRefused, LoginRefused, RouterFatal, ProtocolError, or
 * CommandAborted; nothing stays open then.
 */
export async function connectRouter(
  options: RouterOptions,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RouterConnection> {
  const resolved = resolveOptions(options);
  const text = textCodec(resolved.text);
  const socket = await openSocket(resolved, signal);
  const { router, limits } = resolved;
  const channel = new Channel(socket, limits, router);
  const abort = () =>
    channel.close(
      new CommandAborted('Aborted while logging in', { router, command: '/login', cause: signal?.reason }),
    );
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    await logIn(channel, resolved, text);
    return new RouterConnection(channel, resolved, text);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A logged-in connection that carries many commands at once. Made by `connectRouter`. */
export class RouterConnection implements Commander, AsyncDisposable {
  /** Resolves with the reason when the connection is over; never rejects. */
  readonly closed: Promise<RouterosError>;
  readonly #channel: Channel;
  readonly #multiplexer: Multiplexer;
  readonly #router: string;

  constructor(channel: Channel, options: ResolvedOptions, text: TextCodec) {
    const { promise, resolve } = Promise.withResolvers<RouterosError>();
    this.closed = promise;
    this.#channel = channel;
    this.#router = options.router;
    this.#multiplexer = new Multiplexer(channel, options, text, resolve);
  }

  get open(): boolean {
    return this.#multiplexer.reason === undefined;
  }

  get load(): ConnectionLoad {
    return this.#multiplexer.load;
  }

  async run(command: Command, options: RunOptions = {}): Promise<Reply> {
    return await this.#submit(command, false, options).whole();
  }

  /** As `Commander` says; the command is sent at once, not with the first row. */
  stream(command: Command, options: RunOptions = {}): ReplyStream {
    const exchange = this.#submit(command, true, options);
    return new ReplyStream(exchange, () => this.#abort(exchange, 'Nobody reads the answer any more'));
  }

  /** Closes it; what is under way fails with ConnectionLost. */
  close(): void {
    this.#channel.close(new ConnectionLost('The connection was closed', { router: this.#router }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  [inspect.custom](): string {
    return `RouterConnection(${this.#router}, ${this.open ? 'open' : 'closed'})`;
  }

  #submit(command: Command, streams: boolean, options: RunOptions): Exchange {
    const exchange = new Exchange(command, streams, this.#multiplexer);
    const { signal } = options;
    if (signal?.aborted === true) {
      exchange.fail(this.#aborted(exchange, 'Aborted before it was sent', signal.reason));
      return exchange;
    }
    const abort = () => this.#abort(exchange, 'Aborted', signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    exchange.onSettled(() => signal?.removeEventListener('abort', abort));
    this.#multiplexer.submit(exchange, options);
    return exchange;
  }

  #abort(exchange: Exchange, why: string, cause?: unknown): void {
    this.#multiplexer.abandon(exchange, this.#aborted(exchange, why, cause));
  }

  #aborted(exchange: Exchange, why: string, cause: unknown): CommandAborted {
    return new CommandAborted(why, { ...this.#multiplexer.context(exchange), cause });
  }
}
