import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, note, partSearch, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { provisioningSchema } from './provisioning-schema.ts';
import { secretFields, secretSchema, secretServices, username } from './subscriptions.ts';

const tag = 'Router accounts';

const fields = {
  ...secretFields,
  /** Told by the package; another one is refused. */
  service: z.enum(secretServices),
  comment: note(500),
  /** Off on the router whatever the subscription says; it is billed on. */
  disabled: z.boolean(),
};

/** What may be changed of an account; also of an entry on a router that belongs to one. */
export const accountChanges = z
  .object({ username, ...fields })
  .partial()
  .strict();

/** Spec 3's accounts of the router. Each belongs to one subscription; none is answered with its password. */
export const routerAccounts = {
  listMikrotikSecrets: endpoint({
    method: 'GET',
    path: '/api/mikrotik-secrets',
    tag,
    summary: 'Accounts of subscribers on routers, without their passwords, newest first',
    permission: 'subscriptions:read',
    query: z.strictObject({
      ...pageQuery,
      customer_id: id.optional(),
      disabled: queryBoolean.optional(),
      /** Part of a username. */
      search: partSearch(64).optional(),
    }),
    status: 200,
    response: pageOf(secretSchema),
    errors: [],
  }),
  createMikrotikSecret: endpoint({
    method: 'POST',
    path: '/api/mikrotik-secrets',
    tag,
    summary:
      'Give a subscription that has none its account; with customer_id alone, that customer’s only one without',
    permission: 'subscriptions:write',
    body: z.strictObject({
      subscription_id: id.optional(),
      customer_id: id.optional(),
      username,
      ...z.object(fields).partial().shape,
    }),
    status: 201,
    response: secretSchema,
    errors: ['subscription_state'],
  }),
  showMikrotikSecret: endpoint({
    method: 'GET',
    path: '/api/mikrotik-secrets/:id',
    tag,
    summary: 'An account, without its password',
    permission: 'subscriptions:read',
    params: idParams,
    status: 200,
    response: secretSchema,
    errors: ['not_found'],
  }),
  updateMikrotikSecret: endpoint({
    method: 'PUT',
    path: '/api/mikrotik-secrets/:id',
    tag,
    summary: 'Change an account with its subscription; the router follows',
    permission: 'subscriptions:write',
    params: idParams,
    body: accountChanges,
    status: 200,
    response: secretSchema,
    errors: ['not_found'],
  }),
  deleteMikrotikSecret: endpoint({
    method: 'DELETE',
    path: '/api/mikrotik-secrets/:id',
    tag,
    summary: 'Take the account from a subscription that is suspended or expired; its username becomes free',
    permission: 'subscriptions:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'account_in_use'],
  }),
};

/** Needs routers, which the vendor's edition does not have. */
export const accountSync = {
  syncMikrotikSecret: endpoint({
    method: 'POST',
    path: '/api/mikrotik-secrets/:id/sync',
    tag,
    summary: 'Bring the router in line with this account now, and tell what it was seen to hold',
    permission: 'subscriptions:write',
    params: idParams,
    status: 200,
    response: z.object({
      /** True where the router was seen to hold what it should. */
      success: z.boolean(),
      message: z.string(),
      provisioning: z.array(provisioningSchema),
    }),
    errors: ['not_found'],
  }),
};
