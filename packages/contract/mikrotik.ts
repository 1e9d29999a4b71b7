import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, line } from './fields.ts';
import { say } from './say.ts';

/** Which router is meant; without it, the default one. */
const which = { router_id: id.optional() };
const query = z.strictObject(which);

/** An id of RouterOS, as `*1A`. It names one row until the router forgets it. */
const rowId = z.string().regex(/^\*[0-9A-F]{1,8}$/i, {
  error: say('Use the .id of the entry, like *1A.', 'Gunakan .id dari entri itu, misalnya *1A.'),
});
const rowParams = z.strictObject({ id: rowId });

const row = { '.id': z.string() };
const whole = z.number();

const done = z.object({ success: z.boolean(), id: z.string().optional(), message: z.string().optional() });

/** A word on the router: no control characters, which its console could not show. */
const word = (max = 255) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, {
      error: say('Leave out control characters.', 'Jangan pakai karakter kontrol.'),
    });

const address = z.union([z.literal(''), z.ipv4(), line(63).regex(/^[A-Za-z0-9_.-]+$/)]);

const secretFields = {
  service: z.enum(['any', 'async', 'l2tp', 'ovpn', 'pppoe', 'pptp', 'sstp']).optional(),
  profile: word(63).min(1).optional(),
  local_address: address.optional(),
  /** An address, or the name of a pool; an empty one takes it away. */
  remote_address: address.optional(),
  comment: word().optional(),
};

const errors = ['no_router', 'router_trouble'] as const;
const tag = 'Routers live';

export const mikrotik = {
  testRouter: endpoint({
    method: 'GET',
    path: '/api/mikrotik/test',
    tag,
    summary: 'Try to reach a router and sign in; what is in the way is told in the answer',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.object({ success: z.boolean(), identity: z.string().nullable(), message: z.string() }),
    errors: ['no_router'],
  }),
  showRouterSystem: endpoint({
    method: 'GET',
    path: '/api/mikrotik/system',
    tag,
    summary: 'Version, load, memory, disk and uptime of a router',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.object({
      /** Seconds. */
      uptime: whole.nullable(),
      version: z.string().nullable(),
      /** Percent. */
      cpu_load: whole,
      /** Bytes, as all below. */
      free_memory: whole,
      total_memory: whole,
      free_hdd: whole,
      total_hdd: whole,
      architecture: z.string().nullable(),
      board_name: z.string().nullable(),
    }),
    errors,
  }),
  listRouterInterfaces: endpoint({
    method: 'GET',
    path: '/api/mikrotik/interfaces',
    tag,
    summary: 'Interfaces of a router with their counters since it started',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.array(
      z.object({
        ...row,
        name: z.string(),
        type: z.string(),
        comment: z.string(),
        disabled: z.boolean(),
        running: z.boolean(),
        dynamic: z.boolean(),
        'rx-byte': whole,
        'tx-byte': whole,
        'rx-packet': whole,
        'tx-packet': whole,
      }),
    ),
    errors,
  }),
  showInterfaceTraffic: endpoint({
    method: 'GET',
    path: '/api/mikrotik/interface-traffic',
    tag,
    summary: 'Counters of one interface; rx is what the router receives',
    permission: 'routers:read',
    query: z.strictObject({ ...which, interface: line(100).default('ether1') }),
    status: 200,
    response: z.object({
      name: z.string(),
      rx_byte: whole,
      tx_byte: whole,
      rx_packet: whole,
      tx_packet: whole,
    }),
    errors: [...errors, 'not_found'],
  }),
  listRouterSessions: endpoint({
    method: 'GET',
    path: '/api/mikrotik/active',
    tag,
    summary: 'PPP sessions that are online on a router now',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.array(
      z.object({
        ...row,
        name: z.string(),
        service: z.string(),
        'caller-id': z.string(),
        address: z.string(),
        /** Seconds. */
        uptime: whole.nullable(),
        radius: z.boolean(),
      }),
    ),
    errors,
  }),
  disconnectSession: endpoint({
    method: 'POST',
    path: '/api/mikrotik/disconnect',
    tag,
    summary:
      'End the sessions of a PPP or hotspot user, and look whether they are gone; the user may dial again',
    permission: 'routers:disconnect',
    query,
    body: z.strictObject({ name: line(255) }),
    status: 200,
    response: done,
    errors,
  }),
  listRouterProfiles: endpoint({
    method: 'GET',
    path: '/api/mikrotik/profiles',
    tag,
    summary: 'PPP profiles of a router',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.array(
      z.object({
        ...row,
        name: z.string(),
        'local-address': z.string(),
        'remote-address': z.string(),
        'rate-limit': z.string(),
        'address-list': z.string(),
        'only-one': z.string(),
        comment: z.string(),
      }),
    ),
    errors,
  }),
  listRouterSecrets: endpoint({
    method: 'GET',
    path: '/api/mikrotik/secrets',
    tag,
    summary: 'PPP users of a router, without their passwords',
    permission: 'routers:read',
    query,
    status: 200,
    response: z.array(
      z.object({
        ...row,
        name: z.string(),
        service: z.string(),
        profile: z.string(),
        'local-address': z.string(),
        'remote-address': z.string(),
        comment: z.string(),
        disabled: z.boolean(),
        'last-logged-out': z.string(),
      }),
    ),
    errors,
  }),
  createRouterSecret: endpoint({
    method: 'POST',
    path: '/api/mikrotik/secrets',
    tag,
    summary: 'Add a PPP user to a router by hand, outside of any subscription',
    permission: 'routers:write',
    query,
    body: z.strictObject({
      username: word().min(1),
      password: word().min(1),
      ...secretFields,
    }),
    status: 200,
    response: done,
    errors,
  }),
  updateRouterSecret: endpoint({
    method: 'PUT',
    path: '/api/mikrotik/secrets/:id',
    tag,
    summary:
      'Change a PPP user on a router; one that belongs to a subscription is changed with it, and read back',
    permission: 'routers:write',
    params: rowParams,
    query,
    body: z.strictObject({
      username: word().min(1).optional(),
      password: word().min(1).optional(),
      ...secretFields,
    }),
    status: 200,
    response: done,
    errors: [...errors, 'not_found', 'router_entry_owned'],
  }),
  deleteRouterSecret: endpoint({
    method: 'DELETE',
    path: '/api/mikrotik/secrets/:id',
    tag,
    summary: 'Remove a PPP user from a router; not one that belongs to a subscription',
    permission: 'routers:write',
    params: rowParams,
    query,
    status: 200,
    response: done,
    errors: [...errors, 'not_found', 'router_entry_owned'],
  }),
  enableRouterSecret: endpoint({
    method: 'POST',
    path: '/api/mikrotik/secrets/:id/enable',
    tag,
    summary: 'Let a PPP user of a router dial again; one of a subscription gets what the subscription gives',
    permission: 'routers:write',
    params: rowParams,
    query,
    status: 200,
    response: done,
    errors: [...errors, 'not_found', 'router_entry_owned'],
  }),
  disableRouterSecret: endpoint({
    method: 'POST',
    path: '/api/mikrotik/secrets/:id/disable',
    tag,
    summary: 'Keep a PPP user of a router from dialling; one of a subscription is billed on',
    permission: 'routers:write',
    params: rowParams,
    query,
    status: 200,
    response: done,
    errors: [...errors, 'not_found', 'router_entry_owned'],
  }),
};
