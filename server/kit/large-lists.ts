import type { Db } from './db.ts';
import { Remembered } from './remembered.ts';

const rememberMs = 60_000;
const mostRemembered = 5000;

/**
 * Which lists were lately found to have more rows than are counted, with the planner's estimate. To find that out is
 * the dearest part of a search for something common (20 ms of processor time among a million customers, against 1 ms
 * for its page), and people turn pages and search for the same names. Totals that are counted are never remembered:
 * they stay exact.
 */
type LargeLists = Remembered<number>;

const ofDatabase = new WeakMap<Db, LargeLists>();

/** What is remembered of a database's lists. */
export function largeListsOf(db: Db): LargeLists {
  return ofDatabase.getOrInsertComputed(db, () => new Remembered<number>(mostRemembered, rememberMs));
}
