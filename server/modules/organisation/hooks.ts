import type { Tx } from '#kit/db.ts';
import type { OrganisationRow } from './queries.ts';

/** What modules to the right do when the organisation's settings change. */
export interface OrganisationHooks {
  /** Runs after a change, in its transaction. */
  readonly afterUpdated: (
    tx: Tx,
    before: OrganisationRow,
    after: OrganisationRow,
    at: string,
  ) => Promise<void>;
}
