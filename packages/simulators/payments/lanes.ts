type Work = () => Promise<void>;

/** Work that is done so much at a time, and what has the same lane one after the other. */
export class Lanes {
  readonly #most: number;
  readonly #behind = new Map<string, Work[]>();
  readonly #line: (() => void)[] = [];
  readonly #busy = new Set<Promise<void>>();
  #running = 0;
  #closed = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** Does it once there is room and its lane is free; without a lane it waits for nobody's. */
  add(work: Work, lane?: string): void {
    const behind = lane === undefined ? undefined : this.#behind.get(lane);
    if (behind !== undefined) behind.push(work);
    else {
      if (lane !== undefined) this.#behind.set(lane, []);
      this.#enter(work, lane);
    }
  }

  /** Something that `idle` waits for, too. */
  track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#busy.delete(tracked));
    this.#busy.add(tracked);
  }

  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  /** Begins nothing more. */
  close(): void {
    this.#closed = true;
  }

  #enter(work: Work, lane: string | undefined): void {
    if (this.#closed) return;
    if (this.#running < this.#most) this.#run(work, lane);
    else this.#line.push(() => this.#run(work, lane));
  }

  #run(work: Work, lane: string | undefined): void {
    this.#running += 1;
    this.track(
      work().finally(() => {
        this.#running -= 1;
        if (lane !== undefined) this.#free(lane);
        if (!this.#closed && this.#running < this.#most) this.#line.shift()?.();
      }),
    );
  }

  #free(lane: string): void {
    const next = this.#behind.get(lane)?.shift();
    if (next === undefined) this.#behind.delete(lane);
    else this.#enter(next, lane);
  }
}
