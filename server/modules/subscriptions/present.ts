import type { z } from 'zod';
import type { secretSchema, subscriptionSchema } from '#contract';
import type { SecretRow, SubscriptionRow, SubscriptionWithRelations } from './queries.ts';

type Subscription = z.input<typeof subscriptionSchema>;
type Secret = z.input<typeof secretSchema>;

export function presentSubscription(row: SubscriptionRow | SubscriptionWithRelations): Subscription {
  // The columns' checks allow just the contract's values.
  return {
    ...row,
    status: row.status as Subscription['status'],
    suspended_for: row.suspended_for as Subscription['suspended_for'],
  };
}

/** A router account without its password (decisions.md, Billing). */
export function presentSecret({ password: _, ...row }: SecretRow): Secret {
  return { ...row, service: row.service as Secret['service'] };
}
