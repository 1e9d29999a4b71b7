import { z } from 'zod';
import { packageSchema } from './catalog.ts';
import { customerSummarySchema } from './customer-summary.ts';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, instant, line, note, partSearch, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { addonSchema, chargeSchema, discountSchema } from './price-parts.ts';
import { provisioningSchema } from './provisioning-schema.ts';
import { say } from './say.ts';

export const subscriptionStatuses = ['active', 'suspended', 'expired', 'cancelled'] as const;
export const secretServices = ['pppoe', 'hotspot', 'any'] as const;

/** A subscription as every answer shows it. Its password is shown by one endpoint alone (decisions.md, Billing). */
export const subscriptionSchema = z
  .object({
    id: z.uuid(),
    customer_id: z.uuid(),
    package_id: z.uuid(),
    mikrotik_username: z.string().nullable(),
    start_date: z.string(),
    end_date: z.string(),
    billed_until: z.string(),
    anchor_day: z.number(),
    status: z.enum(subscriptionStatuses),
    auto_renew: z.boolean(),
    local_address: z.string().nullable(),
    remote_address: z.string().nullable(),
    profile: z.string().nullable(),
    ipv6_prefix: z.string().nullable(),
    delegated_ipv6_prefix: z.string().nullable(),
    comment: z.string().nullable(),
    suspended_on: z.string().nullable(),
    suspended_for: z.enum(['overdue', 'manual', 'paused']).nullable(),
    suspend_not_before: z.string().nullable(),
    /** When a pause ends by itself. */
    resume_on: z.string().nullable(),
    trial_ends_on: z.string().nullable(),
    /** The package from the next period on, where it is another. */
    next_package_id: z.uuid().nullable(),
    /** Since when it is to be cancelled once the period that has begun is over. */
    cancel_requested_on: z.string().nullable(),
    cancel_reason: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
    package: packageSchema.optional(),
    customer: customerSummarySchema.optional(),
  })
  .meta({ id: 'Subscription' });

/** One subscription, with what its next invoices are made of beside the package. */
export const subscriptionDetailSchema = subscriptionSchema.extend({
  discounts: z.array(discountSchema),
  addons: z.array(addonSchema),
  /** Those that wait for the next invoice. */
  charges: z.array(chargeSchema),
  /** How far its routers are with it. */
  provisioning: z.array(provisioningSchema),
});

/** A router account, without its password. */
export const secretSchema = z
  .object({
    id: z.uuid(),
    customer_id: z.uuid().nullable(),
    subscription_id: z.uuid().nullable(),
    username: z.string(),
    service: z.enum(secretServices),
    profile: z.string().nullable(),
    local_address: z.string().nullable(),
    remote_address: z.string().nullable(),
    comment: z.string().nullable(),
    disabled: z.boolean(),
    mikrotik_id: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'MikrotikSecret' });

export const username = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._@+-]+$/, {
    error: say('Use letters, digits and . _ @ + - only.', 'Gunakan hanya huruf, angka dan . _ @ + -.'),
  });
const password = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\x21-\x7e]+$/, {
    error: say(
      'Use letters, digits and signs without spaces.',
      'Gunakan huruf, angka dan tanda tanpa spasi.',
    ),
  });
const address = z.union([z.ipv4(), z.ipv6()], {
  error: say('Use an IP address like 10.10.0.2.', 'Gunakan alamat IP seperti 10.10.0.2.'),
});

const prefix = z.cidrv6({
  error: say('Use an IPv6 prefix like 2001:db8:1::/56.', 'Gunakan prefiks IPv6 seperti 2001:db8:1::/56.'),
});

/** What an account on a router is made of, beside its name. */
export const secretFields = {
  password,
  local_address: address.nullable(),
  remote_address: address.nullable(),
  profile: line(100).nullable(),
};

const { password: mikrotik_password, ...places } = secretFields;
const fields = {
  package_id: id,
  mikrotik_username: username,
  mikrotik_password,
  auto_renew: z.boolean(),
  ...places,
  /** Of the line itself, and of the network behind it; given to the router by RADIUS. */
  ipv6_prefix: prefix.nullable(),
  delegated_ipv6_prefix: prefix.nullable(),
  comment: note(500),
};

const optional = z.object(fields).partial().shape;

export const subscriptions = {
  listSubscriptions: endpoint({
    method: 'GET',
    path: '/api/subscriptions',
    tag: 'Subscriptions',
    summary: 'Subscriptions with customer and package, newest first',
    permission: 'subscriptions:read',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(subscriptionStatuses).optional(),
      customer_id: id.optional(),
      package_id: id.optional(),
      auto_renew: queryBoolean.optional(),
      /** Subscriptions whose paid time ends on or before this date. */
      ends_by: date.optional(),
      search: partSearch(64).optional(),
    }),
    status: 200,
    response: pageOf(subscriptionSchema),
    errors: [],
  }),
  createSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions',
    tag: 'Subscriptions',
    summary: 'Subscribe a customer to a package; what is not paid yet is invoiced at once',
    permission: 'subscriptions:write',
    body: z.strictObject({
      ...optional,
      customer_id: id,
      package_id: id,
      start_date: date.optional(),
      /** The first unpaid day; without it the start, so that the first period is invoiced. */
      end_date: date.optional(),
      /** Days from the start that cost nothing; the first invoice is for the period after them. */
      trial_days: z.number().int().min(0).max(365).optional(),
    }),
    status: 201,
    response: subscriptionSchema,
    errors: [],
  }),
  showSubscription: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id',
    tag: 'Subscriptions',
    summary: 'A subscription with customer, package, running discounts and add-ons, and charges that wait',
    permission: 'subscriptions:read',
    params: idParams,
    status: 200,
    response: subscriptionDetailSchema,
    errors: ['not_found'],
  }),
  updateSubscription: endpoint({
    method: 'PUT',
    path: '/api/subscriptions/:id',
    tag: 'Subscriptions',
    summary: 'Change a subscription; another package counts from the next period',
    permission: 'subscriptions:write',
    params: idParams,
    body: z.strictObject(optional),
    status: 200,
    response: subscriptionSchema,
    errors: ['not_found', 'subscription_state'],
  }),
  deleteSubscription: endpoint({
    method: 'DELETE',
    path: '/api/subscriptions/:id',
    tag: 'Subscriptions',
    summary: 'Cancel a subscription now; it stays on record and its username becomes free',
    permission: 'subscriptions:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'books_closed'],
  }),
  suspendSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/suspend',
    tag: 'Subscriptions',
    summary: 'Suspend by hand: a payment does not lift it',
    permission: 'subscriptions:write',
    params: idParams,
    status: 200,
    response: subscriptionSchema,
    errors: ['not_found', 'subscription_state'],
  }),
  activateSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/activate',
    tag: 'Subscriptions',
    summary: 'Resume a suspended or expired subscription; with overdue invoices until a date',
    permission: 'subscriptions:write',
    params: idParams,
    body: z
      .strictObject({
        /** The run does not suspend it again before this date; by default the grace days from today. */
        until: date.optional(),
      })
      .optional(),
    status: 200,
    response: subscriptionSchema,
    errors: ['not_found', 'subscription_state'],
  }),
  showSubscriptionSecret: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/secret',
    tag: 'Subscriptions',
    summary: 'The router account with its password; each look is recorded',
    permission: 'subscriptions:secret',
    params: idParams,
    status: 200,
    response: z.object({ username: z.string(), password: z.string(), service: z.enum(secretServices) }),
    errors: ['not_found'],
  }),
};
