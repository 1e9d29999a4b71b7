import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import {
  applyAmounts,
  type InvoiceRow,
  lockInvoice,
  lockSubscriptionsOf,
  resumeSettled,
  subscriptionsOfInvoice,
} from '../billing/index.ts';
import { changeFunds, lockFunds, refusingClosedBooks } from '../ledger/index.ts';
import { localDay, organisationToday } from '../organisation/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { bookPayment } from './book-payment.ts';
import { presentPayment } from './present.ts';
import { findPaymentByKey, insertPayment, oneAmount, type PaymentRow } from './queries.ts';
import { nextReceiptNumber } from './receipt-queries.ts';
import { amountLeft, isMore } from './rules.ts';

export interface PaymentInput {
  readonly invoice_id: string;
  /** Decimal text; without it, all that is left to pay. */
  readonly amount?: string | undefined;
  readonly method?: string | undefined;
  readonly transaction_id?: string | null | undefined;
  readonly payment_date?: string | undefined;
  readonly notes?: string | null | undefined;
  /** With one that was used for the same payment before, that one is answered and nothing is taken. */
  readonly idempotency_key?: string | undefined;
}

/**
 * Takes a payment by hand. An invoice paid in full extends its subscription, and resumes it once nothing overdue is
 * left. Two payments at once queue on the invoice, so neither is lost and none is counted twice.
 * What is above the rest of the invoice goes to the customer's balance.
 * @throws {AppError} validation_failed, invoice_paid, invoice_cancelled, invoice_draft, books_closed
 */
export async function takePayment(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  input: PaymentInput,
): Promise<PaymentRow> {
  try {
    return await refusingClosedBooks(() => take(kit, onChanged, author, input));
  } catch (error) {
    if (violatedConstraint(error) === 'payments_idempotency_key_unique') throw keyUsed();
    throw error;
  }
}

async function take(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  input: PaymentInput,
): Promise<PaymentRow> {
  const at = instantText(kit.clock.now());
  const paidAt = paymentInstant(kit, input.payment_date);
  return inTransaction(kit.db, async (tx) => {
    const invoice = await lockInvoice(tx, input.invoice_id);
    if (!invoice)
      throw fieldError('invoice_id', { en: 'There is no such invoice.', id: 'Tagihan ini tidak ada.' });
    // Under the invoice's lock: a request that is sent twice at once finds the first one's payment here.
    const earlier = await earlierPayment(tx, input);
    if (earlier) return earlier;
    await ensurePayable(tx, invoice);
    const left = amountLeft(invoice.amount, invoice.amount_paid);
    const amount = input.amount ?? left;
    // What is above the rest of the invoice is the customer's: it waits for the next one (field.md 8).
    const surplus = isMore(amount, left) ? amountLeft(amount, left) : '0.00';
    const applied = amountLeft(amount, surplus);
    if (isMore(surplus, '0.00')) await lockFunds(tx, invoice.customer_id, at);
    const method = input.method ?? 'cash';
    const today = await organisationToday(kit, tx);
    const context = {
      at,
      today,
      author,
      paidAt,
      message: `Paid, taken by ${author.name}`,
      reference: input.transaction_id ?? null,
    };
    await applyAmounts(tx, oneAmount(invoice.id, applied), context, onChanged);
    await resumeSettled(tx, subscriptionsOfInvoice(invoice.id), context, onChanged);
    if (isMore(surplus, '0.00')) await changeFunds(tx, invoice.customer_id, { balance: surplus }, at);
    const day = await localDay(tx, paidAt);
    // Last, since all payments of a day take turns on the receipt's number until they are committed.
    const payment = await insertPayment(tx, {
      id: newId(kit.clock),
      receipt_number: await nextReceiptNumber(tx, today),
      idempotency_key: input.idempotency_key ?? null,
      invoice_id: invoice.id,
      amount,
      to_balance: surplus,
      method,
      transaction_id: input.transaction_id ?? null,
      payment_date: paidAt,
      notes: input.notes ?? null,
      received_by: author.userId ?? null,
      created_at: at,
      updated_at: at,
    });
    await bookPayment(tx, payment, invoice.customer_id, 'taken', day, at);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'payment.created',
        subjectType: 'payment',
        subjectId: payment.id,
        after: presentPayment(payment),
      },
    ]);
    return payment;
  });
}

/** @throws {AppError} validation_failed where the key was used for another payment */
async function earlierPayment(tx: Tx, input: PaymentInput): Promise<PaymentRow | undefined> {
  const { idempotency_key: key, invoice_id: invoiceId, amount, method = 'cash' } = input;
  const earlier = key === undefined ? undefined : await findPaymentByKey(tx, key);
  if (!earlier) return undefined;
  const same =
    earlier.invoice_id === invoiceId &&
    earlier.amount === amount &&
    earlier.method === method &&
    earlier.transaction_id === (input.transaction_id ?? null);
  if (!same) throw keyUsed();
  return earlier;
}

/** The refusal of an idempotency key that was used for something else. */
export function keyUsed(): AppError {
  return fieldError('idempotency_key', {
    en: 'This key was used for something else already. Use a new one.',
    id: 'Kunci ini sudah dipakai untuk hal lain. Gunakan yang baru.',
  });
}

async function ensurePayable(tx: Tx, invoice: InvoiceRow): Promise<void> {
  if (invoice.status === 'paid') throw new AppError('invoice_paid');
  if (invoice.status === 'cancelled') throw new AppError('invoice_cancelled');
  if (invoice.status === 'draft') throw new AppError('invoice_draft');
  // Payments of one subscription, and the run that may suspend it, take turns: whoever comes last sees the whole.
  await lockSubscriptionsOf(tx, invoice);
}

function paymentInstant(kit: Kit, given: string | undefined): string {
  const now = kit.clock.now();
  if (given === undefined) return instantText(now);
  const instant = Temporal.Instant.from(given);
  if (
    Temporal.Instant.compare(instant, now.add({ minutes: 5 })) > 0 ||
    instant.epochMilliseconds < Date.UTC(2000)
  ) {
    throw fieldError('payment_date', {
      en: 'The payment date must lie between the year 2000 and now.',
      id: 'Tanggal pembayaran harus antara tahun 2000 dan sekarang.',
    });
  }
  return instantText(instant);
}
