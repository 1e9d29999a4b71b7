import type { Exchange } from './exchange.ts';
import type { Row } from './reply.ts';

/**
 * The rows of a command that was sent already. Reading stops at the router while rows are not taken, so a stream must be read
 * or returned.
 */
export class ReplyStream implements AsyncIterableIterator<Row, undefined>, AsyncDisposable {
  readonly #exchange: Exchange;
  readonly #leave: () => void;

  constructor(exchange: Exchange, leave: () => void) {
    this.#exchange = exchange;
    this.#leave = leave;
  }

  async next(): Promise<IteratorResult<Row, undefined>> {
    const row = await this.#exchange.next();
    return row === undefined ? { done: true, value: undefined } : { done: false, value: row };
  }

  /** Cancels the command unless it is over. */
  async return(): Promise<IteratorResult<Row, undefined>> {
    this.#leave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }
}
