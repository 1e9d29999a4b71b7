import type { Kit } from '#kit/kit.ts';
import { parseVersion } from '#release-metadata';
import type { Patch } from './patches.ts';
import type { ReleaseRow } from './queries.ts';
import { assetName, type Repository, repositoryUrl } from './repository-links.ts';

/** All of a release, and where it can be fetched. */
type Package = Pick<Patch, 'hash' | 'size'> & { readonly url: string };

/** A release as GitHub's API answers it (docs.github.com/rest/releases/releases), with what updaters read of it. */
export function presentAsOnGitHub(
  kit: Kit,
  repository: Repository,
  row: ReleaseRow,
  whole: Package | undefined,
) {
  const base = `${repositoryUrl(kit, repository)}/releases`;
  const published = asOnGitHub(row.published_at ?? row.created_at);
  const assets = whole === undefined ? [] : [asset(repository, row, whole)];
  return {
    url: `${base}/tags/v${row.version}`,
    html_url: `${base}/tags/v${row.version}`,
    id: numberOf(row.id),
    node_id: row.id,
    tag_name: `v${row.version}`,
    target_commitish: 'main',
    name: row.version,
    body: row.changelog,
    draft: false,
    prerelease: row.channel !== 'stable' || (parseVersion(row.version)?.prerelease.length ?? 0) > 0,
    created_at: asOnGitHub(row.created_at),
    published_at: published,
    author: { login: repository.owner, type: 'Organization' },
    // As spec 2 calls it where it asks another server than GitHub.
    version: row.version,
    changelog: row.changelog,
    download_url: assets[0]?.browser_download_url ?? null,
    download_size: whole?.size ?? null,
    checksum: whole?.hash ?? null,
    zipball_url: assets[0]?.browser_download_url ?? null,
    tarball_url: null,
    assets,
  };
}

function asset(repository: Repository, row: ReleaseRow, { hash, size, url }: Package) {
  const at = asOnGitHub(row.published_at ?? row.created_at);
  return {
    url,
    id: numberOf(hash),
    node_id: hash,
    name: assetName(repository, row.version),
    label: null,
    state: 'uploaded',
    content_type: 'application/zip',
    size,
    digest: `sha256:${hash}`,
    download_count: 0,
    created_at: at,
    updated_at: at,
    browser_download_url: url,
  };
}

/** GitHub's ids are numbers: 48 bits of ours, the same each time. */
const numberOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(-12), 16);

/** To the second, and in UTC. */
const asOnGitHub = (at: string) => Temporal.Instant.from(at).round('second').toString();
