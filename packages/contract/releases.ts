import { z } from 'zod';
import { endpoint, streamedBody } from './endpoint.ts';
import { idParams, instant, line } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

export const releaseChannels = ['stable', 'beta', 'alpha'] as const;
const states = ['draft', 'signed', 'published', 'held', 'yanked'] as const;
/** An archive as it is sent; unpacked it may be twice that and more. */
export const mostArchiveBytes = 1024 * 1024 * 1024;

/** Whether it is a semantic version is judged by the module, which knows how. */
const version = line(64);

/** A group of paths that may be taken alone: folders end in a slash. */
const componentName = z
  .string()
  .max(50)
  .regex(/^[a-z][a-z0-9-]*$/, {
    error: say(
      'Use small letters, digits and - only, like "portal".',
      'Gunakan huruf kecil, angka, dan - saja, misalnya "portal".',
    ),
  });
const components = z.record(componentName, z.array(line(512)).min(1).max(200));

const details = {
  channel: z.enum(releaseChannels),
  /** Who is below it takes another release first. */
  min_version: version.nullable(),
  /** Below it nobody may stay. */
  is_floor: z.boolean(),
  changelog: z.string().max(4000),
  has_migrations: z.boolean(),
  /** The version before may run on its database: then it is rolled back without a restore. */
  compatible: z.boolean(),
  force: z.boolean(),
  components,
};

const release = {
  id: z.uuid(),
  version: z.string(),
  channel: z.enum(releaseChannels),
  state: z.enum(states),
  state_reason: z.string().nullable(),
  min_version: z.string().nullable(),
  is_floor: z.boolean(),
  changelog: z.string(),
  has_migrations: z.boolean(),
  compatible: z.boolean(),
  force: z.boolean(),
  components: z.record(z.string(), z.array(z.string())),
  /** Null as long as it has no files. */
  manifest_sha256: z.string().nullable(),
  files: z.number(),
  bytes: z.number(),
  created_at: instant,
  updated_at: instant,
  published_at: instant.nullable(),
};

export const releaseSchema = z.object(release).meta({ id: 'Release' });
const patchSchema = z.object({
  from_version: z.string().nullable(),
  kind: z.enum(['zip', 'delta', 'full']),
  size: z.number(),
  changes: z.number(),
  created_at: instant,
});
const releaseDetail = releaseSchema.extend({ patches: z.array(patchSchema) });

const tag = 'Releases';
const act = {
  method: 'POST',
  tag,
  permission: 'releases:write',
  params: idParams,
  status: 200,
  response: releaseSchema,
} as const;
const reason = z.strictObject({ reason: line(500) });

export const releases = {
  listReleases: endpoint({
    method: 'GET',
    path: '/api/releases',
    tag,
    summary: 'Releases, newest first',
    permission: 'releases:read',
    query: z.strictObject({
      ...pageQuery,
      channel: z.enum(releaseChannels).optional(),
      state: z.enum(states).optional(),
    }),
    status: 200,
    response: pageOf(releaseSchema),
    errors: [],
  }),
  createRelease: endpoint({
    method: 'POST',
    path: '/api/releases',
    tag,
    summary: 'Begin a release: a draft without files, to which its archive is sent next',
    permission: 'releases:write',
    body: z.strictObject({
      version,
      channel: details.channel.default('stable'),
      min_version: details.min_version.default(null),
      is_floor: details.is_floor.default(false),
      changelog: details.changelog.default(''),
      has_migrations: details.has_migrations.default(false),
      compatible: details.compatible.default(true),
      force: details.force.default(false),
      components: details.components.default({}),
    }),
    status: 201,
    response: releaseSchema,
    errors: ['release_exists'],
  }),
  showRelease: endpoint({
    method: 'GET',
    path: '/api/releases/:id',
    tag,
    summary: 'A release, and the patches to it that are kept',
    permission: 'releases:read',
    params: idParams,
    status: 200,
    response: releaseDetail,
    errors: ['not_found'],
  }),
  updateRelease: endpoint({
    method: 'PUT',
    path: '/api/releases/:id',
    tag,
    summary: 'Change a draft; what was handed to the offline keys has to be handed to them again',
    permission: 'releases:write',
    params: idParams,
    body: z.strictObject(details).partial(),
    status: 200,
    response: releaseSchema,
    errors: ['not_found', 'release_state', 'release_store'],
  }),
  deleteRelease: endpoint({
    method: 'DELETE',
    path: '/api/releases/:id',
    tag,
    summary: 'Delete a draft',
    permission: 'releases:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found', 'release_state'],
  }),
  uploadRelease: endpoint({
    ...act,
    path: '/api/releases/:id/archive',
    summary: 'Send the files of a draft as .zip, .tar, .tar.gz or .tar.zst, in place of those it had',
    body: streamedBody,
    streamedBody: mostArchiveBytes,
    errors: ['not_found', 'release_state', 'release_archive', 'release_store', 'body_too_large'],
  }),
  showManifest: endpoint({
    method: 'GET',
    path: '/api/releases/:id/manifest',
    tag,
    summary: 'Every file of a release with its SHA-256, byte for byte as it is signed',
    permission: 'releases:read',
    params: idParams,
    status: 200,
    response: z.unknown(),
    blob: true,
    errors: ['not_found', 'release_empty', 'release_store'],
  }),
  submitRelease: endpoint({
    ...act,
    path: '/api/releases/:id/sign',
    summary: 'Hand a draft to the offline keys; it is signed as soon as enough of them have signed',
    errors: ['not_found', 'release_state', 'release_empty', 'trust_not_set_up'],
  }),
  publishRelease: endpoint({
    ...act,
    path: '/api/releases/:id/publish',
    summary: 'Offer a signed release',
    errors: ['not_found', 'release_state', 'release_unsigned'],
  }),
  holdRelease: endpoint({
    ...act,
    path: '/api/releases/:id/hold',
    summary: 'Offer a published release to nobody for now',
    body: reason,
    errors: ['not_found', 'release_state'],
  }),
  unholdRelease: endpoint({
    ...act,
    path: '/api/releases/:id/unhold',
    summary: 'Offer a held release again',
    errors: ['not_found', 'release_state'],
  }),
  yankRelease: endpoint({
    ...act,
    path: '/api/releases/:id/yank',
    summary: 'Never offer a release again; its version stays used',
    body: reason,
    errors: ['not_found', 'release_state'],
  }),
};
