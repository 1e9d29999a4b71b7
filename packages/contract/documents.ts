import { z } from 'zod';
import { endpoint, fileSchema } from './endpoint.ts';
import { idParams } from './fields.ts';

export const documentQuery = z.strictObject({
  /** A sheet of A4, or the 80 mm wide roll of a thermal printer. */
  format: z.enum(['a4', 'receipt']).default('a4'),
  /** Without it, the organisation's. */
  language: z.enum(['id', 'en']).optional(),
});

export const documents = {
  invoicePdf: endpoint({
    method: 'GET',
    path: '/api/invoices/:id/pdf',
    tag: 'Invoices',
    summary: 'The invoice to print or send, on A4 or receipt paper',
    permission: 'invoices:read',
    params: idParams,
    query: documentQuery,
    status: 200,
    response: fileSchema,
    produces: ['application/pdf'],
    errors: ['not_found'],
  }),
  paymentReceiptPdf: endpoint({
    method: 'GET',
    path: '/api/payments/:id/receipt',
    tag: 'Payments',
    summary: 'The receipt (kwitansi) for a payment, on A4 or receipt paper',
    permission: 'payments:read',
    params: idParams,
    query: documentQuery,
    status: 200,
    response: fileSchema,
    produces: ['application/pdf'],
    errors: ['not_found'],
  }),
};
