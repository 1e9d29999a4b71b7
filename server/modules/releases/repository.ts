import { createHash } from 'node:crypto';
import { type BlobAnswer, deepestOffset, repositories } from '#contract';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { isKnown } from '#kit/http/ranges.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { parseVersion } from '#release-metadata';
import { sendBlob } from './blobs.ts';
import type { ReleaseHooks } from './hooks.ts';
import { offerable } from './offer.ts';
import { madePackage, patchFor } from './patches.ts';
import type { ReleaseRow } from './queries.ts';
import { hourlyLimit, type RepositoryCaller, repositoryCaller } from './repository-callers.ts';
import { assetName, downloadUrl, isSignedLink, type Repository, repositoryUrl } from './repository-links.ts';
import { presentAsOnGitHub } from './repository-present.ts';

/** The releases in GitHub's shape, for updaters that know nothing else (spec 2). */
export function repositoryRoutes(kit: Kit, hooks: ReleaseHooks) {
  const counted = hourlyLimit(kit);
  /** What the caller may take, the newest version first. */
  const offeredTo = async (call: Call) => {
    const caller = await repositoryCaller(kit, hooks.callers, call);
    const isShown = await hooks.shown(caller.known);
    const isUrgentOnly = caller.known?.status === 'expired';
    const rows = (await offerable(kit)).filter(
      ({ version, force, is_floor }) => isShown(version) && (!isUrgentOnly || force || is_floor),
    );
    return { caller, rows };
  };
  /** @throws {AppError} not_found for another repository than ours */
  const refuseOthers = ({ owner, repo }: Repository) => {
    const asked = `${owner}/${repo}`.toLowerCase();
    if (asked !== kit.config.releases.repository.toLowerCase()) throw new AppError('not_found');
  };
  const presented = async (repository: Repository, { known }: RepositoryCaller, row: ReleaseRow) => {
    const whole = await patchFor(kit, undefined, row.version, 'full');
    if (whole === undefined) return presentAsOnGitHub(kit, repository, row, undefined);
    // What anybody is shown anybody may fetch.
    const url = downloadUrl(kit, repository, row.version, known && whole.hash);
    return presentAsOnGitHub(kit, repository, row, { ...whole, url });
  };
  const answer = (call: Call, name: string, value: unknown, own: Record<string, string> = {}): BlobAnswer => {
    const body = Buffer.from(JSON.stringify(value));
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
    const headers = { ...own, etag, 'cache-control': 'private, max-age=60', vary: 'authorization' };
    // As on GitHub, who asks and finds nothing new has used up nothing.
    if (isKnown(call.headers, etag)) return { status: 304, headers };
    const type = { 'content-type': 'application/json; charset=utf-8', 'content-length': String(body.length) };
    return { status: 200, headers: { ...headers, ...counted(name), ...type }, stream: once(body) };
  };
  /** @throws {AppError} as for the release itself */
  const byToken = async (call: Call, { version }: ReleaseRow) => {
    ofTag((await offeredTo(call)).rows, version);
    const whole = await patchFor(kit, undefined, version, 'full');
    if (whole === undefined) throw new AppError('not_found');
    return whole;
  };
  /** A link was given out when the package was there; who has made one up has nothing made. @throws {AppError} unauthenticated */
  const byLink = async (row: ReleaseRow, query: Parameters<typeof isSignedLink>[2]) => {
    const whole = await madePackage(kit, row);
    if (whole !== undefined && isSignedLink(kit, whole.hash, query)) return whole;
    throw new AppError('unauthenticated', { message: linkIsOver });
  };
  return routes(repositories, {
    listRepositoryReleases: async ({ params, query }, call) => {
      refuseOthers(params);
      const { caller, rows } = await offeredTo(call);
      const { page, per_page: size } = query;
      if ((page - 1) * size > deepestOffset) throw fieldError('page', tooDeep);
      const shown = rows.slice((page - 1) * size, page * size);
      const list = [];
      for (const row of shown) list.push(await presented(params, caller, row));
      const link = linksOf(`${repositoryUrl(kit, params)}/releases`, page, size, rows.length);
      return answer(call, caller.name, list, link === '' ? {} : { link });
    },
    latestRepositoryRelease: async ({ params }, call) => {
      refuseOthers(params);
      const { caller, rows } = await offeredTo(call);
      const newest = rows.find(({ version, channel }) => channel === 'stable' && !isPreRelease(version));
      if (newest === undefined) throw new AppError('not_found');
      return answer(call, caller.name, await presented(params, caller, newest));
    },
    repositoryReleaseByTag: async ({ params }, call) => {
      refuseOthers(params);
      const { caller, rows } = await offeredTo(call);
      return answer(call, caller.name, await presented(params, caller, ofTag(rows, params.tag)));
    },
    downloadRepositoryAsset: async ({ params, query }, call) => {
      refuseOthers(params);
      const row = ofTag(await offerable(kit), params.tag);
      const name = assetName(params, row.version);
      if (params.name !== name) throw new AppError('not_found');
      const whole = await (query.signature === undefined ? byToken(call, row) : byLink(row, query));
      return sendBlob(kit, whole, call.headers, {
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'private, no-transform',
        'x-checksum': whole.hash,
      });
    },
  });
}

const linkIsOver = {
  en: 'This link is over or was changed. Ask for the release again.',
  id: 'Tautan ini sudah lewat atau berubah. Minta rilisnya lagi.',
};
const tooDeep = {
  en: `Pages reach ${deepestOffset} releases deep.`,
  id: `Halaman hanya sampai ${deepestOffset} rilis.`,
};

const isPreRelease = (version: string) => (parseVersion(version)?.prerelease.length ?? 0) > 0;

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield body;
}

/** @throws {AppError} not_found */
function ofTag(rows: readonly ReleaseRow[], tag: string): ReleaseRow {
  const row = rows.find(({ version }) => version === tag || `v${version}` === tag);
  if (row === undefined) throw new AppError('not_found');
  return row;
}

/** The Link header (RFC 8288) of a page of so many. */
function linksOf(url: string, page: number, size: number, total: number): string {
  const last = Math.max(1, Math.ceil(total / size));
  const to = (number: number, rel: string) => `<${url}?per_page=${size}&page=${number}>; rel="${rel}"`;
  return [
    ...(page > 1 ? [to(1, 'first'), to(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
  ].join(', ');
}
