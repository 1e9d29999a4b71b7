import type { SessionRow } from './session-queries.ts';

/** What modules to the right do for this one. */
export interface RadiusHooks {
  /**
   * Ends a session through the router's own API, where it did not end when RADIUS asked; says whether it is gone from the
   * router.
   */
  readonly disconnectByApi: (session: SessionRow) => Promise<boolean>;
  /** The speed, upload/download, that the router's own API says a session has; undefined where it cannot be told. */
  readonly speedByApi: (session: SessionRow) => Promise<string | undefined>;
}
