import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { businessEdition } from '../../server/editions/business.ts';
import { noHooks } from '../../server/editions/own-hooks.ts';
import { type ReleaseHooks, releasesModule, releasesSigned } from '../../server/modules/releases/index.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';
import { type TarEntry, tarOf } from './archives.ts';

/** Trust and licensing as they are to releases, in memory: what was handed to them, and who is known. */
export function standIns() {
  const targets = new Map<string, { sha256: string; state: 'waiting' | 'signed' | 'live' }>();
  const callers = new Map<string, 'active' | 'suspended' | 'revoked' | 'expired'>();
  const hashKey = (key: string) => createHash('sha256').update(key).digest('hex');
  const hooks: ReleaseHooks = {
    trust: {
      addTarget: async (_tx, { path, sha256 }) => {
        targets.set(path, { sha256, state: 'waiting' });
        return true;
      },
      removeTarget: async (_tx, path) => void targets.delete(path),
      publishTarget: async (_tx, { path, sha256 }) => {
        const target = targets.get(path);
        if (target?.state !== 'signed' || target.sha256 !== sha256)
          throw new Error('publish without signatures');
        targets.set(path, { ...target, state: 'live' });
      },
      liveMetadata: async () => [
        { name: 'timestamp.json', body: Buffer.from('{}') },
        { name: '1.root.json', body: Buffer.from('{}') },
      ],
    },
    callers: {
      hashKey,
      findCallers: async (_db, pairs) =>
        pairs.map(({ agentCode, keyHash }) => {
          const status = callers.get(`${agentCode} ${keyHash}`);
          return status && { installationId: agentCode, status };
        }),
    },
    shown: async () => () => true,
  };
  return {
    hooks,
    targets,
    know: (agentCode: string, key: string, status: 'active' | 'suspended' | 'revoked' | 'expired') =>
      callers.set(`${agentCode} ${hashKey(key)}`, status),
  };
}

export interface ReleasesApp extends TestApp {
  readonly folder: string;
  readonly standIns: ReturnType<typeof standIns>;
}

/** A vendor's server whose releases lie in a folder of its own. */
export async function releasesApp(
  { env = {}, ...options }: TestAppOptions = {},
  own = standIns(),
): Promise<ReleasesApp> {
  const folder = env.RELEASES_DIR ?? mkdtempSync(join(tmpdir(), 'nadi-store-'));
  const edition = (kit: Kit) =>
    businessEdition(kit, 'vendor', { own: () => [releasesModule(kit, own.hooks)], hooks: noHooks });
  const app = await testApp({ ...options, env: { RELEASES_DIR: folder, ...env }, edition });
  app.use({ [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) });
  return { ...app, folder, standIns: own };
}

export async function send(app: TestApp, url: string, archive: Buffer) {
  return app.app.inject({
    method: 'POST',
    url,
    payload: archive,
    headers: { 'content-type': 'application/octet-stream', authorization: await bearer(app) },
  });
}

const bearers = new WeakMap<TestApp, string>();
async function bearer(app: TestApp): Promise<string> {
  const known = bearers.get(app);
  if (known !== undefined) return known;
  const made = await app.request({ method: 'POST', url: '/api/tokens', body: { name: 'archive' } });
  const header = `Bearer ${made.json().token}`;
  bearers.set(app, header);
  return header;
}

export async function newDraft(app: TestApp, version: string, more: object = {}): Promise<string> {
  const made = await app.request({ method: 'POST', url: '/api/releases', body: { version, ...more } });
  if (made.statusCode !== 201) throw new Error(made.body);
  return made.json().id;
}

/** A draft with these files. */
export async function filled(
  app: TestApp,
  version: string,
  files: readonly TarEntry[],
  more: object = {},
): Promise<string> {
  const id = await newDraft(app, version, more);
  const sent = await send(app, `/api/releases/${id}/archive`, tarOf(files));
  if (sent.statusCode !== 200) throw new Error(sent.body);
  return id;
}

export async function act(app: TestApp, id: string, what: string, body?: object) {
  return app.request({ method: 'POST', url: `/api/releases/${id}/${what}`, ...(body ? { body } : {}) });
}

/** As when the offline keys have signed it. */
export async function sign(app: ReleasesApp, version: string): Promise<void> {
  const path = `releases/${version}/manifest.json`;
  const target = app.standIns.targets.get(path);
  if (target === undefined) throw new Error(`${version} waits for no signature`);
  app.standIns.targets.set(path, { ...target, state: 'signed' });
  await inTransaction(app.kit.db, (tx) =>
    releasesSigned(app.kit, tx, [{ path, sha256: target.sha256 }], app.clock.now().toString()),
  );
}

/** A release with these files that is offered. */
export async function published(
  app: ReleasesApp,
  version: string,
  files: readonly TarEntry[],
  more: object = {},
): Promise<string> {
  const id = await filled(app, version, files, more);
  await act(app, id, 'sign');
  await sign(app, version);
  const done = await act(app, id, 'publish');
  if (done.statusCode !== 200) throw new Error(done.body);
  return id;
}
