/** Answers that are remembered for a while, in this process alone; the one that was made longest ago is forgotten first. */
export class Remembered<T> {
  readonly #known = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #most: number;
  readonly #milliseconds: number;

  constructor(most: number, milliseconds: number) {
    this.#most = most;
    this.#milliseconds = milliseconds;
  }

  /** Undefined where it is not known, or no longer. `now` is in milliseconds of any clock, the same in both calls. */
  recall(key: string, now: number): T | undefined {
    const found = this.#known.get(key);
    return found === undefined || found.until <= now ? undefined : found.value;
  }

  remember(key: string, value: T, now: number): void {
    // A Map keeps the order of insertion: what is renewed goes to its end.
    this.#known.delete(key);
    this.#known.set(key, { value, until: now + this.#milliseconds });
    if (this.#known.size <= this.#most) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
