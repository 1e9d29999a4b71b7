import { z } from 'zod';
import { invoiceLineSchema, invoicePartSchema, invoiceTaxSchema, newInvoiceBody } from './billing.ts';
import { endpoint } from './endpoint.ts';
import { idParams, moneyOut } from './fields.ts';

/** What an invoice would say; nothing is made. */
export const invoicePreviewSchema = z
  .object({
    customer_id: z.uuid(),
    subscription_id: z.uuid().nullable(),
    period_start: z.string().nullable(),
    period_end: z.string().nullable(),
    /** What would be to pay, taxes included. */
    amount: moneyOut,
    tax_amount: moneyOut,
    lines: z.array(invoiceLineSchema),
    /** The subscriptions and periods that would be on it, where there are several. */
    parts: z.array(invoicePartSchema),
    taxes: z.array(invoiceTaxSchema),
  })
  .meta({ id: 'InvoicePreview' });

export const preview = {
  previewInvoice: endpoint({
    method: 'POST',
    path: '/api/invoices/preview',
    tag: 'Invoices',
    summary: 'What an invoice made with the same input would say: lines, taxes and amount; nothing is made',
    permission: 'invoices:write',
    body: newInvoiceBody,
    status: 200,
    response: invoicePreviewSchema,
    errors: [],
  }),
  showNextInvoice: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/next-invoice',
    tag: 'Invoices',
    summary:
      'What the next period of a subscription would cost as things are now; where its customer wants one invoice, with what would be on it',
    permission: 'invoices:read',
    params: idParams,
    status: 200,
    response: invoicePreviewSchema,
    errors: ['not_found', 'subscription_state'],
  }),
};
