import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { keepCustomer } from '../customers/index.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { findSubscription, lockSubscription } from '../subscriptions/index.ts';
import { recorded } from './change-invoice.ts';
import { issueStored } from './draft-queries.ts';
import { type InvoiceRow, lockInvoice } from './queries.ts';

/**
 * Issues a draft today: with the day's next number, the taxes of this moment, and its place in the books. A due date that has
 * passed becomes today. Of two at once the second is told that it is issued.
 * @throws {AppError} not_found, invoice_not_draft, customer_anonymised, subscription_state, books_closed
 */
export async function issueDraft(kit: Kit, author: Author, id: string): Promise<void> {
  await refusingClosedBooks(() =>
    inTransaction(kit.db, async (tx) => {
      const before = await lockInvoice(tx, id);
      if (!before) throw new AppError('not_found');
      if (before.status !== 'draft') throw new AppError('invoice_not_draft');
      await checkStillThere(tx, before);
      await issueStored(tx, id, {
        today: await organisationToday(kit, tx),
        at: instantText(kit.clock.now()),
        runId: null,
        log: { action: 'created', message: `Invoiced by ${author.name}` },
      });
      await recorded(kit, tx, author, 'invoice.issued', before);
    }),
  );
}

/** Whom it is for may have left since it was drafted. */
async function checkStillThere(tx: Tx, draft: InvoiceRow): Promise<void> {
  const customer = await keepCustomer(tx, draft.customer_id);
  if (!customer || customer.anonymised_at !== null) throw new AppError('customer_anonymised');
  if (draft.subscription_id === null) return;
  await lockSubscription(tx, draft.subscription_id);
  const subscription = await findSubscription(tx, draft.subscription_id);
  if (!subscription || subscription.status === 'cancelled') {
    throw new AppError('subscription_state', {
      message: {
        en: 'The subscription of this draft is cancelled. Delete the draft, and make one for the customer alone.',
        id: 'Langganan draf ini sudah dibatalkan. Hapus draf ini, lalu buat yang baru untuk pelanggannya saja.',
      },
    });
  }
}
