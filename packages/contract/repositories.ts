import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { digits, line } from './fields.ts';

const tag = 'Releases as on GitHub';
const repository = { owner: line(100), repo: line(100) };

/**
 * The releases in GitHub's shape, for updaters of spec 2 (docs.github.com/rest/releases). Their token (UPDATE_SERVER_TOKEN) is the agent
 * code, a colon and the license key or the installation's secret; it is sent as `Authorization: Bearer …` or `token …`.
 */
const open = {
  method: 'GET',
  tag,
  permission: 'public',
  status: 200,
  response: z.unknown(),
  blob: true,
  wire: 'github',
  rateLimit: 600,
} as const;
const errors = [
  'unauthenticated',
  'forbidden',
  'too_many_requests',
  'release_store',
  'client_disabled',
  'client_suspended',
] as const;

export const repositories = {
  listRepositoryReleases: endpoint({
    ...open,
    path: '/repos/:owner/:repo/releases',
    summary: 'Published releases, the newest version first; ETag, and Link to the next page',
    params: z.strictObject(repository),
    query: z.object({ page: digits(1, 10_000).default(1), per_page: digits(1, 100).default(30) }),
    errors: [...errors],
  }),
  latestRepositoryRelease: endpoint({
    ...open,
    path: '/repos/:owner/:repo/releases/latest',
    summary: 'The newest version of the stable channel',
    params: z.strictObject(repository),
    query: z.object({}),
    errors: [...errors, 'not_found'],
  }),
  repositoryReleaseByTag: endpoint({
    ...open,
    path: '/repos/:owner/:repo/releases/tags/:tag',
    summary: 'The release of a tag, with or without "v" before its version',
    params: z.strictObject({ ...repository, tag: line(100) }),
    query: z.object({}),
    errors: [...errors, 'not_found'],
  }),
  downloadRepositoryAsset: endpoint({
    ...open,
    path: '/repos/:owner/:repo/releases/download/:tag/:name',
    summary:
      'The whole release as a ZIP; ranges. Its address in a release is signed for a day, so that no token need follow',
    params: z.strictObject({ ...repository, tag: line(100), name: line(200) }),
    query: z.object({
      until: z
        .string()
        .regex(/^\d{10}$/)
        .optional(),
      signature: line(64).optional(),
    }),
    errors: [...errors, 'not_found'],
  }),
};
