import { z } from 'zod';
import { invoiceSchema } from './billing.ts';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, note, positiveMoney, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { idempotencyKey, paymentFields, paymentMethods, paymentSchema } from './payment-schema.ts';

const withInvoice = paymentSchema.extend({ invoice: invoiceSchema });

export const payments = {
  listPayments: endpoint({
    method: 'GET',
    path: '/api/payments',
    tag: 'Payments',
    summary: 'Payments, newest first, by method, invoice, local dates or whether reversed',
    permission: 'payments:read',
    query: z.strictObject({
      ...pageQuery,
      method: z.enum(paymentMethods).optional(),
      invoice_id: id.optional(),
      from: date.optional(),
      to: date.optional(),
      reversed: queryBoolean.optional(),
    }),
    status: 200,
    response: pageOf(paymentSchema),
    errors: [],
  }),
  createPayment: endpoint({
    method: 'POST',
    path: '/api/payments',
    tag: 'Payments',
    summary:
      'Take a payment for an invoice, all of it or a part; what is above goes to the customer’s balance',
    permission: 'payments:write',
    body: z.strictObject({
      invoice_id: id,
      amount: positiveMoney,
      ...paymentFields,
      idempotency_key: idempotencyKey,
    }),
    status: 201,
    response: withInvoice,
    errors: ['invoice_paid', 'invoice_cancelled', 'invoice_draft', 'books_closed'],
  }),
  showPayment: endpoint({
    method: 'GET',
    path: '/api/payments/:id',
    tag: 'Payments',
    summary: 'A payment with its invoice',
    permission: 'payments:read',
    params: idParams,
    status: 200,
    response: withInvoice,
    errors: ['not_found'],
  }),
  updatePayment: endpoint({
    method: 'PUT',
    path: '/api/payments/:id',
    tag: 'Payments',
    summary: 'Change the notes of a payment; its amount stands',
    permission: 'payments:write',
    params: idParams,
    body: z.strictObject({ notes: note() }),
    status: 200,
    response: paymentSchema,
    errors: ['not_found'],
  }),
  deletePayment: endpoint({
    method: 'DELETE',
    path: '/api/payments/:id',
    tag: 'Payments',
    summary: 'Reverse a payment: it stays on record, and its invoice is open again',
    permission: 'payments:reverse',
    params: idParams,
    query: z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }),
    status: 204,
    response: z.void(),
    errors: ['not_found', 'payment_reversed', 'balance_used'],
  }),
};
