import { z } from 'zod';
import { invoiceLineSchema, invoicePartSchema, invoiceSchema, invoiceTaxSchema } from './billing.ts';
import { customerStatuses } from './customers.ts';
import { documentQuery } from './documents.ts';
import { endpoint, fileSchema } from './endpoint.ts';
import { email, idParams, instant, moneyOut, note } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { paymentSchema } from './payment-schema.ts';
import { phoneText } from './portal-sign-in.ts';
import { say } from './say.ts';
import { subscriptionSchema, subscriptionStatuses } from './subscriptions.ts';
import { givenPassword } from './user-schema.ts';

export const portalLanguages = ['id', 'en'] as const;

/** A customer as they see themselves. */
export const portalProfileSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    address: z.string().nullable(),
    status: z.enum(customerStatuses),
    /** Of messages and documents; null is the provider's. */
    language: z.enum(portalLanguages).nullable(),
    has_password: z.boolean(),
    balance: moneyOut,
    /** What is left to pay of open invoices. */
    owed: moneyOut,
  })
  .meta({ id: 'PortalProfile' });

export const offeredPackageSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    bandwidth: z.string().nullable(),
    price: moneyOut,
    validity_days: z.number(),
    period_months: z.number().nullable(),
    billing_mode: z.string(),
    description: z.string().nullable(),
  })
  .meta({ id: 'OfferedPackage' });

/** A subscription as its customer sees it. */
export const portalServiceSchema = subscriptionSchema
  .pick({
    id: true,
    status: true,
    start_date: true,
    /** The first day that is not paid. */
    end_date: true,
    auto_renew: true,
    suspended_on: true,
    suspended_for: true,
    resume_on: true,
    trial_ends_on: true,
    cancel_requested_on: true,
  })
  .extend({
    username: z.string().nullable(),
    package: offeredPackageSchema,
    /** The package from the next period on, where it is another. */
    next_package_name: z.string().nullable(),
    /** What it has now; null is nothing. */
    speed: z.string().nullable(),
    /** Why it has less than its package, such as `quota`. */
    limited_for: z.string().nullable(),
    /** Null where nobody knows. */
    online: z.boolean().nullable(),
    online_since: instant.nullable(),
  })
  .meta({ id: 'PortalService' });

const shown = {
  id: true,
  invoice_number: true,
  subscription_id: true,
  period_start: true,
  period_end: true,
  amount: true,
  tax_amount: true,
  late_fee: true,
  amount_paid: true,
  due_date: true,
  status: true,
  paid_at: true,
  created_at: true,
} as const;
export const portalInvoiceSchema = invoiceSchema.pick(shown).meta({ id: 'PortalInvoice' });

export const portalPaymentSchema = paymentSchema
  .pick({
    id: true,
    receipt_number: true,
    invoice_id: true,
    amount: true,
    to_balance: true,
    method: true,
    payment_date: true,
    reversed_at: true,
  })
  .extend({ invoice_number: z.string().nullable() })
  .meta({ id: 'PortalPayment' });

const tag = 'Portal';

