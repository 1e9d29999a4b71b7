import type { Tx } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';

/** A PPP user as it is written by hand. */
export interface SecretInput {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly service?: string | undefined;
  readonly profile?: string | undefined;
  readonly local_address?: string | undefined;
  readonly remote_address?: string | undefined;
  readonly comment?: string | undefined;
}

export interface OwnedChange extends SecretInput {
  readonly disabled?: boolean;
}

/** What modules to the right do when routers change. */
export interface RouterHooks {
  /** Runs after routers were added, changed or removed, in the same transaction. */
  readonly afterChanged: (tx: Tx, at: string) => Promise<void>;
  /** Runs before a router is removed: what only waits to be taken off it is forgotten. */
  readonly beforeRemoved: (tx: Tx, id: string) => Promise<void>;
}

/** What modules to the right do with entries of routers that are Nadi's. */
export interface EntryHooks {
  /**
   * Changes what an entry of Nadi's is to be (`mark` is its comment), and answers once the router was seen to hold it.
   * @throws {AppError} router_entry_owned where nobody here owns it, validation_failed
   */
  readonly changeOwned: (
    author: Author,
    mark: string,
    change: OwnedChange,
    language: Language,
  ) => Promise<{ readonly success: boolean; readonly message: string }>;
}
