import type { SubscriptionsChange } from '../subscriptions/index.ts';
import { logChangeStatement } from './log-queries.ts';

/** Billing's part in a change of subscriptions: a line in its log for each. What was merely updated tells it nothing. */
export function logSubscriptionChanges(change: SubscriptionsChange) {
  return change.kind === 'updated' && change.action === undefined ? [] : [logChangeStatement(change)];
}
