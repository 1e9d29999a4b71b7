import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { post, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { recorded } from './change-invoice.ts';
import { nothingFor, waiveFeeOf } from './late-fee-queries.ts';
import { lockSubscriptionsOf, subscriptionsOfInvoice } from './part-queries.ts';
import { lockInvoice } from './queries.ts';
import { applyAmounts, resumeSettled } from './settle-queries.ts';

/**
 * Takes the late fee off what is still open of an invoice, and charges none on it any more. What was already paid of it stays
 * paid, and what was credited stays credited. An invoice with nothing left to pay is paid by it, with all that follows from that.
 * @throws {AppError} not_found, invoice_paid, invoice_cancelled, invoice_draft, books_closed
 */
export async function waiveLateFee(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  id: string,
): Promise<void> {
  await refusingClosedBooks(() =>
    inTransaction(kit.db, async (tx) => {
      const before = await lockInvoice(tx, id);
      if (!before) throw new AppError('not_found');
      if (before.status === 'paid') throw new AppError('invoice_paid');
      if (before.status === 'cancelled') throw new AppError('invoice_cancelled');
      if (before.status === 'draft') throw new AppError('invoice_draft');
      await lockSubscriptionsOf(tx, before);
      const at = instantText(kit.clock.now());
      const today = await organisationToday(kit, tx);
      const { waived, settled } = await waiveFeeOf(tx, id, at, `Late fee waived by ${author.name}`);
      const move = {
        debit: 'receivable',
        credit: 'late_fees',
        amount: `-${waived}`,
        customerId: before.customer_id,
        invoiceId: id,
      };
      await post(tx, [move], { day: today, kind: 'late_fee_waived', at });
      const context = {
        at,
        today,
        author,
        paidAt: at,
        message: 'Paid: the rest was a late fee',
        reference: null,
      };
      if (settled) await applyAmounts(tx, nothingFor(id), context, onChanged);
      await resumeSettled(tx, subscriptionsOfInvoice(id), context, onChanged);
      await recorded(kit, tx, author, 'invoice.late_fee_waived', before);
    }),
  );
}
