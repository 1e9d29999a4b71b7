import { z } from 'zod';
import { endpoint, fileSchema } from './endpoint.ts';

/** Where a customer pays an invoice without signing in: whoever has the link may. */
export const payPath = '/bayar';

const params = z.strictObject({ token: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
const query = z.strictObject({
  /** Otherwise what the browser asks for, or the organisation's. */
  language: z.enum(['id', 'en']).optional(),
});
const page = {
  tag: 'Payment page',
  permission: 'public',
  params,
  query,
  status: 200,
  response: fileSchema,
  produces: ['text/html'],
  rateLimit: 300,
} as const;

export const payPage = {
  showPayPage: endpoint({
    ...page,
    method: 'GET',
    path: `${payPath}/:token`,
    summary: 'A page that shows an invoice, whether it is paid, and the ways to pay it',
    errors: ['not_found'],
  }),
  startPayment: endpoint({
    ...page,
    method: 'GET',
    path: `${payPath}/:token/:gateway`,
    params: params.extend({ gateway: z.enum(['midtrans', 'xendit', 'transfer']) }),
    summary: 'Leads to where the invoice is paid that way; a transfer shows its sum',
    errors: ['not_found'],
    // Each may ask a gateway for an order.
    rateLimit: 60,
  }),
};
