import { join } from 'node:path';
import type { Config } from '../config/read-config.ts';
import { download } from './download.ts';
import type { Offer, Progress, Staged } from './source.ts';
import { unpack, type Whole } from './unpack.ts';

export interface Staging {
  readonly config: Config;
  readonly offer: Offer;
  readonly stage: string;
  readonly signal: AbortSignal;
  readonly told: Progress;
  /** Credentials, and whose they are: they go to no other origin, whatever the offer says of where its package lies. */
  readonly home: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is signed of the release. */
  readonly whole?: Whole;
}

/** Fetches the offer's package and unpacks it into the stage. @throws {AgentError} as download and unpack do */
export async function stagePackage(staging: Staging): Promise<Staged> {
  const { config, offer, stage, signal, told, home, headers, whole } = staging;
  const { downloadUrl: url, size } = offer;
  const checksum = config.verifyChecksum ? offer.checksum : undefined;
  const archive = join(config.stages, `${checksum ?? 'unchecked'}.package`);
  const isHome = URL.canParse(url) && new URL(url).origin === new URL(home).origin;
  await download({ url, headers: isHome ? headers : {}, checksum, size }, archive, signal, told);
  const changes = await unpack(archive, stage, config.installation, offer.deleted, whole);
  return { changes, hasMigrations: offer.hasMigrations, isCompatible: offer.isCompatible };
}
