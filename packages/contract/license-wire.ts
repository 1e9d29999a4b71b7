import { z } from 'zod';
import { endpoint, fileSchema } from './endpoint.ts';
import { instant } from './fields.ts';
import { licenseUsageSchema } from './license-schema.ts';
import { say } from './say.ts';

const digest = z
  .string()
  .regex(/^(sha256:)?[0-9a-fA-F]{64}$/, {
    error: say('Send a SHA-256 in hex.', 'Kirim SHA-256 dalam heksadesimal.'),
  })
  .transform((value) => value.toLowerCase());
/** Null where the machine does not tell. */
const part = digest.nullable().default(null);

const fingerprint = z.object({
  digest,
  components: z
    .object({ machine_id: part, mac: part, disk: part, cpu: part, hostname: part })
    .refine((parts) => Object.values(parts).filter((value) => value !== null).length >= 3, {
      error: say(
        'At least three parts of the machine must be known.',
        'Sedikitnya tiga bagian mesin harus diketahui.',
      ),
    }),
});

const installId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, {
    error: say('Send the install_id as a UUID.', 'Kirim install_id sebagai UUID.'),
  })
  .transform((value) => value.toLowerCase());
const text = (max: number) => z.string().trim().min(1).max(max);
/** However it was typed: what is wrong with it is said in KEY_FORMAT. */
const licenseKey = z.string().max(200);
const appVersion = text(50);
const reason = text(500);
const hostname = text(255);
/** What the client's clock shows: where it is off by a day, the answer is CLOCK_SKEW. */
const clientTime = instant.optional();

/** Name, e-mail, telephone, address and the like, as the owner typed them. */
const details = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_]{0,49}$/),
    z.union([z.string().max(500), z.number().min(-1e9).max(1e9), z.boolean(), z.null()]),
  )
  .refine((map) => Object.keys(map).length <= 30, {
    error: say('Give at most 30.', 'Isi paling banyak 30.'),
  })
  .optional();

const usage = z
  .record(z.string().regex(/^[a-z][a-z0-9_]{0,49}$/), z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
  .refine((map) => Object.keys(map).length <= 100, {
    error: say('Give at most 100.', 'Isi paling banyak 100.'),
  })
  .default({});

const terms = {
  plan: z.string(),
  features: z.record(z.string(), z.boolean()),
  limits: z.record(z.string(), z.number()),
  /** Null is for ever. */
  valid_until: instant.nullable(),
  /** Until then the installation works without hearing from here. */
  grace_until: instant,
};

const pairing = {
  status: z.literal('paired'),
  token: z.string(),
  ...terms,
  grace_days: z.literal(30),
  agent_code: z.string(),
  /** What the OTA wire takes in place of the license key. */
  installation_secret: z.string(),
  server_time: instant,
};

/** Many installations may share an address, and who has a right key is never refused for others (decisions.md). */
const wire = {
  method: 'POST',
  permission: 'public',
  wire: 'license',
  tag: 'License wire',
  status: 200,
  rateLimit: 120_000,
} as const;

const byKey = [
  'license_clock_skew',
  'license_key_format',
  'license_key_not_found',
  'license_rate_limited',
  'license_suspended',
  'license_revoked',
  'license_expired',
  'license_fingerprint_mismatch',
  'license_moves_exceeded',
  'license_version_unsupported',
] as const;

const byToken = [
  'license_clock_skew',
  'license_rate_limited',
  'license_token_invalid',
  'license_token_replaced',
  'license_not_paired',
  'license_suspended',
  'license_revoked',
  'license_expired',
] as const;

/** What installations call (decisions.md, License wire). */
export const licenseWire = {
  pairLicense: endpoint({
    ...wire,
    path: '/api/license/pair',
    summary:
      'Pair an installation with a license; the same machine gets its installation back, however often',
    body: z.object({
      license_key: licenseKey,
      install_id: installId,
      fingerprint,
      app_version: appVersion,
      hostname,
      owner: details,
      property: details,
      client_time: clientTime,
    }),
    response: z.object(pairing),
    errors: [...byKey, 'license_already_paired', 'license_node_limit'],
  }),
  licenseHeartbeat: endpoint({
    ...wire,
    path: '/api/license/heartbeat',
    summary:
      'Tell that an installation lives, with the newest token as bearer, however old; it gets the next one. After TOKEN_INVALID it asks again with installation_secret: our key may have been replaced',
    body: z.object({
      install_id: installId,
      fingerprint,
      app_version: appVersion,
      usage,
      counter: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
      client_time: clientTime,
      /** Proves who asks where the key that signed the token is no longer believed; elsewhere it is passed over. */
      installation_secret: text(200).optional(),
    }),
    response: z.object({
      /** grace: the paid time is over. */
      status: z.enum(['active', 'grace']),
      token: z.string(),
      ...terms,
      directives: z.array(z.unknown()),
      server_time: instant,
      next_heartbeat_at: instant,
      /** Limits that are exceeded, and what the plan says to that; `message` is for the owner. */
      overage: z
        .object({
          rule: z.enum(['warn', 'notify', 'refuse']),
          exceeded: z.array(licenseUsageSchema),
          message: z.string(),
        })
        .nullable(),
    }),
    errors: [...byToken, 'license_fingerprint_mismatch'],
  }),
  migrateLicense: endpoint({
    ...wire,
    path: '/api/license/migrate',
    summary: 'Move a license to this machine; the one it was on is no longer licensed',
    body: z.object({
      license_key: licenseKey,
      install_id: installId,
      fingerprint,
      reason,
      app_version: appVersion.optional(),
      hostname: hostname.optional(),
      client_time: clientTime,
    }),
    response: z.object({
      ...pairing,
      moves_used: z.number(),
      moves_left: z.number(),
      next_free_at: instant.nullable(),
    }),
    errors: byKey,
  }),
  rotateLicenseToken: endpoint({
    ...wire,
    path: '/api/license/rotate-token',
    summary: 'A new token, for the newest as bearer',
    body: z.object({ client_time: clientTime }).optional(),
    response: z.object({
      status: z.enum(['active', 'grace']),
      token: z.string(),
      ...terms,
      server_time: instant,
    }),
    errors: byToken,
  }),
  unpairLicense: endpoint({
    ...wire,
    path: '/api/license/unpair',
    summary: 'End this installation; the next machine that pairs counts as a move',
    body: z.object({ reason, client_time: clientTime }),
    response: z.object({ status: z.literal('unpaired'), server_time: instant }),
    errors: byToken,
  }),
  showLicenseKeys: endpoint({
    ...wire,
    method: 'GET',
    path: '/api/license/keys',
    summary: 'The public keys that tokens verify with, as a JSON Web Key Set (RFC 7517)',
    response: z.object({
      keys: z.array(
        z.object({
          kty: z.literal('OKP'),
          crv: z.literal('Ed25519'),
          x: z.string(),
          kid: z.string(),
          alg: z.literal('EdDSA'),
          use: z.literal('sig'),
        }),
      ),
    }),
    errors: [],
  }),
  showLicenseHelp: endpoint({
    method: 'GET',
    path: '/bantuan/lisensi',
    tag: 'License wire',
    summary: 'A page that says what each refusal means and what to do; `help_url` leads there',
    permission: 'public',
    query: z.strictObject({ language: z.enum(['id', 'en']).optional() }),
    status: 200,
    response: fileSchema,
    produces: ['text/html'],
    errors: [],
    rateLimit: 300,
  }),
};
