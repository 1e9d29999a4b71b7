import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeSentences } from './codec.ts';
import type { ConnectionEffect } from './faults.ts';

/** What the router sends on one connection, and how it is cut. */
export class Output {
  readonly #socket: Socket;
  readonly #sent: (bytes: number) => void;
  readonly #split: number | undefined;
  readonly #gather: number | undefined;
  #left: number;
  #held: Buffer[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, effects: readonly ConnectionEffect[], sent: (bytes: number) => void) {
    this.#socket = socket;
    this.#sent = sent;
    this.#split = effects.find((effect) => effect.do === 'split')?.bytes;
    this.#gather = effects.find((effect) => effect.do === 'coalesce')?.milliseconds;
    this.#left = effects.find((effect) => effect.do === 'reset after bytes')?.bytes ?? Infinity;
  }

  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  send(...sentences: readonly (readonly string[])[]): void {
    this.sendBytes(encodeSentences(sentences));
  }

  sendBytes(bytes: Buffer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#gather === undefined) {
      this.#cut(bytes);
      return;
    }
    this.#held.push(bytes);
    if (this.#held.length > 1) return;
    setTimeout(() => this.#flush(), this.#gather);
  }

  /** Closes once all of it is sent. */
  end(): void {
    this.#flush();
    void this.#last.then(() => this.#socket.end());
  }

  /** Settles once there is room for more, or nobody to send to. */
  async drained(): Promise<void> {
    await this.#last;
    if (!this.full || this.#socket.destroyed) return;
    const stop = new AbortController();
    try {
      await Promise.race(
        ['drain', 'close'].map((event) => once(this.#socket, event, { signal: stop.signal })),
      );
    } catch {
      // The connection broke: there is nobody to send to.
    } finally {
      stop.abort();
    }
  }

  #flush(): void {
    if (this.#held.length > 0) this.#cut(Buffer.concat(this.#held));
    this.#held = [];
  }

  #cut(bytes: Buffer): void {
    if (this.#split === undefined) {
      this.#write(bytes);
      return;
    }
    const size = this.#split;
    // One piece a turn of the loop, or the system would put them together again.
    this.#last = this.#last.then(async () => {
      for (let at = 0; at < bytes.length && !this.#socket.destroyed; at += size) {
        this.#write(bytes.subarray(at, at + size));
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    });
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const allowed = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= allowed.length;
    this.#sent(allowed.length);
    if (this.#left > 0) this.#socket.write(allowed);
    else this.#socket.write(allowed, () => this.#socket.resetAndDestroy());
  }
}
