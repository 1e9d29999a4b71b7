import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { oneSubscription } from './period-queries.ts';
import { issueUsed, issueWaiting } from './queries.ts';

/**
 * Invoices what is left of a subscription that is about to be cancelled, due today: the used days of a postpaid period, and
 * the charges that waited for the next invoice. The caller holds its lock. @throws {AppError} books_closed
 */
export async function invoiceUsed(kit: Kit, tx: Tx, subscriptionId: string, author: Author): Promise<void> {
  const today = await organisationToday(kit, tx);
  const context = { today, at: instantText(kit.clock.now()), runId: null, dueDate: today };
  const ending = oneSubscription(subscriptionId);
  await refusingClosedBooks(async () => {
    const log = { action: 'renewed', message: `Invoiced up to the cancellation by ${author.name}` };
    await issueUsed(tx, ending, { ...context, idPrefix: newIdPrefix(kit.clock), log });
    await issueWaiting(tx, ending, { ...context, newIdPrefix: () => newIdPrefix(kit.clock) });
  });
}
