import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId, newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import {
  cancelRows,
  changeOneIn,
  resumeOne,
  type SubscriptionHooks,
  type SubscriptionWithRelations,
  setCancelReason,
  setCancelRequest,
} from '../subscriptions/index.ts';
import {
  firstUnused,
  holdingPeriods,
  isCorrected,
  isUntouched,
  isVoidable,
  voidPeriods,
} from './open-periods.ts';
import { periodsFrom } from './period-queries.ts';
import { addonCredits, creditLine } from './prorate.ts';
import { insertProrations } from './proration-queries.ts';
import { issueItems } from './queries.ts';

interface CancelInput {
  readonly at: 'now' | 'period_end';
  readonly credit?: boolean | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Cancels a subscription. At the period's end: it renews no more, open invoices of periods that have not begun are voided,
 * and the run cancels it. Now with credit: they are voided too, and the unused days of paid periods go to the customer's
 * balance at what they were sold for, with their tax; invoices of used time stay. A second time changes nothing.
 * @throws {AppError} not_found; subscription_state, at the period's end of a cancelled one; invoice_has_payments, with credit
 * where a period that has not begun is paid in part; invoice_joint, at the period's end where one that has not begun is on
 * an open invoice of several; books_closed; validation_failed
 */
export async function cancelWithTerms(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  input: CancelInput,
): Promise<SubscriptionWithRelations> {
  const atEnd = input.at === 'period_end';
  if (atEnd && input.credit) {
    throw fieldError('credit', {
      en: 'At the period’s end nothing is left to credit. Leave credit out, or cancel now.',
      id: 'Di akhir periode tidak ada sisa untuk dikreditkan. Kosongkan credit, atau batalkan sekarang.',
    });
  }
  const reason = input.reason ?? null;
  return holdingPeriods(kit, id, true, (tx) =>
    changeOneIn(
      tx,
      kit,
      hooks,
      author,
      id,
      atEnd ? 'updated' : 'cancelled',
      'Cancelled',
      async (_, before, at) => {
        if (atEnd) return cancelAtEnd(kit, tx, hooks, author, before, reason);
        if (before.status === 'cancelled') return 'unchanged';
        if (input.credit) await creditUnused(kit, tx, author, before);
        await hooks.beforeCancelled(tx, id, author);
        await cancelRows(tx, [id], at);
        await setCancelReason(tx, id, reason);
        return 'changed';
      },
    ),
  );
}

async function cancelAtEnd(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  author: Author,
  before: SubscriptionWithRelations,
  reason: string | null,
): Promise<'changed' | 'unchanged'> {
  if (before.status === 'cancelled') throw new AppError('subscription_state');
  if (before.cancel_requested_on !== null && before.cancel_reason === reason) return 'unchanged';
  const today = await organisationToday(kit, tx);
  const at = instantText(kit.clock.now());
  const periods = await periodsFrom(tx, before.id, sinceWhen(before, today));
  const kept = periods.findLastIndex((period) => !isVoidable(period));
  const begun = periods.findLastIndex((period) => !isUntouched(period) || isCorrected(period));
  if (kept > begun) throw new AppError('invoice_joint');
  await voidPeriods(kit, tx, before, periods.slice(kept + 1), { author, today });
  await setCancelRequest(tx, before.id, { since: before.cancel_requested_on ?? today, reason, at });
  await hooks.afterStarted(tx);
  return 'changed';
}

/** The first day whose time is to come: while suspended time is not billed, that on which it stopped. */
function sinceWhen(before: SubscriptionWithRelations, today: string): string {
  const { suspended_on: suspended, suspended_for: reason, package: pack } = before;
  const frozen = suspended !== null && (reason === 'paused' || !pack.bill_suspended_time);
  return frozen ? suspended : firstUnused(before, today);
}

async function creditUnused(
  kit: Kit,
  tx: Tx,
  author: Author,
  before: SubscriptionWithRelations,
): Promise<void> {
  const today = await organisationToday(kit, tx);
  const at = instantText(kit.clock.now());
  // First what the suspension was is settled, so that its days are not counted as used.
  if (before.status === 'suspended') await resumeOne(tx, before.id, today, at);
  const periods = await periodsFrom(tx, before.id, firstUnused(before, today));
  const open = periods.filter(({ status }) => status !== 'paid');
  if (open.some((period) => period.unused === period.days && !isUntouched(period)))
    throw new AppError('invoice_has_payments');
  // An open period that was prorated or credited, or whose invoice has others on it, cannot be voided: its credit goes to the
  // balance, and that pays what is open.
  const lines = periods
    .filter((period) => period.status === 'paid' || (isUntouched(period) && !isVoidable(period)))
    .flatMap((period) => [
      creditLine(period, newId(kit.clock)),
      ...addonCredits(period, () => newId(kit.clock)),
    ])
    .filter((line) => Number(line.unit_price) !== 0);
  await voidPeriods(kit, tx, before, open.filter(isVoidable), { author, today });
  if (lines.length === 0) return;
  const invoice = { customer_id: before.customer_id, subscription_id: before.id, items: lines };
  const invoiceId = await issueItems(tx, invoice, {
    today,
    at,
    runId: null,
    idPrefix: newIdPrefix(kit.clock),
    dueDate: today,
    log: { action: 'credited', message: `Unused days credited by ${author.name}` },
  });
  await insertProrations(tx, before.id, invoiceId, lines, at);
}
