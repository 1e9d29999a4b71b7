import type { Tx } from '#kit/db.ts';
import type { PackageRow } from './queries.ts';

/** What modules to the right do when packages change. */
export interface CatalogHooks {
  /** Runs after a package was changed, in the same transaction; may refuse the change. */
  readonly afterUpdated: (tx: Tx, before: PackageRow, after: PackageRow, at: string) => Promise<void>;
}
