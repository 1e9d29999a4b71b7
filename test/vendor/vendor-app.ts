import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTransaction, type Tx } from '#kit/db.ts';
import { openClient, type UpdateClient } from '#release-metadata';
import { businessEdition } from '../../server/editions/business.ts';
import { noHooks } from '../../server/editions/own-hooks.ts';
import { addTarget, publishTarget, trustModule } from '../../server/modules/trust/index.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';
import { newSet, type OfflineSet, setUp } from './signers.ts';

export interface Vendor extends AsyncDisposable {
  readonly nadi: TestApp;
  readonly hooks: { readTarget(hash: string): Promise<Uint8Array | undefined>; afterSigned(): Promise<void> };
  readonly set: OfflineSet;
  /** Paths of which trust said that they are signed. */
  readonly signed: string[];
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Asks for a manifest to be listed, and gives back its path. */
  add(version: string, content?: string): Promise<string>;
  publish(path: string): Promise<void>;
  /** An installation that trusts the first root, over HTTP. */
  installation(): Promise<{ readonly folder: string; look(): UpdateClient }>;
}

/** A vendor with a store of its own in place of the releases', and keys that are set up. */
export async function vendorApp(options: TestAppOptions & { readonly bare?: boolean } = {}): Promise<Vendor> {
  const store = new Map<string, Buffer>();
  const signed: string[] = [];
  const added = new Map<string, string>();
  const hooks = {
    readTarget: async (hash: string) => store.get(hash),
    afterSigned: async (_tx?: Tx, files: readonly { path: string }[] = []) => {
      signed.push(...files.map(({ path }) => path));
    },
  };
  const nadi = await testApp({
    ...options,
    edition: (kit) =>
      businessEdition(kit, 'vendor', { own: () => [trustModule(kit, hooks)], hooks: noHooks }),
  });
  const { kit } = nadi;
  const set = newSet();
  if (options.bare !== true) await setUp(kit, hooks, set);
  const tx: Vendor['tx'] = (work) => inTransaction(kit.db, work);
  let url: string | undefined;
  const folders: string[] = [];
  return {
    nadi,
    hooks,
    set,
    signed,
    tx,
    async add(version, content = `manifest of ${version}`) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      store.set(sha256, Buffer.from(content));
      const path = `releases/${version}/manifest.json`;
      added.set(path, sha256);
      const length = Buffer.byteLength(content);
      await tx((db) => addTarget(kit, db, { path, sha256, length, custom: { channel: 'stable' } }));
      return path;
    },
    publish: (path) => tx((db) => publishTarget(kit, db, { path, sha256: String(added.get(path)) })),
    async installation() {
      url ??= await nadi.app.listen({ host: '127.0.0.1', port: 0 });
      const folder = await mkdtemp(join(tmpdir(), 'nadi-installation-'));
      folders.push(folder);
      const first = await nadi.request({ as: 'nobody', url: '/updates/metadata/1.root.json' });
      const look = () =>
        openClient({
          metadataDir: join(folder, 'metadata'),
          metadataUrl: `${url}/updates/metadata`,
          targetDir: join(folder, 'targets'),
          targetUrl: `${url}/updates/targets`,
          shippedRoot: first.rawPayload,
          now: nadi.clock.now(),
        });
      return { folder, look };
    },
    async [Symbol.asyncDispose]() {
      await nadi[Symbol.asyncDispose]();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
