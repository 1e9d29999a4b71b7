import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, instant, line, money, moneyOut, positiveMoney } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';

const creditLine = z.object({
  description: z.string(),
  quantity: z.number(),
  unit_price: moneyOut,
  amount: moneyOut,
});

export const creditNoteSchema = z
  .object({
    id: z.uuid(),
    credit_note_number: z.string(),
    invoice_id: z.uuid(),
    customer_id: z.uuid(),
    /** What went to the customer's balance, taxes and late fees included. */
    amount: moneyOut,
    /** Its share of the invoice's taxes. */
    tax_amount: moneyOut,
    late_fee: moneyOut,
    lines: z.array(creditLine),
    reason: z.string(),
    created_by: z.uuid().nullable(),
    created_at: instant,
  })
  .meta({ id: 'CreditNote' });

const lineInput = z.strictObject({
  description: line(),
  quantity: z.number().int().min(1).max(100_000).default(1),
  /** Taxes included. */
  unit_price: money,
});

export const creditNotes = {
  createCreditNote: endpoint({
    method: 'POST',
    path: '/api/invoices/:id/credit-notes',
    tag: 'Credit notes',
    summary:
      'Credit an issued invoice, in part or in full; the balance it makes pays this invoice first, then others',
    permission: 'invoices:write',
    params: idParams,
    body: z.strictObject({
      /** One line of this amount, taxes included; or give `lines`. Rounded half up to whole rupiah. */
      amount: positiveMoney.optional(),
      lines: z.array(lineInput).min(1).max(100).optional(),
      reason: line(500),
    }),
    status: 201,
    response: creditNoteSchema,
    errors: ['not_found', 'invoice_cancelled', 'credit_too_high', 'books_closed'],
  }),
  listCreditNotes: endpoint({
    method: 'GET',
    path: '/api/credit-notes',
    tag: 'Credit notes',
    summary: 'Credit notes, newest first, by customer or invoice',
    permission: 'invoices:read',
    query: z.strictObject({ ...pageQuery, customer_id: id.optional(), invoice_id: id.optional() }),
    status: 200,
    response: pageOf(creditNoteSchema),
    errors: [],
  }),
  showCreditNote: endpoint({
    method: 'GET',
    path: '/api/credit-notes/:id',
    tag: 'Credit notes',
    summary: 'A credit note with its lines',
    permission: 'invoices:read',
    params: idParams,
    status: 200,
    response: creditNoteSchema,
    errors: ['not_found'],
  }),
};
