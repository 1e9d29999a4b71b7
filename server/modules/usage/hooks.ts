import type { SqlPart } from '#kit/db.ts';

/** What the accounting of RADIUS, which stands to the right, has to say. */
export interface UsageHooks {
  /**
   * The sessions that are open by the accounting: a relation with id, kind, username, subscription_id, router_id, address,
   * caller_id, started_at, seen_at, bytes_in and bytes_out.
   */
  readonly accountedSessions: SqlPart<unknown>;
  /** What of a subscription's accounting is not counted yet: subscription_id, since, until, sent, received. */
  readonly uncountedOf: (subscriptionId: string) => SqlPart<unknown>;
  /** Ends the sessions that a subscription has by the accounting; says how many there were, and how many stay. */
  readonly endAccounted: (
    subscriptionId: string,
  ) => Promise<{ readonly ended: number; readonly left: number }>;
}
