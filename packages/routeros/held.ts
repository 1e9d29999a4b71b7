import type { Exchange } from './exchange.ts';

/** Answers that were received and not consumed yet, over all commands of a connection. */
export class HeldAnswers {
  readonly #exchanges = new Set<Exchange>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(exchange: Exchange, bytes: number): void {
    this.#bytes += bytes;
    this.#exchanges.add(exchange);
  }

  remove(exchange: Exchange, bytes: number): void {
    this.#bytes -= bytes;
    if (exchange.heldBytes === 0) this.#exchanges.delete(exchange);
  }

  /** The command that holds most. */
  heaviest(): Exchange | undefined {
    return [...this.#exchanges].sort((a, b) => b.heldBytes - a.heldBytes)[0];
  }

  /** Whether a consumer of rows lags behind by so many bytes. */
  lags(bytes: number): boolean {
    for (const exchange of this.#exchanges) {
      if (exchange.streams && exchange.heldBytes >= bytes) return true;
    }
    return false;
  }
}
