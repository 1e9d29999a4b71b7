import { z } from 'zod';
import { compareVersions, parseVersion } from '#release-metadata';
import type { Config } from '../config/read-config.ts';
import { readAnswer } from './ask.ts';
import { assetHeaders } from './github.ts';
import { askPolitely, type Manners } from './manners.ts';
import type { Source } from './source.ts';
import { stagePackage } from './stage-package.ts';

const shape = z.object({
  version: z.string().max(200),
  changelog: z.string().nullish(),
  download_url: z.string().max(4096).nullish(),
  download_size: z.number().int().min(0).nullish(),
  checksum: z.string().max(128).nullish(),
  has_migrations: z.boolean().nullish(),
  compatible: z.boolean().nullish(),
  published_at: z.string().max(100).nullish(),
});

/** A server of the owner's that names one release: version, changelog, download_url, checksum and download_size (spec 2). */
export function customSource(
  config: Config,
  checkUrl: string,
  { db, clock }: Pick<Manners, 'db' | 'clock'>,
): Source {
  return {
    stage: (offer, stage, signal, told) =>
      stagePackage({
        config,
        offer,
        stage,
        signal,
        told,
        home: checkUrl,
        headers: assetHeaders(config.token),
      }),
    async check(current, signal) {
      const manners = { db, clock, token: config.token, seconds: 10, signal };
      const page = await askPolitely(checkUrl, manners);
      const answered = { status: 200, headers: new Headers(), text: page.text };
      const read = readAnswer({ url: checkUrl }, answered, shape);
      const version = read.version.replace(/^v/, '');
      if (read.download_url == null) return { is: 'none', message: undefined };
      const order = parseVersion(version) === undefined ? 1 : compareVersions(version, current);
      if (order === 0 || (order < 0 && !config.allowDowngrade)) return { is: 'none', message: undefined };
      const migrates = read.has_migrations ?? config.installation.hooks.migrate !== undefined;
      const hasMigrations = order > 0 && migrates;
      return {
        is: 'offer',
        message: undefined,
        offer: {
          version,
          changelog: read.changelog ?? '',
          hasMigrations,
          isCompatible: !hasMigrations || read.compatible === true,
          isForced: false,
          downloadUrl: URL.canParse(read.download_url, checkUrl)
            ? new URL(read.download_url, checkUrl).href
            : read.download_url,
          checksum: read.checksum?.replace(/^sha256:/i, '').toLowerCase(),
          size: read.download_size ?? undefined,
          deleted: [],
          files: undefined,
          publishedAt: read.published_at ?? undefined,
        },
      };
    },
  };
}
