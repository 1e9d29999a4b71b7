import type { Socket } from 'node:net';
import { type DecoderLimits, SentenceDecoder } from './decoder.ts';
import { ConnectionLost, ProtocolError, type RouterosError } from './errors.ts';

/** Who hears what a channel brings. `sentence` may throw ProtocolError, which closes the channel. */
export interface ChannelListener {
  sentence(words: readonly Buffer[]): void;
  /** There is room for more bytes. */
  drained(): void;
  /** Once, with the reason, which knows no command yet. */
  closed(reason: RouterosError): void;
}

/** Sentences over a socket. */
export class Channel {
  readonly #socket: Socket;
  readonly #router: string;
  readonly #decoder: SentenceDecoder;
  #listener: ChannelListener | undefined;
  #reason: RouterosError | undefined;
  #error: Error | undefined;
  #flushing = false;
  #full = false;

  constructor(socket: Socket, limits: DecoderLimits, router: string) {
    this.#socket = socket;
    this.#router = router;
    this.#decoder = new SentenceDecoder(limits, (words) => this.#hear(words));
    socket
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('drain', () => {
        this.#full = false;
        this.#listener?.drained();
      })
      .on('error', (error) => {
        this.#error = error;
      })
      .on('close', () => this.close(this.#lost()));
  }

  /** From now on this one listens. If the channel is closed already, it is told so at once. */
  set listener(listener: ChannelListener) {
    this.#listener = listener;
    if (this.#reason !== undefined) listener.closed(this.#reason);
  }

  /** Whether the peer takes no more: what is written now is held until it does. */
  get full(): boolean {
    return this.#full;
  }

  get paused(): boolean {
    return this.#socket.isPaused();
  }

  /** Sends bytes, together with others that are written in the same turn. */
  write(bytes: Buffer): void {
    if (this.#reason !== undefined) return;
    if (!this.#flushing) {
      this.#flushing = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#flushing = false;
        this.#socket.uncork();
      });
    }
    if (!this.#socket.write(bytes)) this.#full = true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends it for this reason; what was read and not told of yet is dropped. */
  close(reason: RouterosError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#decoder.stop();
    this.#socket.destroy();
    this.#listener?.closed(reason);
  }

  #hear(words: readonly Buffer[]): void {
    if (this.#listener === undefined) throw new ProtocolError('It speaks before it was asked');
    this.#listener.sentence(words);
  }

  #read(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(new ProtocolError(error.detail, { router: this.#router }));
    }
  }

  #lost(): RouterosError {
    const where = this.#decoder.midSentence ? ' in the middle of a sentence' : '';
    const why = this.#error === undefined ? '' : `: ${this.#error.message}`;
    return new ConnectionLost(`The connection was lost${where}${why}`, {
      router: this.#router,
      cause: this.#error,
    });
  }
}
