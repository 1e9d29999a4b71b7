import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { changeOne } from './change-subscription.ts';
import type { SubscriptionHooks } from './hooks.ts';
import {
  restartExpired,
  resumeOne,
  type SubscriptionWithRelations,
  setSuspendNotBefore,
  suspendOne,
} from './queries.ts';

/** Suspends by hand; then a payment does not lift it. @throws {AppError} not_found, subscription_state */
export function suspendSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
): Promise<SubscriptionWithRelations> {
  return changeOne(kit, hooks, author, id, 'suspended', 'Suspended', async (tx, before, at) => {
    if (before.status === 'suspended' && before.suspended_for === 'manual') return 'unchanged';
    if (before.status !== 'active' && before.status !== 'suspended') throw new AppError('subscription_state');
    const today = await organisationToday(kit, tx);
    // The pause ends here: its days are not billed, whatever the package says of those that follow.
    if (before.suspended_for === 'paused') await resumeOne(tx, id, today, at);
    await suspendOne(tx, id, today, at);
    return 'changed';
  });
}

/**
 * Resumes a suspended subscription, or starts an expired one again from today. While invoices are overdue the run
 * leaves it alone until `until`; without it, for the organisation's grace days.
 * @throws {AppError} not_found; subscription_state when cancelled; validation_failed when `until` has passed
 */
export function activateSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  until: string | undefined,
): Promise<SubscriptionWithRelations> {
  return changeOne(kit, hooks, author, id, 'activated', 'Activated', async (tx, before, at) => {
    if (before.status === 'cancelled') throw new AppError('subscription_state');
    const today = await organisationToday(kit, tx);
    if (until !== undefined && until < today) {
      throw fieldError('until', {
        en: 'Choose today or a later date.',
        id: 'Pilih hari ini atau sesudahnya.',
      });
    }
    if (before.status === 'active' && until === undefined) return 'unchanged';
    if (before.status === 'suspended') await resumeOne(tx, id, today, at);
    if (before.status === 'expired') await restartExpired(tx, id, today, at);
    await setSuspendNotBefore(tx, id, until ?? (await afterGrace(kit, tx, today)), at);
    await hooks.afterStarted(tx);
    return 'changed';
  });
}

async function afterGrace(
  kit: Kit,
  tx: Parameters<typeof organisationToday>[1],
  today: string,
): Promise<string> {
  const { grace_days: days } = await readOrganisation(tx ?? kit.db);
  return Temporal.PlainDate.from(today)
    .add({ days: days + 1 })
    .toString();
}
