import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, instant } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { provisioningStatuses, textSchema } from './provisioning-schema.ts';
import { say } from './say.ts';

/** `inactive` is switched off in its settings; `held` waits for somebody's word. */
export const routerStates = ['new', 'ok', 'unreachable', 'refused', 'held', 'inactive'] as const;

export const dangers = ['remove', 'disable', 'isolate'] as const;

const heldSchema = z.object({
  /** What to approve; it changes with what is held. */
  fingerprint: z.string(),
  remove: z.number(),
  disable: z.number(),
  isolate: z.number(),
});

export const routerStateSchema = z
  .object({
    router_id: z.uuid(),
    name: z.string(),
    state: z.enum(routerStates),
    since: instant.nullable(),
    error: textSchema.nullable(),
    failures: z.number(),
    next_attempt_at: instant.nullable(),
    last_pass_at: instant.nullable(),
    next_sweep_at: instant.nullable(),
    /** Subscriptions that it holds or is to hold. */
    subscriptions: z.number(),
    waiting: z.number(),
    failed: z.number(),
    /** Since when the customer waits who has waited longest. */
    oldest_wait: instant.nullable(),
    held: heldSchema.nullable(),
    passes: z.number(),
    writes: z.number(),
    /** Entries with Nadi's mark whose subscription is not known here. They are left alone. */
    orphans: z.number(),
  })
  .meta({ id: 'RouterState' });

const intentSchema = z
  .object({
    subscription_id: z.uuid(),
    router_id: z.uuid(),
    router_name: z.string(),
    username: z.string().nullable(),
    customer_id: z.uuid().nullable(),
    customer_name: z.string().nullable(),
    status: z.enum(provisioningStatuses),
    state: z.enum(['on', 'off', 'isolated', 'blocked']).nullable(),
    changed_at: instant,
    verified_at: instant.nullable(),
    attempts: z.number(),
    retry_at: instant.nullable(),
    fault: z.object({ code: z.string(), ...textSchema.shape }).nullable(),
  })
  .meta({ id: 'ProvisioningIntent' });

const changeSchema = z.object({
  subscription_id: z.uuid(),
  username: z.string().nullable(),
  danger: z.enum(dangers).nullable(),
  fault: z.object({ code: z.string(), ...textSchema.shape }).nullable(),
  commands: z.array(
    z.object({
      path: z.string(),
      /** Passwords are left out. */
      attributes: z.record(z.string(), z.string()),
    }),
  ),
});

const diffSchema = z.object({
  /** Profiles that would be made or changed. */
  profiles: z.array(
    z.object({ menu: z.string(), name: z.string(), attributes: z.record(z.string(), z.string()) }),
  ),
  /** At most 200 of them. */
  changes: z.array(changeSchema),
  total: z.number(),
  remove: z.number(),
  disable: z.number(),
  isolate: z.number(),
  /** Whether those would be held until somebody approves. */
  would_hold: z.boolean(),
  orphans: z.number(),
});

export const provisioning = {
  listRouterStates: endpoint({
    method: 'GET',
    path: '/api/provisioning/routers',
    tag: 'Routers',
    summary:
      'How each router keeps up with its subscriptions: its state, what waits and since when, and what is held',
    permission: 'routers:read',
    query: z.strictObject({ ...pageQuery }),
    status: 200,
    response: pageOf(routerStateSchema),
    errors: [],
  }),
  listProvisioningIntents: endpoint({
    method: 'GET',
    path: '/api/provisioning/intents',
    tag: 'Routers',
    summary: 'What each router holds or is to hold of subscriptions, changed last first',
    permission: 'routers:read',
    query: z.strictObject({
      ...pageQuery,
      router_id: id.optional(),
      subscription_id: id.optional(),
      status: z.enum(provisioningStatuses).optional(),
    }),
    status: 200,
    response: pageOf(intentSchema),
    errors: [],
  }),
  showRouterDiff: endpoint({
    method: 'GET',
    path: '/api/provisioning/routers/:id/diff',
    tag: 'Routers',
    summary: 'What a full comparison of the router would do now; nothing is written',
    permission: 'routers:write',
    params: idParams,
    status: 200,
    response: diffSchema,
    errors: ['not_found', 'router_trouble'],
  }),
  syncRouter: endpoint({
    method: 'POST',
    path: '/api/routers/:id/sync',
    tag: 'Routers',
    summary: 'Compare the router as a whole as soon as a worker is free, also where it rests after failures',
    permission: 'routers:write',
    params: idParams,
    status: 202,
    response: routerStateSchema,
    errors: ['not_found'],
  }),
  approveRouterChanges: endpoint({
    method: 'POST',
    path: '/api/routers/:id/approve',
    tag: 'Routers',
    summary: 'Let go what is held because it would take many customers off the router at once',
    permission: 'routers:write',
    params: idParams,
    body: z.strictObject({
      /** Of `held` in the router's state, so that only what was looked at is approved. */
      fingerprint: z.string().regex(/^[0-9a-f]{32}$/, {
        error: say('Copy the fingerprint from the router’s state.', 'Salin fingerprint dari status router.'),
      }),
    }),
    status: 202,
    response: routerStateSchema,
    errors: ['not_found', 'nothing_held'],
  }),
};
