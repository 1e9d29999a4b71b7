import type { RunOptions } from './commander.ts';
import type { Exchange } from './exchange.ts';

interface Waiting {
  readonly exchange: Exchange;
  readonly options: RunOptions;
}

/** Commands that are not sent yet, first in first out. */
export class WaitingLine {
  #line: Waiting[] = [];
  #head = 0;
  #size = 0;

  /** Those that still want to be sent. */
  get size(): number {
    return this.#size;
  }

  add(waiting: Waiting): void {
    this.#line.push(waiting);
    this.#size += 1;
  }

  next(): Waiting | undefined {
    while (this.#head < this.#line.length) {
      const waiting = this.#line[this.#head];
      this.#head += 1;
      if (this.#head >= 1024) this.#cut();
      if (waiting?.exchange.state !== 'waiting') continue;
      this.#size -= 1;
      return waiting;
    }
    this.#cut();
    return undefined;
  }

  /** One of them has given up; it must not be `waiting` any more. */
  leave(): void {
    this.#size -= 1;
    // Those who gave up must not pile up behind one that waits for long.
    if (this.#line.length - this.#head > 2 * this.#size + 1024) {
      this.#line = this.#line.slice(this.#head).filter(({ exchange }) => exchange.state === 'waiting');
      this.#head = 0;
    }
  }

  #cut(): void {
    this.#line = this.#line.slice(this.#head);
    this.#head = 0;
  }
}
