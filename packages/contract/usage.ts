import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, instant } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { textSchema } from './provisioning-schema.ts';

/** What a subscription used on a local date of the organisation, in bytes. */
export const usageDaySchema = z
  .object({ day: z.string(), bytes_in: z.number(), bytes_out: z.number() })
  .meta({ id: 'UsageDay' });

/** Who is online: by the accounting of a router that asks RADIUS, by the last look at any other. */
export const onlineSessionSchema = z
  .object({
    id: z.string(),
    source: z.enum(['router', 'radius']),
    kind: z.enum(['pppoe', 'hotspot']),
    username: z.string(),
    /** Null where the name is none of Nadi’s on this router. */
    subscription_id: z.uuid().nullable(),
    package_name: z.string().nullable(),
    customer_id: z.uuid().nullable(),
    customer_name: z.string().nullable(),
    router_id: z.uuid().nullable(),
    router_name: z.string().nullable(),
    address: z.string().nullable(),
    caller_id: z.string().nullable(),
    started_at: instant,
    /** When the router was last seen to have it, or last told of it. */
    seen_at: instant,
    /** From the subscriber, and to the subscriber. */
    bytes_in: z.number(),
    bytes_out: z.number(),
  })
  .meta({ id: 'OnlineSession' });

/** `waiting`: not looked at yet, or too long ago. `inactive` is switched off in its settings. */
const lookStates = ['ok', 'waiting', 'unreachable', 'refused', 'inactive'] as const;

export const routerOnlineSchema = z
  .object({
    router_id: z.uuid(),
    name: z.string(),
    source: z.enum(['router', 'radius']),
    state: z.enum(lookStates),
    /** Sessions online; null where the router could not be asked, so that nobody knows. */
    online: z.number().nullable(),
    /** When it was last read. */
    seen_at: instant.nullable(),
    error: textSchema.nullable(),
  })
  .meta({ id: 'RouterOnline' });

const trafficSchema = z.object({
  /** Of a static address: whether anything passes now. */
  online: z.boolean(),
  /** Bits a second, from the subscriber and to the subscriber. */
  upload_bps: z.number(),
  download_bps: z.number(),
  /** Null of a static address, and of who is not online. */
  since: instant.nullable(),
  address: z.string().nullable(),
});

const span = z.strictObject({ from: date.optional(), to: date.optional() });
const usageSchema = z.object({
  from: z.string(),
  /** The last day. */
  to: z.string(),
  bytes_in: z.number(),
  bytes_out: z.number(),
  days: z.array(usageDaySchema),
});

export const usage = {
  listSessions: endpoint({
    method: 'GET',
    path: '/api/sessions',
    tag: 'Usage',
    summary: 'Who is online, newest first; of a router that could not be read nobody is shown',
    permission: 'subscriptions:read',
    query: z.strictObject({
      ...pageQuery,
      router_id: id.optional(),
      customer_id: id.optional(),
      subscription_id: id.optional(),
      username: z.string().min(1).max(64).optional(),
    }),
    status: 200,
    response: pageOf(onlineSessionSchema),
    errors: [],
  }),
  listRoutersOnline: endpoint({
    method: 'GET',
    path: '/api/sessions/routers',
    tag: 'Usage',
    summary: 'How many are online on each router, and whether that is known',
    permission: 'subscriptions:read',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(routerOnlineSchema),
    errors: [],
  }),
  listSubscriptionUsage: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/usage',
    tag: 'Usage',
    summary: 'What a subscription used by day, the last 31 days unless said, oldest first',
    permission: 'subscriptions:read',
    params: idParams,
    query: span,
    status: 200,
    response: usageSchema,
    errors: ['not_found'],
  }),
  listOwnServiceUsage: endpoint({
    method: 'GET',
    path: '/api/portal/services/:id/usage',
    tag: 'Portal',
    summary: 'What one of one’s subscriptions used by day, the last 31 days unless said, oldest first',
    permission: 'customer',
    params: idParams,
    query: span,
    status: 200,
    response: usageSchema,
    errors: ['not_found'],
  }),
  showSubscriptionTraffic: endpoint({
    method: 'GET',
    path: '/api/subscriptions/:id/traffic',
    tag: 'Usage',
    summary: 'What passes between a subscriber and the router now, as the router measures it',
    permission: 'routers:read',
    params: idParams,
    status: 200,
    response: trafficSchema,
    errors: ['not_found', 'no_router', 'router_trouble'],
  }),
  disconnectSubscription: endpoint({
    method: 'POST',
    path: '/api/subscriptions/:id/disconnect',
    tag: 'Usage',
    summary: 'End whatever sessions a subscription has, and see that they ended; the device may dial again',
    permission: 'routers:disconnect',
    params: idParams,
    status: 200,
    response: z.object({ success: z.boolean(), message: z.string() }),
    errors: ['not_found'],
  }),
};
