import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { touchSubscription } from './price-part-queries.ts';
import { findSubscription, lockSubscription, type SubscriptionWithRelations } from './queries.ts';
import { isBelowBillion } from './rules.ts';

/** How many add-ons, discounts and pending charges a subscription may have, of each. */
const mostParts = 50;

/**
 * Changes what the next invoice of a subscription is made of, under the subscription's lock. Its row is given another version,
 * by which a run that has read it before notices the change. `work` answers undefined where it changed nothing.
 * @throws {AppError} not_found; subscription_state when cancelled
 */
export async function changePrice<T>(
  kit: Kit,
  subscriptionId: string,
  work: (tx: Tx, subscription: SubscriptionWithRelations, at: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  return inTransaction(kit.db, async (tx) => {
    const locked = await lockSubscription(tx, subscriptionId);
    const subscription = locked && (await findSubscription(tx, subscriptionId));
    if (!subscription) throw new AppError('not_found');
    if (subscription.status === 'cancelled') throw new AppError('subscription_state');
    const at = instantText(kit.clock.now());
    const result = await work(tx, subscription, at);
    if (result !== undefined) await touchSubscription(tx, subscriptionId, at);
    return result;
  });
}

/** Keeps invoices bounded, so that none overflows its column and holds up a run. @throws {AppError} limit_reached */
export function refuseTooMany(count: number): void {
  if (count >= mostParts) throw new AppError('limit_reached');
}

/** @throws {AppError} validation_failed unless price times quantity is below one billion */
export function refuseTooDear(unitPrice: string, quantity: number): void {
  if (isBelowBillion(unitPrice, quantity)) return;
  throw fieldError('unit_price', {
    en: 'Price times quantity must stay below one billion rupiah.',
    id: 'Harga kali jumlah harus di bawah satu miliar rupiah.',
  });
}
