import { z } from 'zod';
import { endpoint, rawBody } from './endpoint.ts';
import { line } from './fields.ts';

// The wire of spec 1 §8, to the letter: clients that nobody can change speak it.

const tag = 'OTA';

/** Bodies of clients are some hundred bytes. */
const largestOta = 64 * 1024;

const open = {
  tag,
  permission: 'public',
  status: 200,
  errors: [],
  wire: 'ota',
  rateLimit: 600_000,
} as const;

const door = { ...open, method: 'POST', body: rawBody, rawBody: largestOta, allowedReadOnly: true } as const;

const envelope = { status: z.number(), message: z.string() };

/** Documents for Nadi's own agents, which believe nothing else; others pass them over. */
const signed = z
  .array(
    z.object({
      role: z.string(),
      kind: z.string(),
      version: z.number(),
      envelope: z.object({ signed: z.unknown(), signatures: z.array(z.unknown()).readonly() }),
    }),
  )
  .readonly()
  .optional();

export const ota = {
  checkOta: endpoint({
    ...door,
    path: '/ota/check',
    summary: 'Whether there is an update: {agent_code, license_key, current_version}',
    response: z.object({
      ...envelope,
      has_update: z.boolean(),
      force_update: z.boolean().optional(),
      version: z.string().optional(),
      min_version: z.string().optional(),
      changelog: z.string().optional(),
      files: z
        .array(z.object({ action: z.enum(['create', 'update', 'delete']), path: z.string() }))
        .optional(),
      has_migrations: z.boolean().optional(),
      checksum: z.string().optional(),
      zip_size: z.number().optional(),
      download_url: z.string().optional(),
      disabled: z.boolean().optional(),
      suspended: z.boolean().optional(),
      server_message: z.string().nullable().optional(),
      published_at: z.string().optional(),
      signed,
    }),
  }),
  downloadOta: endpoint({
    ...open,
    method: 'GET',
    path: '/ota/download/:version',
    summary: 'The ZIP of the last check, to X-Agent-Code and X-License-Key; ranges, ETag and If-Range',
    params: z.strictObject({ version: line(100) }),
    response: z.unknown(),
    blob: true,
  }),
  downloadOtaDelta: endpoint({
    ...open,
    method: 'GET',
    path: '/ota/delta/:version',
    summary:
      'As the download, but one zstd frame of what the installed release lacks (for the agent); not found where the two differ too much',
    params: z.strictObject({ version: line(100) }),
    response: z.unknown(),
    blob: true,
  }),
  reportOta: endpoint({
    ...door,
    path: '/ota/report',
    summary: 'What came of an update: {agent_code, license_key, version, status: success or failed, error}',
    response: z.object(envelope),
  }),
  heartbeatOta: endpoint({
    ...door,
    path: '/ota/heartbeat',
    summary: 'A sign of life: {agent_code, license_key, current_version, client_info}',
    response: z.object({
      ...envelope,
      directives: z.object({
        disabled: z.boolean(),
        force_update: z.boolean(),
        force_update_version: z.string().nullable(),
        server_message: z.string().nullable(),
      }),
      signed,
    }),
  }),
};
