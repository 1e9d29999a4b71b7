import { z } from 'zod';
import { invoiceLineSchema } from './billing.ts';
import { customerSummarySchema } from './customer-summary.ts';
import { endpoint } from './endpoint.ts';
import { id, idParams, instant, line, moneyOut, note } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { offeredPackageSchema } from './portal.ts';

export const packageRequestStates = ['open', 'approved', 'refused', 'withdrawn'] as const;
const changeTimes = ['now', 'renewal'] as const;

export const packageRequestSchema = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid(),
    package_id: z.uuid(),
    package_name: z.string(),
    when: z.enum(changeTimes),
    /** What the customer was shown that it would cost, and would give back. */
    to_pay: moneyOut,
    to_balance: moneyOut,
    note: z.string().nullable(),
    state: z.enum(packageRequestStates),
    /** Why it was refused. */
    reason: z.string().nullable(),
    decided_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'PackageRequest' });

const ofCustomer = packageRequestSchema.extend({
  customer: customerSummarySchema,
  decided_by: z.uuid().nullable(),
});
const wish = { package_id: id, when: z.enum(changeTimes) };
const tag = 'Package requests';

/** What customers wish to change, and what the office says to it. */
export const packageRequests = {
  listOfferedPackages: endpoint({
    method: 'GET',
    path: '/api/portal/packages',
    tag,
    summary: 'Packages that customers may ask for',
    permission: 'customer',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(offeredPackageSchema),
    errors: [],
  }),
  previewPackageRequest: endpoint({
    method: 'POST',
    path: '/api/portal/services/:id/package-preview',
    tag,
    summary: 'What another package would come to, by the day now or from the next period on; changes nothing',
    permission: 'customer',
    params: idParams,
    body: z.strictObject(wish),
    status: 200,
    response: z.object({
      lines: z.array(invoiceLineSchema),
      tax_amount: moneyOut,
      to_pay: moneyOut,
      to_balance: moneyOut,
    }),
    errors: ['not_found', 'subscription_state', 'change_backdated', 'books_closed', 'customer_inactive'],
    rateLimit: 20,
  }),
  createPackageRequest: endpoint({
    method: 'POST',
    path: '/api/portal/services/:id/package-requests',
    tag,
    summary: 'Ask for another package; one request at a time can be open for a subscription',
    permission: 'customer',
    params: idParams,
    body: z.strictObject({ ...wish, note: note(500).optional() }),
    status: 201,
    response: packageRequestSchema,
    errors: [
      'not_found',
      'subscription_state',
      'change_backdated',
      'books_closed',
      'customer_inactive',
      'package_request_open',
    ],
    rateLimit: 20,
  }),
  listOwnPackageRequests: endpoint({
    method: 'GET',
    path: '/api/portal/package-requests',
    tag,
    summary: 'What one asked for, newest first, and the answers',
    permission: 'customer',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(packageRequestSchema),
    errors: [],
  }),
  withdrawPackageRequest: endpoint({
    method: 'DELETE',
    path: '/api/portal/package-requests/:id',
    tag,
    summary: 'Take back a request that is open',
    permission: 'customer',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'package_request_decided'],
  }),
  listPackageRequests: endpoint({
    method: 'GET',
    path: '/api/package-requests',
    tag,
    summary: 'What customers asked for, newest first',
    permission: 'subscriptions:read',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(packageRequestStates).optional(),
      customer_id: id.optional(),
    }),
    status: 200,
    response: pageOf(ofCustomer),
    errors: [],
  }),
  approvePackageRequest: endpoint({
    method: 'POST',
    path: '/api/package-requests/:id/approve',
    tag,
    summary: 'Change the package as the customer asked, if it costs no more than was shown',
    permission: 'subscriptions:write',
    params: idParams,
    status: 200,
    response: ofCustomer,
    errors: [
      'not_found',
      'subscription_state',
      'change_backdated',
      'books_closed',
      'package_request_decided',
      'package_request_dearer',
    ],
  }),
  refusePackageRequest: endpoint({
    method: 'POST',
    path: '/api/package-requests/:id/refuse',
    tag,
    summary: 'Refuse a request, and tell the customer why',
    permission: 'subscriptions:write',
    params: idParams,
    body: z.strictObject({ reason: line(500) }),
    status: 200,
    response: ofCustomer,
    errors: ['not_found', 'package_request_decided'],
  }),
};
