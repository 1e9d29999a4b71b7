import { instantText } from '#kit/clock.ts';
import { inTransactionIf, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { postVoid, refusingClosedBooks } from '../ledger/index.ts';
import { lockSubscription, type SubscriptionWithRelations } from '../subscriptions/index.ts';
import { type BilledPeriod, lockOpenPeriods, openPeriodIds } from './period-queries.ts';
import { voidInvoiceRow } from './settle-queries.ts';

const again = Symbol('again');

/**
 * Does `work` in a transaction that holds the open invoices of a subscription's periods and then the subscription, in the
 * order in which payments lock them. If one was made while they were waited for, it begins anew. What was done is undone
 * unless `keep`.
 * @throws {AppError} conflict where that does not come to an end; books_closed
 */
export async function holdingPeriods<T>(
  kit: Kit,
  subscriptionId: string,
  keep: boolean,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let turn = 0; turn < 10; turn += 1) {
    const result = await refusingClosedBooks(() =>
      inTransactionIf<T | typeof again>(
        kit.db,
        (done) => keep && done !== again,
        async (tx) => {
          const held = new Set(await lockOpenPeriods(tx, subscriptionId));
          await lockSubscription(tx, subscriptionId);
          const open = await openPeriodIds(tx, subscriptionId);
          return open.every((id) => held.has(id)) ? work(tx) : again;
        },
      ),
    );
    if (result !== again) return result;
  }
  throw new AppError('conflict');
}

/** The first day of which nothing was used: of an expired subscription, the end of its paid time. */
export function firstUnused(subscription: SubscriptionWithRelations, today: string): string {
  const { status, end_date: end } = subscription;
  return status === 'expired' && end < today ? end : today;
}

/** Whether nothing of an open period was used or paid yet. */
export function isUntouched(period: BilledPeriod): boolean {
  const open = period.status === 'unpaid' || period.status === 'overdue';
  return open && period.unused === period.days && Number(period.amount_paid) === 0;
}

/** Whether its invoice must stay: a change of package was prorated inside it, or it has credit notes. */
export function isCorrected(period: BilledPeriod): boolean {
  return period.prorated_days !== null || Number(period.credited) > 0;
}

/** As {@link isUntouched}, and nothing corrects its invoice; nor are other subscriptions on it. */
export function isVoidable(period: BilledPeriod): boolean {
  return isUntouched(period) && !isCorrected(period) && !period.joint;
}

/**
 * Voids the invoices of periods that have not begun, the last first: each gives back the last period there is, so they go
 * one after the other. There are as many as lead days hold periods.
 */
export async function voidPeriods(
  kit: Kit,
  tx: Tx,
  subscription: SubscriptionWithRelations,
  periods: readonly BilledPeriod[],
  { author, today }: { readonly author: Author; readonly today: string },
): Promise<void> {
  const at = instantText(kit.clock.now());
  for (const { id } of periods.toReversed()) {
    await voidInvoiceRow(tx, id, `Voided by ${author.name}: its time was not used`, at);
    await postVoid(tx, id, subscription.customer_id, { day: today, at });
  }
}
