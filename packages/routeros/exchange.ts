import type { Command } from './command.ts';
import type { RouterosError } from './errors.ts';
import type { Reply, Row } from './reply.ts';

/** What must know when rows are taken or dropped, and when a consumer begins to wait. */
export interface ExchangeObserver {
  released(exchange: Exchange, bytes: number): void;
  adjustFlow(): void;
}

/** Objects and strings cost more than their bytes on the wire. */
const rowCost = 64;
const wordCost = 32;

const nobody: ExchangeObserver = { released: () => {}, adjustFlow: () => {} };

/** One command and its answer: a queue of rows between the connection and whoever reads them. */
export class Exchange {
  readonly command: Command;
  /** Whether rows are read one by one, or all at the end. */
  readonly streams: boolean;
  readonly #observer: ExchangeObserver;
  readonly #waiters: (() => void)[] = [];
  /** `over` means that it is settled, though its `!done` may be still to come. */
  state: 'waiting' | 'written' | 'over' = 'waiting';
  tag = 0;
  /** When it was written, or last answered. */
  lastSeen = 0;
  /** The first `!trap`. */
  trap: RouterosError | undefined;
  #rows: { readonly row: Row; readonly cost: number }[] = [];
  #taken = 0;
  #heldBytes = 0;
  #settling: (() => void)[] = [];
  #removing: (() => void)[] = [];
  #done: Row | undefined;
  #failure: RouterosError | undefined;

  constructor(command: Command, streams: boolean, observer = nobody) {
    this.command = command;
    this.streams = streams;
    this.#observer = observer;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether its caller was told how it ended. */
  get settled(): boolean {
    return this.#done !== undefined || this.#failure !== undefined;
  }

  /** Whether somebody waits for an answer right now. */
  get awaited(): boolean {
    if (this.state !== 'written' || this.settled) return false;
    return this.streams ? this.#waiters.length > 0 && this.command.endless !== true : true;
  }

  /** To be called once its caller is told; at once if that is so already. */
  onSettled(call: () => void): void {
    if (this.settled) call();
    else this.#settling.push(call);
  }

  /** To be called once nothing more is expected from the router. */
  onRemoved(call: () => void): void {
    this.#removing.push(call);
  }

  /** Nothing more is expected from the router. */
  removed(): void {
    for (const call of this.#removing.splice(0)) call();
  }

  /** Keeps a row until it is taken; gives back what holding it counts. */
  push(row: Row, words: readonly Buffer[]): number {
    const cost = words.reduce((sum, word) => sum + word.length + wordCost, rowCost);
    this.#rows.push({ row, cost });
    this.#heldBytes += cost;
    if (this.streams) this.#wake();
    return cost;
  }

  finish(done: Row): void {
    this.#done = done;
    this.#settle();
  }

  /** Ends it with an error, at once (rows not taken yet are dropped) or behind the rows it has. */
  fail(error: RouterosError, { keepRows = false } = {}): void {
    this.#failure = error;
    if (!keepRows || !this.streams) this.discard();
    this.#settle();
  }

  /** The next row, or undefined at the end. Throws how it failed. */
  async next(): Promise<Row | undefined> {
    while (this.#taken === this.#rows.length && !this.settled) {
      const woken = new Promise<void>((resolve) => this.#waiters.push(resolve));
      this.#observer.adjustFlow();
      await woken;
    }
    const held = this.#rows[this.#taken];
    if (held !== undefined) return this.#take(held);
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  /** All rows, once it is over. Throws how it failed. */
  async whole(): Promise<Reply> {
    while (!this.settled) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    if (this.#failure !== undefined) throw this.#failure;
    const rows = this.#rows.map(({ row }) => row);
    this.discard();
    return { rows, done: this.#done ?? {} };
  }

  #take({ row, cost }: { readonly row: Row; readonly cost: number }): Row {
    this.#taken += 1;
    // Cut off now and then, so that taking costs the same however many wait.
    if (this.#taken === this.#rows.length || this.#taken >= 1024) {
      this.#rows = this.#rows.slice(this.#taken);
      this.#taken = 0;
    }
    this.#heldBytes -= cost;
    this.#observer.released(this, cost);
    return row;
  }

  /** Drops the rows that were not taken. */
  discard(): void {
    const bytes = this.#heldBytes;
    this.#rows = [];
    this.#taken = 0;
    this.#heldBytes = 0;
    if (bytes > 0) this.#observer.released(this, bytes);
  }

  #settle(): void {
    this.state = 'over';
    for (const call of this.#settling.splice(0)) call();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
