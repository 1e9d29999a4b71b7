import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, line, queryBoolean, routerName } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

/** How a router's certificate is judged. `anonymous` is TLS without one, as RouterOS has it until one is set. */
export const tlsTrusts = ['authority', 'fingerprint', 'anonymous', 'none'] as const;

/** What names on a router are written in where they are not UTF-8. */
export const codePages = [
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1256',
  'gbk',
  'big5',
] as const;

export const routerSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    host: z.string(),
    port: z.number(),
    username: z.string(),
    ssl: z.boolean(),
    tls_trust: z.enum(tlsTrusts),
    /** SHA-256 of the certificate it has to show, in hexadecimal. */
    tls_fingerprint: z.string().nullable(),
    code_page: z.enum(codePages),
    /** Whether a shared secret for RADIUS is set; it is never shown. */
    has_radius: z.boolean(),
    coa_port: z.number(),
    /** Whether it asks RADIUS who may dial in; it holds no users of Nadi's then, since routers ask their own first. */
    use_radius: z.boolean(),
    /** The router's profile whose addresses and DNS servers Nadi's own profiles get when they are made. */
    template_profile: z.string(),
    is_active: z.boolean(),
    /** The one that is meant where none is named. */
    is_default: z.boolean(),
    last_connected_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Router' });

const hostName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const ipv6 = z.ipv6();

/** An address or a name, as routers and servers are reached by. */
export const routerHost = z
  .string()
  .trim()
  .max(253)
  .refine((value) => hostName.test(value) || ipv6.safeParse(value).success, {
    error: say(
      'Use an address or host name alone, like 192.168.88.1 or router.example.id.',
      'Gunakan alamat atau nama host saja, misalnya 192.168.88.1 atau router.example.id.',
    ),
  });

export const routerPort = z.number().int().min(1).max(65_535);

const fingerprint = z
  .string()
  .trim()
  .max(100)
  .transform((value) => value.replaceAll(':', '').toLowerCase())
  .refine((value) => /^[0-9a-f]{64}$/.test(value), {
    error: say(
      'A SHA-256 fingerprint has 64 hexadecimal digits.',
      'Sidik jari SHA-256 terdiri dari 64 digit heksadesimal.',
    ),
  })
  .nullable();

/** Without spaces at its ends: RouterOS would take them for a part of it. */
const secret = z.string().min(1).max(255);

const fields = {
  port: routerPort.optional(),
  ssl: z.boolean().optional(),
  tls_trust: z.enum(tlsTrusts).optional(),
  tls_fingerprint: fingerprint.optional(),
  code_page: z.enum(codePages).optional(),
  /** Null takes it away. */
  radius_secret: secret.nullable().optional(),
  coa_port: routerPort.optional(),
  use_radius: z.boolean().optional(),
  template_profile: routerName(100).optional(),
  is_active: z.boolean().optional(),
  /** The first router is the default by itself; making another one the default takes it from the one before. */
  is_default: z.literal(true).optional(),
};

export const routers = {
  listRouters: endpoint({
    method: 'GET',
    path: '/api/router-settings',
    tag: 'Routers',
    summary: 'Routers, newest first',
    permission: 'routers:read',
    query: z.strictObject({ ...pageQuery, is_active: queryBoolean.optional() }),
    status: 200,
    response: pageOf(routerSchema),
    errors: [],
  }),
  createRouter: endpoint({
    method: 'POST',
    path: '/api/router-settings',
    tag: 'Routers',
    summary: 'Add a router',
    permission: 'routers:write',
    body: z.strictObject({
      name: line(100).default('Main Router'),
      host: routerHost,
      username: line(100),
      /** May be empty, as on a router that was just reset. */
      password: z.string().max(255),
      ...fields,
    }),
    status: 201,
    response: routerSchema,
    errors: [],
  }),
  showRouter: endpoint({
    method: 'GET',
    path: '/api/router-settings/:id',
    tag: 'Routers',
    summary: 'A router',
    permission: 'routers:read',
    params: idParams,
    status: 200,
    response: routerSchema,
    errors: ['not_found'],
  }),
  updateRouter: endpoint({
    method: 'PUT',
    path: '/api/router-settings/:id',
    tag: 'Routers',
    summary: 'Change a router; fields left out stay as they are, passwords too',
    permission: 'routers:write',
    params: idParams,
    body: z.strictObject({
      name: line(100).optional(),
      host: routerHost.optional(),
      username: line(100).optional(),
      password: z.string().max(255).optional(),
      ...fields,
    }),
    status: 200,
    response: routerSchema,
    errors: ['not_found'],
  }),
  deleteRouter: endpoint({
    method: 'DELETE',
    path: '/api/router-settings/:id',
    tag: 'Routers',
    summary: 'Remove a router; what is on the router itself stays as it is',
    permission: 'routers:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'router_in_use'],
  }),
};