export const portal = {
  showOwnProfile: endpoint({
    method: 'GET',
    path: '/api/portal/me',
    tag,
    summary: 'Who is signed in, with balance and what is owed',
    permission: 'customer',
    status: 200,
    response: portalProfileSchema,
    errors: [],
  }),
  updateOwnProfile: endpoint({
    method: 'PUT',
    path: '/api/portal/me',
    tag,
    summary: 'Change one’s address or language; the name on invoices is changed by the office',
    permission: 'customer',
    body: z.strictObject({ address: note(500).optional(), language: z.enum(portalLanguages).optional() }),
    status: 200,
    response: portalProfileSchema,
    errors: ['customer_inactive'],
  }),
  sendContactCode: endpoint({
    method: 'POST',
    path: '/api/portal/me/contact',
    tag,
    summary: 'Have a code sent to a new e-mail address or phone, which proves that it is one’s own',
    permission: 'customer',
    body: z
      .strictObject({
        email: email.optional(),
        phone: phoneText.optional(),
        current_password: givenPassword.optional(),
      })
      .refine((body) => (body.email === undefined) !== (body.phone === undefined), {
        path: ['email'],
        error: say('Give an e-mail address or a phone, one of them.', 'Isi email atau telepon, salah satu.'),
      }),
    status: 202,
    response: z.object({ message: z.string() }),
    errors: ['customer_inactive', 'fresh_code_needed'],
    rateLimit: 20,
  }),
  confirmContact: endpoint({
    method: 'POST',
    path: '/api/portal/me/contact/confirm',
    tag,
    summary: 'Take the new e-mail address or phone, with the code; sessions that the old one began end',
    permission: 'customer',
    body: z.strictObject({ code: z.string().regex(/^\d{6}$/) }),
    status: 200,
    response: portalProfileSchema,
    errors: ['customer_inactive'],
    rateLimit: 20,
  }),
  listOwnServices: endpoint({
    method: 'GET',
    path: '/api/portal/services',
    tag,
    summary: 'One’s subscriptions: whether they run and why not, until when, their speed, and whether online',
    permission: 'customer',
    query: z.strictObject({ ...pageQuery, status: z.enum(subscriptionStatuses).optional() }),
    status: 200,
    response: pageOf(portalServiceSchema),
    errors: [],
  }),
  showOwnService: endpoint({
    method: 'GET',
    path: '/api/portal/services/:id',
    tag,
    summary: 'One of one’s subscriptions',
    permission: 'customer',
    params: idParams,
    status: 200,
    response: portalServiceSchema,
    errors: ['not_found'],
  }),
  listOwnInvoices: endpoint({
    method: 'GET',
    path: '/api/portal/invoices',
    tag,
    summary: 'One’s invoices, newest first',
    permission: 'customer',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(['unpaid', 'paid', 'overdue', 'cancelled']).optional(),
    }),
    status: 200,
    response: pageOf(portalInvoiceSchema),
    errors: [],
  }),
  showOwnInvoice: endpoint({
    method: 'GET',
    path: '/api/portal/invoices/:id',
    tag,
    summary: 'One of one’s invoices, with its lines, taxes and payments',
    permission: 'customer',
    params: idParams,
    status: 200,
    response: portalInvoiceSchema.extend({
      lines: z.array(invoiceLineSchema),
      parts: z.array(invoicePartSchema),
      taxes: z.array(invoiceTaxSchema),
      payments: z.array(portalPaymentSchema),
    }),
    errors: ['not_found'],
  }),
  ownInvoicePdf: endpoint({
    method: 'GET',
    path: '/api/portal/invoices/:id/pdf',
    tag,
    summary: 'One of one’s invoices to print, on A4 or receipt paper',
    permission: 'customer',
    params: idParams,
    query: documentQuery,
    status: 200,
    response: fileSchema,
    produces: ['application/pdf'],
    errors: ['not_found'],
    rateLimit: 30,
  }),
  payOwnInvoice: endpoint({
    method: 'POST',
    path: '/api/portal/invoices/:id/pay',
    tag,
    summary: 'A place where the rest of the invoice can be paid now',
    permission: 'customer',
    params: idParams,
    status: 200,
    response: z.object({
      url: z.string(),
      /** After that ask again; null where it stays. */
      expires_at: instant.nullable(),
    }),
    errors: ['not_found', 'invoice_paid', 'invoice_cancelled', 'payment_unavailable'],
    rateLimit: 20,
  }),
  listOwnPayments: endpoint({
    method: 'GET',
    path: '/api/portal/payments',
    tag,
    summary: 'What one paid, newest first',
    permission: 'customer',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(portalPaymentSchema),
    errors: [],
  }),
  ownReceiptPdf: endpoint({
    method: 'GET',
    path: '/api/portal/payments/:id/receipt',
    tag,
    summary: 'The receipt (kwitansi) for one of one’s payments',
    permission: 'customer',
    params: idParams,
    query: documentQuery,
    status: 200,
    response: fileSchema,
    produces: ['application/pdf'],
    errors: ['not_found'],
    rateLimit: 30,
  }),
};
