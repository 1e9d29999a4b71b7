import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { digits, id, idParams, instant, line } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { routerHost, routerPort } from './routers.ts';

/** A RADIUS server that routers ask (spec 3 §3). */
export const radiusSettingSchema = z
  .object({
    id: z.uuid(),
    host: z.string(),
    port: z.number(),
    nas_identifier: z.string(),
    enabled: z.boolean(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'RadiusSetting' });

/** A session that is open as far as is known. */
export const radiusSessionSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    /** Null where the account belongs to no subscription. */
    subscription_id: z.uuid().nullable(),
    customer_id: z.uuid().nullable(),
    customer_name: z.string().nullable(),
    router_id: z.uuid().nullable(),
    router_name: z.string().nullable(),
    /** Let in to the notice page only. */
    isolated: z.boolean(),
    calling_station_id: z.string().nullable(),
    framed_ip_address: z.string().nullable(),
    framed_ipv6_prefix: z.string().nullable(),
    delegated_ipv6_prefix: z.string().nullable(),
    started_at: instant,
    /** When the router last told of it. */
    heard_at: instant,
    seconds: z.number(),
    /** From the subscriber, and to the subscriber. */
    bytes_in: z.number(),
    bytes_out: z.number(),
  })
  .meta({ id: 'RadiusSession' });

const secret = z.string().min(1).max(255);

/** As spec 3 answers what may fail elsewhere: 200, and whether it worked. */
const attempt = z.object({ success: z.boolean(), message: z.string() });

export const radius = {
  listRadiusSettings: endpoint({
    method: 'GET',
    path: '/api/radius-settings',
    tag: 'RADIUS',
    summary: 'RADIUS servers, newest first',
    permission: 'routers:read',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(radiusSettingSchema),
    errors: [],
  }),
  createRadiusSetting: endpoint({
    method: 'POST',
    path: '/api/radius-settings',
    tag: 'RADIUS',
    summary: 'Add a RADIUS server',
    permission: 'routers:write',
    body: z.strictObject({
      host: routerHost,
      port: routerPort.optional(),
      /** What Nadi’s own test shares with it; routers have theirs. */
      secret,
      nas_identifier: line(100).optional(),
      enabled: z.boolean().optional(),
    }),
    status: 201,
    response: radiusSettingSchema,
    errors: [],
  }),
  showRadiusSetting: endpoint({
    method: 'GET',
    path: '/api/radius-settings/:id',
    tag: 'RADIUS',
    summary: 'A RADIUS server',
    permission: 'routers:read',
    params: idParams,
    status: 200,
    response: radiusSettingSchema,
    errors: ['not_found'],
  }),
  updateRadiusSetting: endpoint({
    method: 'PUT',
    path: '/api/radius-settings/:id',
    tag: 'RADIUS',
    summary: 'Change a RADIUS server; fields left out stay as they are, its secret too',
    permission: 'routers:write',
    params: idParams,
    body: z.strictObject({
      host: routerHost.optional(),
      port: routerPort.optional(),
      secret: secret.optional(),
      nas_identifier: line(100).optional(),
      enabled: z.boolean().optional(),
    }),
    status: 200,
    response: radiusSettingSchema,
    errors: ['not_found'],
  }),
  deleteRadiusSetting: endpoint({
    method: 'DELETE',
    path: '/api/radius-settings/:id',
    tag: 'RADIUS',
    summary: 'Remove a RADIUS server; it is not stopped',
    permission: 'routers:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
  testRadiusSetting: endpoint({
    method: 'POST',
    path: '/api/radius-settings/:id/test',
    tag: 'RADIUS',
    summary: 'Ask a RADIUS server whether it answers and knows the secret',
    permission: 'routers:write',
    params: idParams,
    status: 200,
    response: attempt,
    errors: ['not_found'],
    rateLimit: 30,
  }),
  listRadiusSessions: endpoint({
    method: 'GET',
    path: '/api/radius/sessions',
    tag: 'RADIUS',
    summary: 'Sessions open now, newest first',
    permission: 'subscriptions:read',
    query: z.strictObject({
      ...pageQuery,
      router_id: id.optional(),
      subscription_id: id.optional(),
      username: z.string().min(1).max(64).optional(),
    }),
    status: 200,
    response: pageOf(radiusSessionSchema),
    errors: [],
  }),
  disconnectRadiusSession: endpoint({
    method: 'POST',
    path: '/api/radius/sessions/:id/disconnect',
    tag: 'RADIUS',
    summary: 'End a session, and see that it ended',
    permission: 'subscriptions:write',
    params: z.strictObject({ id: digits(1, Number.MAX_SAFE_INTEGER) }),
    status: 200,
    response: attempt,
    errors: ['not_found'],
  }),
};
