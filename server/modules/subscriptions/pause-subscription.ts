import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import { changeOne } from './change-subscription.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { pauseOne, setCancelRequest } from './lifecycle-queries.ts';
import type { SubscriptionWithRelations } from './queries.ts';

/**
 * Pauses an active subscription until `resumeOn`, or until it is activated; a payment does not end it. Of a paused one only
 * the day of its end changes. @throws {AppError} not_found; subscription_state; validation_failed unless the day is to come
 */
export function pauseSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  resumeOn: string | undefined,
): Promise<SubscriptionWithRelations> {
  return changeOne(kit, hooks, author, id, 'suspended', 'Paused', async (tx, before, at) => {
    const today = await organisationToday(kit, tx);
    if (resumeOn !== undefined && resumeOn <= today) {
      throw fieldError('resume_on', { en: 'Choose a day after today.', id: 'Pilih hari sesudah hari ini.' });
    }
    const paused = before.suspended_for === 'paused';
    if (before.status !== 'active' && !paused) throw new AppError('subscription_state');
    if (paused && before.resume_on === (resumeOn ?? null)) return 'unchanged';
    await pauseOne(tx, id, { today, resumeOn: resumeOn ?? null, at });
    return 'changed';
  });
}

/** Takes back a cancellation at the period's end. @throws {AppError} not_found; subscription_state when it is cancelled */
export function keepSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
): Promise<SubscriptionWithRelations> {
  return changeOne(kit, hooks, author, id, 'updated', 'Kept', async (tx, before, at) => {
    if (before.status === 'cancelled') throw new AppError('subscription_state');
    if (before.cancel_requested_on === null) return 'unchanged';
    await setCancelRequest(tx, id, { since: null, reason: null, at });
    await hooks.afterStarted(tx);
    return 'changed';
  });
}
