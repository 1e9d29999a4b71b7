import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { oneSubscription } from './period-queries.ts';
import { issueUsed } from './queries.ts';

/**
 * Invoices the used days of a postpaid subscription that is about to be cancelled, due today; of a prepaid one nothing. The
 * caller holds its lock. @throws {AppError} books_closed
 */
export async function invoiceUsed(kit: Kit, tx: Tx, subscriptionId: string, author: Author): Promise<void> {
  const today = await organisationToday(kit, tx);
  await refusingClosedBooks(() =>
    issueUsed(tx, oneSubscription(subscriptionId), {
      today,
      at: instantText(kit.clock.now()),
      runId: null,
      idPrefix: newIdPrefix(kit.clock),
      dueDate: today,
      log: { action: 'renewed', message: `Invoiced up to the cancellation by ${author.name}` },
    }),
  );
}
