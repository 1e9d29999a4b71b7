import type { z } from 'zod';
import type { secretSchema, subscriptionSchema } from '#contract';
import type { Db, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';

/** What customers need of the modules to their right; the edition registers it. */
export interface CustomerHooks {
  /** Subscriptions with their packages, and router accounts, of one customer. */
  readonly relationsOf: (
    db: Db,
    customerId: string,
  ) => Promise<{
    readonly subscriptions: z.input<typeof subscriptionSchema>[];
    readonly secrets: z.input<typeof secretSchema>[];
  }>;
  /** Whether the customer has subscriptions that are not cancelled. */
  readonly hasOpenSubscriptions: (tx: Tx, customerId: string) => Promise<boolean>;
  /** Runs before customers who were never invoiced are deleted, in the same transaction. */
  readonly beforeDelete: (tx: Tx, customerIds: readonly string[], author: Author) => Promise<void>;
  /** Runs after customers were given another router, in the same transaction. */
  readonly afterMoved: (tx: Tx, customerIds: readonly string[], at: string) => Promise<void>;
  /** Runs after the membership type of customers changed, in the same transaction. */
  readonly afterMembershipChanged: (tx: Tx, customerIds: readonly string[]) => Promise<void>;
  /** Runs after a customer's personal details were erased: other modules erase their copies. */
  readonly afterAnonymise: (tx: Tx, customerIds: readonly string[]) => Promise<void>;
}
