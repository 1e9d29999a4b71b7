import { z } from 'zod';
import { endpoint, fileSchema } from './endpoint.ts';
import { digits, instant } from './fields.ts';

const keyId = z.string().regex(/^[0-9a-f]{64}$/);
const signatureSchema = z.object({ keyid: z.string(), sig: z.string() });

const roleSchema = z.object({
  keys: z.array(z.string()),
  threshold: z.number(),
});

const trustedSchema = z
  .object({
    version: z.number(),
    expires_at: instant,
  })
  .nullable();

const waitingMetadata = z.object({
  role: z.enum(['root', 'targets']),
  version: z.number(),
  /** waiting: signatures are missing; signed: it goes live when what it adds is published. */
  state: z.enum(['waiting', 'signed']),
  expires_at: instant,
  /** Ids of the keys that have signed. */
  signed_by: z.array(z.string()),
  /** Files that it adds to what is live, and those it takes away. */
  adds: z.array(z.string()),
  removes: z.array(z.string()),
});

export const trustSchema = z
  .object({
    root: trustedSchema,
    targets: trustedSchema,
    snapshot: trustedSchema,
    timestamp: trustedSchema,
    /** Whose signatures count now; null before the keys are set up. */
    roles: z.object({ root: roleSchema, targets: roleSchema, director: roleSchema }).nullable(),
    online_keys: z.array(
      z.object({
        id: z.string(),
        state: z.enum(['new', 'current', 'retired']),
        compromised: z.boolean(),
        created_at: instant,
        retired_at: instant.nullable(),
      }),
    ),
    waiting: z.array(waitingMetadata),
    documents_waiting: z.number(),
  })
  .meta({ id: 'Trust' });

const envelope = z.object({
  signed: z.record(z.string(), z.unknown()),
  signatures: z.array(signatureSchema),
});

/** What offline keys are to sign, with what is live now, against which a signer compares it. */
export const signingRequestSchema = z
  .object({
    format: z.literal('nadi-signing-1'),
    live: z.object({ root: envelope.nullable(), targets: envelope.nullable() }),
    metadata: z.array(envelope.extend({ role: z.enum(['root', 'targets']), version: z.number() })),
    documents: z.array(envelope.extend({ id: z.uuid() })),
    /** Where there are more documents: `after` of the next request. */
    next_after: z.uuid().nullable(),
  })
  .meta({ id: 'SigningRequest' });

const givenSignatures = z
  .array(
    z.strictObject({
      keyid: keyId,
      sig: z.string().regex(/^[0-9a-f]{128}$/),
    }),
  )
  .min(1)
  .max(20);

const givenSchema = z.strictObject({
  metadata: z
    .array(
      z.strictObject({
        role: z.enum(['root', 'targets']),
        version: z.number().int().min(1).max(2_147_483_647),
        signatures: givenSignatures,
      }),
    )
    .max(20)
    .default([]),
  documents: z
    .array(z.strictObject({ id: z.uuid(), signatures: givenSignatures }))
    .max(500)
    .default([]),
});

export const trust = {
  showTrust: endpoint({
    method: 'GET',
    path: '/api/trust',
    tag: 'Trust',
    summary: 'Whose signatures installations believe now, until when, and what waits for offline keys',
    permission: 'releases:read',
    status: 200,
    response: trustSchema,
    errors: [],
  }),
  exportSigning: endpoint({
    method: 'GET',
    path: '/api/trust/waiting',
    tag: 'Trust',
    summary:
      'What waits for offline keys, to be signed on a machine without network; at most 500 documents at a time',
    permission: 'releases:read',
    query: z.strictObject({ after: z.uuid().optional(), per_page: digits(1, 500).default(500) }),
    status: 200,
    response: signingRequestSchema,
    errors: [],
  }),
  importSignatures: endpoint({
    method: 'POST',
    path: '/api/trust/signatures',
    tag: 'Trust',
    summary: 'Signatures that offline keys made: each is verified, and what is complete by them goes live',
    permission: 'releases:write',
    body: givenSchema,
    status: 200,
    response: z.object({
      live: z.array(z.enum(['root', 'targets'])),
      documents_signed: z.number(),
      passed_over: z.number(),
    }),
    errors: ['trust_not_set_up'],
  }),
  showUpdateMetadata: endpoint({
    method: 'GET',
    path: '/updates/metadata/:file',
    tag: 'Updates',
    summary: 'Signed metadata (TUF 1.0.34): N.root.json, N.targets.json, N.snapshot.json and timestamp.json',
    permission: 'public',
    params: z.strictObject({ file: z.string().max(50) }),
    status: 200,
    response: fileSchema,
    produces: ['application/json'],
    errors: ['not_found'],
  }),
  showUpdateTarget: endpoint({
    method: 'GET',
    path: '/updates/targets/releases/:version/:file',
    tag: 'Updates',
    summary: 'A signed file of a release, by its SHA-256: HASH.manifest.json',
    permission: 'public',
    params: z.strictObject({ version: z.string().max(100), file: z.string().max(150) }),
    status: 200,
    response: fileSchema,
    produces: ['application/json'],
    errors: ['not_found'],
  }),
};
