import { z } from 'zod';
import { creditNoteSchema } from './credit-notes.ts';
import { customerSummarySchema } from './customer-summary.ts';
import { endpoint } from './endpoint.ts';
import {
  date,
  id,
  idParams,
  instant,
  line,
  money,
  moneyOut,
  note,
  partSearch,
  positiveMoney,
} from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { paymentFields, paymentSchema } from './payment-schema.ts';
import { subscriptionSchema } from './subscriptions.ts';

/** A draft has no number and is in no total; it becomes unpaid when it is issued. */
export const invoiceStatuses = ['draft', 'unpaid', 'paid', 'overdue', 'cancelled'] as const;

/** What a line is: of the package, beside it, or taken off; `to_balance` is what credits left over. */
export const lineKinds = ['package', 'addon', 'charge', 'discount', 'proration', 'to_balance'] as const;

export const invoiceLineSchema = z.object({
  line_number: z.number(),
  kind: z.enum(lineKinds),
  description: z.string(),
  quantity: z.number(),
  unit_price: moneyOut,
  amount: moneyOut,
  taxable: z.boolean(),
  package_id: z.uuid().nullable(),
  /** On an invoice of several subscriptions, the one that the line is for. */
  subscription_id: z.uuid().nullable(),
});

/** A subscription and its period on an invoice of several. */
export const invoicePartSchema = z.object({
  subscription_id: z.uuid(),
  mikrotik_username: z.string().nullable(),
  package_id: z.uuid(),
  package_name: z.string(),
  period_start: z.string(),
  period_end: z.string(),
  /** What its lines come to, without taxes on top. */
  amount: moneyOut,
});

export const invoiceTaxSchema = z.object({
  name: z.string(),
  /** Percent of base_amount. */
  rate: z.string(),
  /** The taxable sum is multiplied by base_numerator / base_denominator to get base_amount. */
  base_numerator: z.number(),
  base_denominator: z.number(),
  inclusive: z.boolean(),
  base_amount: moneyOut,
  amount: moneyOut,
});

export const invoiceSchema = z
  .object({
    id: z.uuid(),
    /** Null while it is a draft. */
    invoice_number: z.string().nullable(),
    customer_id: z.uuid(),
    /** Null also where several subscriptions are on it: then it has parts. */
    subscription_id: z.uuid().nullable(),
    period_start: z.string().nullable(),
    period_end: z.string().nullable(),
    /** What is to pay, taxes and late fees included. */
    amount: moneyOut,
    tax_amount: moneyOut,
    late_fee: moneyOut,
    /** Since then no late fee is charged. */
    late_fee_waived_at: instant.nullable(),
    amount_paid: moneyOut,
    due_date: z.string(),
    status: z.enum(invoiceStatuses),
    payment_reference: z.string().nullable(),
    payment_url: z.string().nullable(),
    midtrans_order_id: z.string().nullable(),
    midtrans_transaction_id: z.string().nullable(),
    notes: z.string().nullable(),
    paid_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
    customer: customerSummarySchema.optional(),
  })
  .meta({ id: 'Invoice' });

export const invoiceDetailSchema = invoiceSchema.extend({
  lines: z.array(invoiceLineSchema),
  /** The subscriptions and periods on an invoice of several, in the order of its lines; of any other, none. */
  parts: z.array(invoicePartSchema),
  taxes: z.array(invoiceTaxSchema),
  payments: z.array(paymentSchema),
  credit_notes: z.array(creditNoteSchema),
  subscription: subscriptionSchema.nullable(),
});

export const billingLogSchema = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid().nullable(),
    invoice_id: z.uuid().nullable(),
    run_id: z.uuid().nullable(),
    action: z.string(),
    message: z.string(),
    meta: z.record(z.string(), z.unknown()).nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'BillingLog' });

const lineInput = z.strictObject({
  description: line(),
  quantity: z.number().int().min(1).max(100_000).default(1),
  unit_price: money,
  taxable: z.boolean().optional(),
});

export const newInvoiceBody = z.strictObject({
  subscription_id: id.optional(),
  customer_id: id.optional(),
  /** One line of this amount; or give `lines`. */
  amount: positiveMoney.optional(),
  lines: z.array(lineInput).min(1).max(100).optional(),
  due_date: date,
  notes: note().optional(),
});

