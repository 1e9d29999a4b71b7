import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { postVoid, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { type InvoiceInput, itemsOf } from './create-invoice.ts';
import { creditedOf } from './credit-note-queries.ts';
import { deleteDraft, replaceDraftItems } from './draft-queries.ts';
import { lockSubscriptionsOf, subscriptionsOfInvoice } from './part-queries.ts';
import { presentInvoice } from './present.ts';
import { isProrated } from './proration-queries.ts';
import {
  findInvoice,
  type InvoiceRow,
  type InvoiceWithCustomer,
  lockInvoice,
  updateInvoiceRow,
} from './queries.ts';
import { resumeSettled, voidInvoiceRow } from './settle-queries.ts';

/**
 * Changes notes, or a due date that has not passed yet; of a draft also its lines.
 * @throws {AppError} not_found, validation_failed, invoice_due_date_passed, invoice_not_draft
 */
export async function updateInvoice(
  kit: Kit,
  author: Author,
  id: string,
  {
    amount,
    lines,
    ...input
  }: Pick<InvoiceInput, 'notes' | 'amount' | 'lines'> & { readonly due_date?: string | undefined },
): Promise<InvoiceWithCustomer> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockInvoice(tx, id);
    if (!before) throw new AppError('not_found');
    if (input.due_date !== undefined && input.due_date !== before.due_date) {
      const today = await organisationToday(kit, tx);
      const isOpen = before.status === 'draft' || (before.status === 'unpaid' && before.due_date >= today);
      if (!isOpen) throw new AppError('invoice_due_date_passed');
      if (input.due_date < today) {
        throw fieldError('due_date', {
          en: 'The due date cannot lie in the past.',
          id: 'Jatuh tempo tidak boleh sudah lewat.',
        });
      }
    }
    if (amount !== undefined || lines !== undefined) {
      if (before.status !== 'draft') throw new AppError('invoice_not_draft');
      const items = itemsOf({ amount, lines, notes: input.notes ?? before.notes });
      if (items !== undefined) await replaceDraftItems(tx, id, items);
    }
    await updateInvoiceRow(tx, id, { ...input, updated_at: instantText(kit.clock.now()) });
    return recorded(kit, tx, author, 'invoice.updated', before);
  });
}

/**
 * Deletes a draft. Voids any other invoice: it keeps its number and stands as cancelled. What it was overdue for no longer suspends.
 * @throws {AppError} not_found, invoice_has_payments, invoice_has_credit_notes, invoice_cancelled, invoice_prorated
 */
export async function voidInvoice(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  id: string,
): Promise<void> {
  await refusingClosedBooks(() =>
    inTransaction(kit.db, async (tx) => {
      const before = await lockInvoice(tx, id);
      if (!before) throw new AppError('not_found');
      if (before.status === 'cancelled') throw new AppError('invoice_cancelled');
      if (before.status === 'draft') return removeDraft(kit, tx, author, before);
      if (before.status === 'paid' || Number(before.amount_paid) > 0)
        throw new AppError('invoice_has_payments');
      if ((await creditedOf(tx, id)).amount !== '0.00') throw new AppError('invoice_has_credit_notes');
      await lockSubscriptionsOf(tx, before);
      if (await isProrated(tx, id)) throw new AppError('invoice_prorated');
      const at = instantText(kit.clock.now());
      await voidInvoiceRow(tx, id, `Voided by ${author.name}`, at);
      const today = await organisationToday(kit, tx);
      await postVoid(tx, id, before.customer_id, { day: today, at });
      await resumeSettled(tx, subscriptionsOfInvoice(id), { at, today, author }, onChanged);
      await recorded(kit, tx, author, 'invoice.cancelled', before);
    }),
  );
}

async function removeDraft(kit: Kit, tx: Tx, author: Author, draft: InvoiceRow): Promise<void> {
  await deleteDraft(tx, draft.id);
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'invoice.draft_deleted',
      subjectType: 'invoice',
      subjectId: draft.id,
      before: presentInvoice(draft),
    },
  ]);
}

/** Reads the invoice after a change, and writes what differs to the audit log. */
export async function recorded(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  before: InvoiceRow,
): Promise<InvoiceWithCustomer> {
  const invoice = await findInvoice(tx, before.id);
  if (!invoice) throw new AppError('not_found');
  const { customer: _, ...after } = presentInvoice(invoice);
  await recordChanges(tx, kit.clock, author, [
    { action, subjectType: 'invoice', subjectId: before.id, before: presentInvoice(before), after },
  ]);
  return invoice;
}
