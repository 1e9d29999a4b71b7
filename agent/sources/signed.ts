import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changesBetween,
  compareVersions,
  type Manifest,
  openClient,
  parseManifest,
  type UpdateClient,
} from '#release-metadata';
import type { Clock } from '../clock.ts';
import type { Config, OtaAccount } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { currentVersion } from '../update/version-file.ts';
import { checkOta, otaHeaders } from './ota.ts';
import type { Source } from './source.ts';
import { stageDelta } from './stage-delta.ts';
import { stagePackage } from './stage-package.ts';

/**
 * The update server of spec 1, of which nothing counts but what the vendor's offline keys signed: it chooses which release and when,
 * and every file, deletion and promise of the release is what the signed manifest says.
 */
export function signedSource(config: Config, account: OtaAccount, clock: Clock): Source {
  return {
    async check(current, signal) {
      const answer = await checkOta(account, current, signal);
      if (answer.is !== 'offer') return answer;
      const { offer } = answer;
      const manifest = await manifestOf(trustClient(config, account, clock, signal), offer.version);
      if (manifest === undefined)
        throw unsigned(`releases/${offer.version} is not among the signed releases`);
      if (manifest.min_version !== null && compareVersions(current, manifest.min_version) < 0)
        throw tooOld(offer.version, manifest.min_version);
      const isBack = compareVersions(offer.version, current) < 0;
      const hasMigrations = manifest.has_migrations && !isBack;
      return {
        ...answer,
        offer: {
          ...offer,
          changelog: manifest.changelog,
          hasMigrations,
          isCompatible: !hasMigrations || manifest.compatible,
          isForced: manifest.force,
          deleted: [],
        },
      };
    },
    async stage(offer, stage, signal, told) {
      const client = trustClient(config, account, clock, signal);
      const manifest = await manifestOf(client, offer.version);
      if (manifest === undefined)
        throw unsigned(`releases/${offer.version} is not among the signed releases`);
      const before = await manifestOf(client, currentVersion(config.installation));
      // Without the list of what is installed nothing is deleted: a server's word is not enough for that.
      const deleted = before === undefined ? [] : goneIn(before, manifest);
      const files = new Map(manifest.files.map((file) => [file.path, file]));
      const staging = { config, stage, signal, told, home: account.serverUrl, headers: otaHeaders(account) };
      const asked = { ...staging, offer: { ...offer, deleted } };
      const bySmaller = before && (await stageDelta({ ...asked, from: before, to: manifest }));
      const staged = bySmaller ?? (await stagePackage({ ...asked, whole: files }));
      return { ...staged, parts: manifest.components };
    },
  };
}

const goneIn = (from: Manifest, to: Manifest) =>
  changesBetween(from.files, to.files)
    .filter(({ action }) => action === 'delete')
    .map(({ path }) => path);

/** Looks at the vendor's repository under the root that is pinned. @throws {AgentError} unsigned */
export function trustClient(
  config: Config,
  { serverUrl }: OtaAccount,
  clock: Clock,
  signal: AbortSignal,
): UpdateClient {
  const folder = join(config.installation.folder, 'trust');
  try {
    return openClient({
      metadataDir: join(folder, 'metadata'),
      metadataUrl: `${serverUrl}/updates/metadata`,
      targetDir: join(folder, 'targets'),
      targetUrl: `${serverUrl}/updates/targets`,
      ...(config.shippedRoot === undefined ? {} : { shippedRoot: config.shippedRoot }),
      now: clock.now(),
      signal,
    });
  } catch (error) {
    throw unsigned(reasonOf(error), error);
  }
}

/** The signed manifest of a release; undefined where none is signed. @throws {AgentError} unsigned */
async function manifestOf(client: UpdateClient, version: string): Promise<Manifest | undefined> {
  const path = `releases/${version}/manifest.json`;
  try {
    if ((await client.find(path)) === undefined) return undefined;
    const manifest = parseManifest(readFileSync(await client.download(path)));
    if (manifest.version !== version) throw new Error(`it is of ${manifest.version}`);
    return manifest;
  } catch (error) {
    throw unsigned(`${path}: ${reasonOf(error)}`, error);
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function unsigned(why: string, cause?: unknown): AgentError {
  return new AgentError(
    'trust',
    {
      en: `What the vendor signed cannot be verified: ${why}. Nothing was changed. Check the network and this machine’s clock, and try again.`,
      id: `Tanda tangan vendor tidak dapat diverifikasi: ${why}. Tidak ada yang diubah. Periksa jaringan dan jam mesin ini, lalu coba lagi.`,
    },
    { cause },
  );
}

function tooOld(version: string, least: string): AgentError {
  return new AgentError('too_old', {
    en: `${version} can be installed from ${least} on. Update to that first.`,
    id: `${version} dapat dipasang mulai dari ${least}. Perbarui ke versi itu lebih dulu.`,
  });
}
