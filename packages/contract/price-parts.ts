import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, instant, line, money, moneyOut, positiveMoney, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

export const discountKinds = ['percent', 'amount'] as const;

/** Off the package's price, each period. */
export const discountSchema = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid(),
    name: z.string(),
    kind: z.enum(discountKinds),
    /** Percent of the package's price, or rupiah. */
    value: z.string(),
    /** Periods it is still for; null is forever. */
    periods_left: z.number().nullable(),
    created_at: instant,
    updated_at: instant,
    ended_at: instant.nullable(),
  })
  .meta({ id: 'Discount' });

/** Invoiced with each period beside the package. */
export const addonSchema = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid(),
    name: z.string(),
    unit_price: moneyOut,
    quantity: z.number(),
    taxable: z.boolean(),
    created_at: instant,
    updated_at: instant,
    ended_at: instant.nullable(),
  })
  .meta({ id: 'Addon' });

/** Invoiced once, with the next period or at once; below zero it is a credit. */
export const chargeSchema = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid(),
    kind: z.enum(['charge', 'proration']),
    description: z.string(),
    quantity: z.number(),
    unit_price: moneyOut,
    taxable: z.boolean(),
    package_id: z.uuid().nullable(),
    /** Where it was invoiced; null while it waits. */
    invoice_id: z.uuid().nullable(),
    cancelled_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Charge' });

const quantity = z.number().int().min(1).max(100_000).default(1);
const listQuery = z.strictObject({ ...pageQuery, running: queryBoolean.optional() });

export const priceParts = {
  listDiscounts: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/discounts',
    tag: 'Subscriptions',
    summary: 'Discounts of a subscription, newest first, ended ones too unless `running` says otherwise',
    permission: 'subscriptions:read',
    params: idParams,
    query: listQuery,
    status: 200,
    response: pageOf(discountSchema),
    errors: ['not_found'],
  }),
  createDiscount: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/discounts',
    tag: 'Subscriptions',
    summary:
      'Give a discount on the package from the next period on; free months are 100 % for as many periods',
    permission: 'subscriptions:write',
    params: idParams,
    body: z
      .strictObject({
        name: line(100),
        kind: z.enum(discountKinds),
        value: positiveMoney,
        /** For so many periods; forever without. */
        periods: z.number().int().min(1).max(1200).nullable().optional(),
      })
      .refine(({ kind, value }) => kind !== 'percent' || Number(value) <= 100, {
        path: ['value'],
        error: say('A discount is at most 100 percent.', 'Diskon paling banyak 100 persen.'),
      }),
    status: 201,
    response: discountSchema,
    errors: ['not_found', 'subscription_state', 'limit_reached'],
  }),
  deleteDiscount: endpoint({
    method: 'DELETE',
    path: '/api/subscriptions/:id/discounts/:discount_id',
    tag: 'Subscriptions',
    summary: 'End a discount; invoices that have it keep it',
    permission: 'subscriptions:write',
    params: z.strictObject({ id, discount_id: id }),
    status: 204,
    response: z.void(),
    errors: ['not_found', 'subscription_state'],
  }),
  listAddons: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/addons',
    tag: 'Subscriptions',
    summary: 'Add-ons of a subscription, newest first, ended ones too unless `running` says otherwise',
    permission: 'subscriptions:read',
    params: idParams,
    query: listQuery,
    status: 200,
    response: pageOf(addonSchema),
    errors: ['not_found'],
  }),
  createAddon: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/addons',
    tag: 'Subscriptions',
    summary: 'Invoice something more with each period from the next on',
    permission: 'subscriptions:write',
    params: idParams,
    body: z.strictObject({
      name: line(100),
      unit_price: money,
      quantity,
      taxable: z.boolean().default(true),
    }),
    status: 201,
    response: addonSchema,
    errors: ['not_found', 'subscription_state', 'limit_reached'],
  }),
  deleteAddon: endpoint({
    method: 'DELETE',
    path: '/api/subscriptions/:id/addons/:addon_id',
    tag: 'Subscriptions',
    summary: 'End an add-on; invoices that have it keep it',
    permission: 'subscriptions:write',
    params: z.strictObject({ id, addon_id: id }),
    status: 204,
    response: z.void(),
    errors: ['not_found', 'subscription_state'],
  }),
};

export const charges = {
  listCharges: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/charges',
    tag: 'Billing',
    summary:
      'One-off charges of a subscription, newest first; `pending` are those that wait for the next invoice',
    permission: 'invoices:read',
    params: idParams,
    query: z.strictObject({ ...pageQuery, pending: queryBoolean.optional() }),
    status: 200,
    response: pageOf(chargeSchema),
    errors: ['not_found'],
  }),
  createCharge: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/charges',
    tag: 'Billing',
    summary: 'Charge something once, or credit it: with the next period, or at once as an invoice of its own',
    permission: 'invoices:write',
    params: idParams,
    body: z.strictObject({
      description: line(),
      quantity,
      unit_price: positiveMoney,
      /** Take it off instead: what is more than the invoice goes to the customer's balance. */
      credit: z.boolean().default(false),
      taxable: z.boolean().default(true),
      invoice_now: z.boolean().default(false),
      /** Of the invoice that is made now; without it, today. */
      due_date: date.optional(),
    }),
    status: 201,
    response: chargeSchema,
    errors: ['not_found', 'subscription_state', 'limit_reached', 'books_closed'],
  }),
  deleteCharge: endpoint({
    method: 'DELETE',
    path: '/api/subscriptions/:id/charges/:charge_id',
    tag: 'Billing',
    summary: 'Cancel a charge that is not invoiced yet',
    permission: 'invoices:write',
    params: z.strictObject({ id, charge_id: id }),
    status: 204,
    response: z.void(),
    errors: ['not_found', 'subscription_state', 'charge_invoiced'],
  }),
};
