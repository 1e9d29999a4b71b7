import { z } from 'zod';
import { compareVersions, parseVersion } from '#release-metadata';
import type { Channel, Config } from '../config/read-config.ts';
import { readAnswer } from './ask.ts';
import { askPolitely, type Manners } from './manners.ts';
import type { Answer, Offer, Source } from './source.ts';
import { stagePackage } from './stage-package.ts';

type Remembering = Pick<Manners, 'db' | 'clock'>;

const release = z.object({
  tag_name: z.string().max(200),
  draft: z.boolean().default(false),
  prerelease: z.boolean().default(false),
  body: z.string().nullish(),
  published_at: z.string().max(100).nullish(),
  assets: z
    .array(
      z.object({
        name: z.string().max(1000),
        url: z.string().max(4096),
        browser_download_url: z.string().max(4096),
        state: z.string().default('uploaded'),
        size: z.number().int().min(0),
        digest: z.string().max(200).nullish(),
      }),
    )
    .max(1000)
    .default([]),
});
type Release = z.output<typeof release>;

/** Pages of a hundred releases. */
const mostPages = 10;

/** Releases as GitHub lists them, of which we choose by version and channel (protocols.md); what their digests say counts. */
export function githubSource(config: Config, checkUrl: string, { db, clock }: Remembering): Source {
  const { token } = config;
  const list = `${checkUrl.replace(/\/latest$/, '')}?per_page=100`;
  return {
    async check(current, signal) {
      const manners = { db, clock, token, seconds: 10, signal };
      const releases: Release[] = [];
      let url: string | undefined = list;
      for (let page = 0; url !== undefined && page < mostPages; page += 1) {
        const answered: { text: string; link: string | null } = await askPolitely(url, manners);
        const shape = z.array(release);
        releases.push(...readAnswer({ url }, { status: 200, headers: new Headers(), ...answered }, shape));
        url = nextOf(answered.link, list);
      }
      return answerOf(chosen(releases, config), current, config);
    },
    stage: (offer, stage, signal, told) =>
      stagePackage({ config, offer, stage, signal, told, home: list, headers: assetHeaders(token) }),
  };
}

/** Asked so, the API gives an asset itself and not what it knows of it. */
export const assetHeaders = (token: string | undefined) => ({
  accept: 'application/octet-stream',
  'user-agent': 'nadi-agent',
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

/** The next page, if it is at the same place: a token is for that alone. */
function nextOf(link: string | null, list: string): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  if (next === undefined || !URL.canParse(next)) return undefined;
  return new URL(next).origin === new URL(list).origin ? next : undefined;
}

interface Chosen {
  readonly version: string;
  readonly release: Release;
}

const rank: Readonly<Record<Channel, number>> = { stable: 0, beta: 1, alpha: 2 };

/** The newest version of the channel that is not skipped and has a package. */
function chosen(releases: readonly Release[], { channel, skipped }: Config): Chosen | undefined {
  return releases
    .map((each) => ({ version: each.tag_name.replace(/^v/, ''), release: each }))
    .filter(
      ({ version, release: each }) =>
        !each.draft &&
        parseVersion(version) !== undefined &&
        rank[channelOf(version, each.prerelease)] <= rank[channel] &&
        !skipped.includes(version) &&
        packageOf(each) !== undefined,
    )
    .sort((one, other) => compareVersions(other.version, one.version))[0];
}

function channelOf(version: string, isPreRelease: boolean): Channel {
  const [word] = parseVersion(version)?.prerelease ?? [];
  if (word === undefined) return isPreRelease ? 'beta' : 'stable';
  return /^(alpha|a|dev|nightly)\d*$/i.test(word) ? 'alpha' : 'beta';
}

/** One that is still being uploaded is none. */
function packageOf({ assets }: Release) {
  const whole = assets.filter(({ state }) => state === 'uploaded');
  return (
    whole.find(({ name }) => /\.zip$/i.test(name)) ??
    whole.find(({ name }) => /\.(tar\.gz|tgz|tar\.zst)$/i.test(name))
  );
}

function answerOf(found: Chosen | undefined, current: string, config: Config): Answer {
  const asset = found && packageOf(found.release);
  const nothing: Answer = { is: 'none', message: undefined };
  if (found === undefined || asset === undefined) return nothing;
  const order = compareVersions(found.version, current);
  if (order === 0 || (order < 0 && !config.allowDowngrade)) return nothing;
  const hasMigrations = order > 0 && config.installation.hooks.migrate !== undefined;
  const offer: Offer = {
    version: found.version,
    changelog: found.release.body ?? '',
    hasMigrations,
    isCompatible: !hasMigrations,
    isForced: false,
    // With a token, which a private one asks for, it is given out at its address in the API.
    downloadUrl: config.token === undefined ? asset.browser_download_url : asset.url,
    checksum: /^sha256:([0-9a-f]{64})$/i.exec(asset.digest ?? '')?.[1]?.toLowerCase(),
    size: asset.size,
    deleted: [],
    files: undefined,
    publishedAt: found.release.published_at ?? undefined,
  };
  return { is: 'offer', offer, message: undefined };
}
