import { join } from 'node:path';
import { z } from 'zod';
import { flag, optionalText, optionalUrl, text } from './config-fields.ts';
import { UserError } from './errors.ts';

/** The variables of the module releases. */
export const releasesEnv = {
  RELEASES_DIR: optionalText,
  RELEASES_PUBLIC: flag,
  RELEASES_REPOSITORY: text
    .regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, { error: 'must be like owner/name' })
    .default('nadi/nadi'),
  RELEASES_S3_ENDPOINT: optionalUrl,
  RELEASES_S3_BUCKET: optionalText,
  RELEASES_S3_REGION: text.default('us-east-1'),
  RELEASES_S3_ACCESS_KEY_ID: optionalText,
  RELEASES_S3_SECRET_ACCESS_KEY: optionalText,
  RELEASES_S3_PREFIX: text.default(''),
};

const schema = z.object(releasesEnv);
type Env = z.output<typeof schema>;

/** Where the vendor's releases are kept, and who may read them. */
export interface ReleasesConfig {
  readonly folder: string;
  /** A bucket of an S3-compatible store, instead of the folder. */
  readonly bucket: BucketConfig | undefined;
  /** Whether anybody may list and fetch releases as on GitHub. */
  readonly isPublic: boolean;
  /** The name of the only repository there is, "owner/name", as updaters know it from GitHub. */
  readonly repository: string;
}

export interface BucketConfig {
  /** Of the store, without the bucket and without a slash at the end. */
  readonly endpoint: string;
  readonly name: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Before the names of blobs, such as "nadi/". */
  readonly prefix: string;
}

/** `dataDir`: where the folder is, unless one is named. @throws {UserError} naming what a bucket lacks */
export function releasesConfig(env: Env, dataDir: string): ReleasesConfig {
  return {
    folder: env.RELEASES_DIR ?? join(dataDir, 'releases'),
    bucket: bucketConfig(env),
    isPublic: env.RELEASES_PUBLIC,
    repository: env.RELEASES_REPOSITORY,
  };
}

function bucketConfig(env: Env): BucketConfig | undefined {
  if (env.RELEASES_S3_BUCKET === undefined) return undefined;
  const needed = [
    'RELEASES_S3_ENDPOINT',
    'RELEASES_S3_ACCESS_KEY_ID',
    'RELEASES_S3_SECRET_ACCESS_KEY',
  ] as const;
  const missing = needed.filter((name) => env[name] === undefined);
  if (missing.length > 0)
    throw new UserError(
      `The configuration has ${missing.length} fault(s):\n${missing.map((name) => `  ${name}: is needed beside RELEASES_S3_BUCKET`).join('\n')}`,
    );
  return {
    endpoint: env.RELEASES_S3_ENDPOINT ?? '',
    name: env.RELEASES_S3_BUCKET,
    region: env.RELEASES_S3_REGION,
    accessKeyId: env.RELEASES_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.RELEASES_S3_SECRET_ACCESS_KEY ?? '',
    prefix: env.RELEASES_S3_PREFIX,
  };
}
