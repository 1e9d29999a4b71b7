import type { z } from 'zod';
import type { chargeSchema, provisioningSchema } from '#contract';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';

export const changeKinds = [
  'created',
  'updated',
  'suspended',
  'activated',
  'expired',
  'cancelled',
  'deleted',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** One kind of change to a set of subscriptions, by a person or by a run. */
export interface SubscriptionsChange {
  readonly kind: ChangeKind;
  /** The relation that holds the changed subscriptions in its column `id`. */
  readonly touched: SqlPart<unknown>;
  /** What happened, in a sentence for the billing log. */
  readonly message: string;
  /** What the billing log calls it; without it, its kind. */
  readonly action?: string;
  /** Where it was not for the same reason: a relation of id, invoice_id, message and meta (jsonb), at most one row a subscription. */
  readonly reasons?: SqlPart<unknown>;
  readonly runId: string | null;
  readonly author: Author;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * What modules to the right do when subscriptions change: each gives one statement over the whole set, which stands
 * beside the change in the same WITH clause. So a change to a million is still one statement, and no list of ids
 * travels through this process.
 */
export type OnSubscriptionsChanged = (change: SubscriptionsChange) => readonly SqlPart<unknown>[];

export interface SubscriptionHooks {
  readonly onChanged: OnSubscriptionsChanged;
  /** Runs once after subscriptions were added or started again, in the transaction: there may be something to invoice. */
  readonly afterStarted: (tx: Tx) => Promise<void>;
  /** The one-off charges that wait for the subscription's next invoice, in its order. */
  readonly pendingChargesOf: (db: Db, subscriptionId: string) => Promise<z.input<typeof chargeSchema>[]>;
  /** Runs before a subscription, which is locked, is cancelled by a person: what it used, and what waited, is invoiced. */
  readonly beforeCancelled: (tx: Tx, id: string, author: Author) => Promise<void>;
}

/** What modules to the right add to the answer for one subscription. */
export interface SubscriptionDetails {
  /** How far routers are with it. */
  readonly provisioningOf: (db: Db, subscriptionId: string) => Promise<z.input<typeof provisioningSchema>[]>;
}
