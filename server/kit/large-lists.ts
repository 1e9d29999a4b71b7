import type { Db } from './db.ts';

const rememberMs = 60_000;
const mostRemembered = 5000;

/**
 * Which lists were lately found to have more rows than are counted, with the planner's estimate. To find that out is
 * the dearest part of a search for something common (20 ms of processor time among a million customers, against 1 ms
 * for its page), and people turn pages and search for the same names. Totals that are counted are never remembered:
 * they stay exact.
 */
export class LargeLists {
  readonly #known = new Map<string, { readonly estimate: number; readonly until: number }>();

  /** The estimate, if the list was found large within the last minute. `now` is in monotonic milliseconds. */
  recall(list: string, now = performance.now()): number | undefined {
    const found = this.#known.get(list);
    return found === undefined || found.until <= now ? undefined : found.estimate;
  }

  remember(list: string, estimate: number, now = performance.now()): void {
    // The oldest goes first, also when it was renewed: a Map keeps the order of insertion.
    this.#known.delete(list);
    this.#known.set(list, { estimate, until: now + rememberMs });
    if (this.#known.size <= mostRemembered) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

const ofDatabase = new WeakMap<Db, LargeLists>();

/** What is remembered of a database's lists. */
export function largeListsOf(db: Db): LargeLists {
  return ofDatabase.getOrInsertComputed(db, () => new LargeLists());
}
