import { z } from 'zod';
import { invoiceLineSchema } from './billing.ts';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, moneyOut, note } from './fields.ts';
import { subscriptionSchema } from './subscriptions.ts';

/** What a change of package comes to. Nothing of it happened where it was a preview. */
export const packageChangeSchema = z
  .object({
    preview: z.boolean(),
    subscription: subscriptionSchema,
    /** The invoice made at once; null where there is nothing to prorate, or in a preview. */
    invoice_id: z.uuid().nullable(),
    /** Credits for unused days and charges for the same days; where no invoice was made, they are for the next. */
    lines: z.array(invoiceLineSchema),
    tax_amount: moneyOut,
    to_pay: moneyOut,
    to_balance: moneyOut,
  })
  .meta({ id: 'PackageChange' });

/** What a subscription goes through between its beginning and its end. */
export const lifecycle = {
  pauseSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/pause',
    tag: 'Subscriptions',
    summary: 'Pause at the customer’s wish, until a date or until activated; paused time is never billed',
    permission: 'subscriptions:write',
    params: idParams,
    body: z
      .strictObject({
        /** The day on which it goes on by itself. */
        resume_on: date.optional(),
      })
      .optional(),
    status: 200,
    response: subscriptionSchema,
    errors: ['not_found', 'subscription_state'],
  }),
  cancelSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/cancel',
    tag: 'Subscriptions',
    summary:
      'Cancel now, with the unused paid days as balance if wanted, or once the period that has begun is over',
    permission: 'subscriptions:write',
    params: idParams,
    body: z.strictObject({
      at: z.enum(['now', 'period_end']),
      /** Only now: unused paid days go to the customer’s balance, and open invoices of time to come are voided. */
      credit: z.boolean().optional(),
      reason: note(500).optional(),
    }),
    status: 200,
    response: subscriptionSchema,
    errors: [
      'not_found',
      'subscription_state',
      'invoice_has_payments',
      'invoice_joint',
      'books_closed',
      'conflict',
    ],
  }),
  keepSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/keep',
    tag: 'Subscriptions',
    summary: 'Take back a cancellation at the period’s end; there is nothing to do where there is none',
    permission: 'subscriptions:write',
    params: idParams,
    status: 200,
    response: subscriptionSchema,
    errors: ['not_found', 'subscription_state'],
  }),
  changeSubscriptionPackage: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/change-package',
    tag: 'Subscriptions',
    summary: 'Change the package now, prorated by days, or from the next period on',
    permission: 'subscriptions:write',
    params: idParams,
    body: z.strictObject({
      package_id: id,
      when: z.enum(['now', 'renewal']),
      /** Tell what it would come to, and change nothing. */
      preview: z.boolean().optional(),
    }),
    status: 200,
    response: packageChangeSchema,
    errors: ['not_found', 'subscription_state', 'change_backdated', 'books_closed', 'conflict'],
  }),
};