export const billing = {
  listInvoices: endpoint({
    method: 'GET',
    path: '/api/invoices',
    tag: 'Invoices',
    summary: 'Invoices with their customer, newest first',
    permission: 'invoices:read',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(invoiceStatuses).optional(),
      customer_id: id.optional(),
      subscription_id: id.optional(),
      due_from: date.optional(),
      due_to: date.optional(),
      /** The beginning of an invoice number, such as INV-20261121. */
      search: partSearch(40).optional(),
    }),
    status: 200,
    response: pageOf(invoiceSchema),
    errors: [],
  }),
  createInvoice: endpoint({
    method: 'POST',
    path: '/api/invoices',
    tag: 'Invoices',
    summary:
      'Invoice a customer or a subscription by hand: with a number at once, or as a draft to be issued later',
    permission: 'invoices:write',
    body: newInvoiceBody.extend({
      /** Stored without a number and outside the books; needs an amount or lines. */
      draft: z.boolean().optional(),
    }),
    status: 201,
    response: invoiceDetailSchema,
    errors: [],
  }),
  showInvoice: endpoint({
    method: 'GET',
    path: '/api/invoices/:id',
    tag: 'Invoices',
    summary: 'An invoice with lines, payments, customer and subscription',
    permission: 'invoices:read',
    params: idParams,
    status: 200,
    response: invoiceDetailSchema,
    errors: ['not_found'],
  }),
  updateInvoice: endpoint({
    method: 'PUT',
    path: '/api/invoices/:id',
    tag: 'Invoices',
    summary: 'Change the notes, or a due date that has not passed; of a draft also its amount or lines',
    permission: 'invoices:write',
    params: idParams,
    body: z.strictObject({
      notes: note().optional(),
      due_date: date.optional(),
      /** Of a draft: one line of this amount in place of its lines; or give `lines`. */
      amount: positiveMoney.optional(),
      lines: z.array(lineInput).min(1).max(100).optional(),
    }),
    status: 200,
    response: invoiceDetailSchema,
    errors: ['not_found', 'invoice_due_date_passed', 'invoice_not_draft'],
  }),
  issueInvoice: endpoint({
    method: 'POST',
    path: '/api/invoices/:id/issue',
    tag: 'Invoices',
    summary: 'Issue a draft: it gets its number, its taxes and its place in the books today',
    permission: 'invoices:write',
    params: idParams,
    status: 200,
    response: invoiceDetailSchema,
    errors: ['not_found', 'invoice_not_draft', 'customer_anonymised', 'subscription_state', 'books_closed'],
  }),
  deleteInvoice: endpoint({
    method: 'DELETE',
    path: '/api/invoices/:id',
    tag: 'Invoices',
    summary:
      'Void an invoice without payments; it keeps its number. The last period is invoiced anew, one between others is given. A draft is deleted',
    permission: 'invoices:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: [
      'not_found',
      'invoice_has_payments',
      'invoice_has_credit_notes',
      'invoice_cancelled',
      'invoice_prorated',
    ],
  }),
  markInvoicePaid: endpoint({
    method: 'POST',
    path: '/api/invoices/:id/mark-paid',
    tag: 'Invoices',
    summary: 'Take what is left to pay, in cash unless said otherwise',
    permission: 'payments:write',
    params: idParams,
    body: z.strictObject(paymentFields).optional(),
    status: 200,
    response: invoiceDetailSchema,
    errors: ['not_found', 'invoice_paid', 'invoice_cancelled', 'invoice_draft', 'books_closed'],
  }),
  waiveLateFee: endpoint({
    method: 'POST',
    path: '/api/invoices/:id/waive-late-fee',
    tag: 'Invoices',
    summary: 'Take the late fee off what is still open; no late fee is charged on the invoice any more',
    permission: 'invoices:write',
    params: idParams,
    status: 200,
    response: invoiceDetailSchema,
    errors: ['not_found', 'invoice_paid', 'invoice_cancelled', 'invoice_draft', 'books_closed'],
  }),
  listBillingLogs: endpoint({
    method: 'GET',
    path: '/api/billing-logs',
    tag: 'Billing',
    summary: 'What billing did, newest first',
    permission: 'invoices:read',
    query: z.strictObject({
      ...pageQuery,
      subscription_id: id.optional(),
      invoice_id: id.optional(),
      run_id: id.optional(),
      action: z.string().min(1).max(50).optional(),
    }),
    status: 200,
    response: pageOf(billingLogSchema),
    errors: [],
  }),
};
