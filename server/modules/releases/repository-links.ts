import { sameText } from '#kit/crypto.ts';
import type { Kit } from '#kit/kit.ts';

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

const purpose = 'release download';
const day = 86_400;

/** The address of the releases of a repository. */
export const repositoryUrl = ({ config }: Kit, { owner, repo }: Repository): string =>
  `${config.appUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;

/**
 * Where a package can be fetched without a token: by its hash until the end of tomorrow (UTC), without one where anybody may. The same all
 * day, so that what lists it keeps its ETag.
 */
export function downloadUrl(
  kit: Kit,
  repository: Repository,
  version: string,
  hash: string | undefined,
): string {
  const url = `${repositoryUrl(kit, repository)}/releases/download/v${version}/${assetName(repository, version)}`;
  if (hash === undefined) return url;
  const until = (Math.floor(kit.clock.now().epochMilliseconds / 1000 / day) + 2) * day;
  return `${url}?until=${until}&signature=${signatureOf(kit, hash, until)}`;
}

/** The name of the one file of a release: plain, whatever the repository is called. */
export function assetName({ repo }: Repository, version: string): string {
  return `${repo.replace(/[^A-Za-z0-9._-]/g, '-')}-${version}.zip`;
}

const signatureOf = ({ secrets }: Kit, hash: string, until: number) =>
  secrets.mark(`${hash} ${until}`, purpose);

/** Whether the address was given out for this package, and is not over. */
export function isSignedLink(
  kit: Kit,
  hash: string,
  {
    until: text,
    signature,
  }: { readonly until?: string | undefined; readonly signature?: string | undefined },
): boolean {
  if (text === undefined || signature === undefined) return false;
  const until = Number(text);
  return (
    until * 1000 > kit.clock.now().epochMilliseconds && sameText(signature, signatureOf(kit, hash, until))
  );
}
