import type { Tx } from '#kit/db.ts';

/** What modules to the right do when routers change. */
export interface RouterHooks {
  /** Runs after routers were added, changed or removed, in the same transaction. */
  readonly afterChanged: (tx: Tx, at: string) => Promise<void>;
  /** Runs before a router is removed: what only waits to be taken off it is forgotten. */
  readonly beforeRemoved: (tx: Tx, id: string) => Promise<void>;
}
