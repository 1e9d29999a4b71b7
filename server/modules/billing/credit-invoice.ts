import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { changeFunds, lockFunds, post, refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import {
  type CreditNoteRow,
  creditedOf,
  insertCreditNote,
  nextCreditNoteNumber,
} from './credit-note-queries.ts';
import { creditParts, type Parts } from './credit-rules.ts';
import type { BillingHooks } from './hooks.ts';
import { lockSubscriptionsOf } from './part-queries.ts';
import { presentCreditNote } from './present.ts';
import { givenBackOf } from './proration-queries.ts';
import { type InvoiceRow, lockInvoice } from './queries.ts';
import { totalOf } from './rules.ts';

interface CreditInput {
  readonly amount?: string | undefined;
  readonly lines?:
    | readonly { readonly description: string; readonly quantity: number; readonly unit_price: string }[]
    | undefined;
  readonly reason: string;
}

const issued: ReadonlySet<string> = new Set(['unpaid', 'overdue', 'paid']);

/**
 * Credits an issued invoice: what it asked too much for goes to the customer's balance, which then pays the rest of this
 * invoice, in the same transaction, and others after it.
 * @throws {AppError} not_found, validation_failed, invoice_cancelled, credit_too_high, books_closed
 */
export async function creditInvoice(
  kit: Kit,
  hooks: BillingHooks,
  author: Author,
  invoiceId: string,
  input: CreditInput,
): Promise<CreditNoteRow> {
  const lines = linesOf(input);
  const note = await refusingClosedBooks(() =>
    inTransaction(kit.db, async (tx) => {
      const invoice = await lockInvoice(tx, invoiceId);
      if (!invoice) throw new AppError('not_found');
      if (!issued.has(invoice.status)) throw refusal(invoice);
      await lockSubscriptionsOf(tx, invoice);
      const earlier = await creditedOf(tx, invoiceId);
      const parts = creditParts(invoice, earlier, totalOf(lines), await givenBackOf(tx, invoiceId));
      if (!parts) throw new AppError('credit_too_high');
      const at = instantText(kit.clock.now());
      const today = await organisationToday(kit, tx);
      const added = await insertCreditNote(tx, {
        id: newId(kit.clock),
        credit_note_number: await nextCreditNoteNumber(tx, today),
        invoice_id: invoiceId,
        customer_id: invoice.customer_id,
        ...parts,
        lines: JSON.stringify(lines.map((line) => ({ ...line, amount: `${totalOf([line])}.00` }))),
        reason: input.reason,
        created_by: author.userId ?? null,
        created_at: at,
      });
      await lockFunds(tx, invoice.customer_id, at);
      await changeFunds(tx, invoice.customer_id, { balance: parts.amount }, at);
      await book(tx, invoice, parts, { day: today, at });
      await recordChanges(tx, kit.clock, author, [
        {
          action: 'credit_note.created',
          subjectType: 'credit_note',
          subjectId: added.id,
          after: presentCreditNote(added),
        },
      ]);
      await hooks.payInvoiceFromBalance(tx, author, invoiceId);
      return added;
    }),
  );
  await hooks.payOpenInvoices(author, note.customer_id);
  return note;
}

function book(tx: Tx, invoice: InvoiceRow, parts: Parts, on: { readonly day: string; readonly at: string }) {
  const move = (debit: string, amount: string) => ({
    debit,
    credit: 'customer_balance',
    amount,
    customerId: invoice.customer_id,
    invoiceId: invoice.id,
  });
  const rest = BigInt(parts.amount.slice(0, -3)) - BigInt(parts.tax_amount.slice(0, -3));
  const revenue = rest - BigInt(parts.late_fee.slice(0, -3));
  const moves = [
    move('revenue', `${revenue}.00`),
    move('late_fees', parts.late_fee),
    move('tax', parts.tax_amount),
  ];
  return post(tx, moves, { ...on, kind: 'credit_note' });
}

function refusal(invoice: InvoiceRow): AppError {
  if (invoice.status === 'cancelled') return new AppError('invoice_cancelled');
  return new AppError('conflict', {
    message: {
      en: 'This invoice is not issued yet; change it instead of crediting it.',
      id: 'Tagihan ini belum diterbitkan; ubah tagihannya, jangan dibuatkan nota kredit.',
    },
  });
}

/** The lines of the note; an amount is one line that says the reason. */
function linesOf({ amount, lines, reason }: CreditInput) {
  if ((amount === undefined) === (lines === undefined)) {
    throw fieldError(amount === undefined ? 'amount' : 'lines', {
      en: 'Give an amount or lines, one of both.',
      id: 'Isi amount atau lines, salah satunya.',
    });
  }
  const given = lines ?? [{ description: reason, quantity: 1, unit_price: amount ?? '0.00' }];
  if (totalOf(given) < 1n) {
    throw fieldError(lines ? 'lines' : 'amount', {
      en: 'The total must be at least one rupiah.',
      id: 'Total harus paling sedikit satu rupiah.',
    });
  }
  return given;
}
