import type { SqlPart } from '#kit/db.ts';

export interface QuotaHooks {
  /**
   * Statements that tell the network of subscriptions whose limits changed: `touched` is a relation with id. They stand
   * beside the change in one WITH clause.
   */
  readonly onLimitsChanged: (touched: SqlPart<unknown>, at: string) => readonly SqlPart<unknown>[];
}
