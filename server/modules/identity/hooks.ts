import type { Tx } from '#kit/db.ts';

/** What identity needs of the modules to its right; the edition registers it. */
export interface UserHooks {
  /** Runs before a user is deleted, in the same transaction, and refuses what the user would have to finish first. */
  readonly beforeDelete: (tx: Tx, userId: string) => Promise<void>;
}
