import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, instant, moneyOut } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

/** What a run does, in its order; balances are used again after renewing. */
export const runStepNames = [
  'from_balance',
  'overdue',
  'late_fees',
  'resumed',
  'suspended',
  'renewed',
  'cancelled',
  'expired',
] as const;
export type RunStepName = (typeof runStepNames)[number];

/** What a run counts, in its order: as its steps, and the changes of package that are part of renewing. */
export const runCountNames = [
  'from_balance',
  'overdue',
  'late_fees',
  'resumed',
  'suspended',
  'package_changed',
  'renewed',
  'cancelled',
  'expired',
] as const;
export type RunCountName = (typeof runCountNames)[number];

/** `interrupted`: its process ended in the middle, and another run has taken over since. */
export const runStates = ['running', 'done', 'failed', 'interrupted'] as const;

/** How many invoices or subscriptions were touched. */
const counts = {
  /** Payments made from customers' balances. */
  from_balance: z.number(),
  overdue: z.number(),
  /** Invoices a late fee was added to. */
  late_fees: z.number(),
  /** Pauses that ended. */
  resumed: z.number(),
  suspended: z.number(),
  /** Changes of package that waited for the next period; of the step renewed. */
  package_changed: z.number(),
  renewed: z.number(),
  /** Cancelled because their last period is over. */
  cancelled: z.number(),
  expired: z.number(),
};

/** What a billing run did, or would do. */
export const billingRunSchema = z
  .object({
    /** Null where nothing was touched, or it was a dry run. */
    run_id: z.uuid().nullable(),
    date: z.string(),
    dry_run: z.boolean(),
    subscription_id: z.uuid().nullable(),
    state: z.enum(['done', 'failed']),
    /** The first step that failed; the others were taken all the same. */
    failed_step: z.enum(runStepNames).nullable(),
    error: z.string().nullable(),
    ...counts,
  })
  .meta({ id: 'BillingRun' });

export const billingRunRecordSchema = z
  .object({
    id: z.uuid(),
    /** The organisation's local date it billed to. */
    date: z.string(),
    /** The only subscription it was for; null where it was for all. */
    subscription_id: z.uuid().nullable(),
    steps: z.array(z.enum(runStepNames)),
    finished_steps: z.array(z.enum(runStepNames)),
    state: z.enum(runStates),
    failed_step: z.enum(runStepNames).nullable(),
    error: z.string().nullable(),
    /** The run whose unfinished steps it repeated. */
    retry_of: z.uuid().nullable(),
    started_by: z.string(),
    started_at: instant,
    finished_at: instant.nullable(),
    ...counts,
  })
  .meta({ id: 'BillingRunRecord' });

const item = {
  action: z.string(),
  /** What was done and why. */
  message: z.string(),
  /** The facts behind it. */
  meta: z.record(z.string(), z.unknown()).nullable(),
  subscription_id: z.uuid().nullable(),
  /** In a preview null where the run has yet to make the invoice. */
  invoice_id: z.uuid().nullable(),
  invoice_number: z.string().nullable(),
  customer_id: z.uuid().nullable(),
  customer_name: z.string().nullable(),
  /** What was moved, or else the invoice's amount. */
  amount: moneyOut.nullable(),
};

export const runItemSchema = z
  .object({ id: z.uuid(), ...item, created_at: instant })
  .meta({ id: 'BillingRunItem' });

export const runPreviewSchema = z
  .object({
    date: z.string(),
    subscription_id: z.uuid().nullable(),
    ...counts,
    /** The first 500. */
    items: z.array(z.object(item)),
    items_total: z.number(),
  })
  .meta({ id: 'BillingRunPreview' });

const steps = z
  .array(z.enum(runStepNames))
  .min(1)
  .max(runStepNames.length)
  .refine((names) => new Set(names).size === names.length, {
    error: say('Name each step once.', 'Sebutkan tiap langkah satu kali.'),
  });

export const billingRuns = {
  runBilling: endpoint({
    method: 'POST',
    path: '/api/billing/run',
    tag: 'Billing',
    summary:
      'Run billing to a date, today without one: for all or one subscription, all steps or some. Also runs by itself every hour',
    permission: 'billing:run',
    body: z
      .strictObject({
        dry_run: z.boolean().default(false),
        date: date.optional(),
        subscription_id: id.optional(),
        steps: steps.optional(),
      })
      .default({ dry_run: false }),
    status: 200,
    response: billingRunSchema,
    errors: ['books_closed'],
  }),
  previewBilling: endpoint({
    method: 'POST',
    path: '/api/billing/preview',
    tag: 'Billing',
    summary: 'What a run would do now or on a date up to a month ahead, with the reasons; nothing is changed',
    permission: 'billing:run',
    body: z.strictObject({ date: date.optional(), subscription_id: id.optional() }).default({}),
    status: 200,
    response: runPreviewSchema,
    errors: ['books_closed'],
  }),
  listBillingRuns: endpoint({
    method: 'GET',
    path: '/api/billing/runs',
    tag: 'Billing',
    summary: 'Runs that did something or failed, newest first',
    permission: 'invoices:read',
    query: z.strictObject({
      ...pageQuery,
      /** The dates billed to. */
      from: date.optional(),
      to: date.optional(),
      state: z.enum(runStates).optional(),
    }),
    status: 200,
    response: pageOf(billingRunRecordSchema),
    errors: [],
  }),
  showBillingRun: endpoint({
    method: 'GET',
    path: '/api/billing/runs/:id',
    tag: 'Billing',
    summary: 'A run with what each step touched',
    permission: 'invoices:read',
    params: idParams,
    status: 200,
    response: billingRunRecordSchema,
    errors: ['not_found'],
  }),
  listBillingRunItems: endpoint({
    method: 'GET',
    path: '/api/billing/runs/:id/items',
    tag: 'Billing',
    summary: 'What a run did to each invoice and subscription, and why',
    permission: 'invoices:read',
    params: idParams,
    query: z.strictObject({ ...pageQuery, action: z.string().min(1).max(50).optional() }),
    status: 200,
    response: pageOf(runItemSchema),
    errors: ['not_found'],
  }),
  retryBillingRun: endpoint({
    method: 'POST',
    path: '/api/billing/runs/:id/retry',
    tag: 'Billing',
    summary: 'Repeat the steps that a failed or interrupted run did not finish, to the same date',
    permission: 'billing:run',
    params: idParams,
    status: 200,
    response: billingRunSchema,
    errors: ['not_found', 'billing_run_state', 'books_closed'],
  }),
};
