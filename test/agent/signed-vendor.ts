import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addInstallations, type Client } from '../fleet/fleet-world.ts';
import { act, filled } from '../releases/store-app.ts';
import { ok } from '../support/provider.ts';
import { type WholeVendor, wholeVendor } from '../vendor/whole-vendor.ts';
import { newSite, type Site, type SiteOptions } from './agent-cli.ts';

const first = { 'app/a.txt': 'a1\n', 'app/same.txt': 'same\n', 'app/gone.txt': 'gone\n' };
export const second = { 'app/a.txt': 'a2\n', 'app/same.txt': 'same\n', 'app/new.txt': 'new\n' };

/** A site that a vendor looks after. */
export interface SignedSite extends Site {
  direct(body: object): Promise<unknown>;
}

/** A vendor whose offline keys signed two releases, and its address and root. */
export interface SignedVendor extends AsyncDisposable {
  readonly nadi: WholeVendor;
  readonly url: string;
  readonly root: string;
  /** Another installation of the first release, which has the root pinned. */
  installed(options?: Partial<SiteOptions>): SignedSite;
}

export async function signedVendor(): Promise<SignedVendor> {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-store-'));
  const nadi = await wholeVendor({ env: { RELEASES_DIR: folder } });
  const url = await nadi.app.listen({ host: '127.0.0.1', port: 0 });
  Object.assign(nadi.kit.config, { appUrl: url });
  const clients: readonly Client[] = await addInstallations(nadi, 20);
  const root: string = (await nadi.request({ url: '/updates/metadata/1.root.json', as: 'nobody' })).body;
  for (const [version, files] of [
    ['1.0.0', first],
    ['1.1.0', second],
  ] as const) {
    const id = await filled(
      nadi,
      version,
      Object.entries(files).map(([name, data]) => ({ name, data })),
      version === '1.1.0' ? { has_migrations: true, compatible: true } : {},
    );
    await act(nadi, id, 'sign');
    await nadi.sign();
    const published = await act(nadi, id, 'publish');
    assert.equal(published.statusCode, 200, published.body);
  }
  let next = 0;
  const installed = (options: Partial<SiteOptions> = {}): SignedSite => {
    const who = clients[next++] ?? assert.fail('add more installations');
    const { env, settings, files, ...rest } = options;
    const site = newSite({
      clock: nadi.clock,
      ...rest,
      files: { ...first, '.version': '1.0.0\n', 'config/root.json': root, ...files },
      settings: {
        root_metadata: 'config/root.json',
        hooks: {
          maintenance_on: ['/bin/sh', '-c', 'touch down'],
          maintenance_off: ['/bin/sh', '-c', 'rm -f down'],
        },
        ...settings,
      },
      env: {
        OTA_SERVER_URL: url,
        OTA_AGENT_CODE: who.agent_code,
        OTA_LICENSE_KEY: who.license_key,
        OTA_INSTALLATION_ID: who.id,
        ...env,
      },
    });
    const direct = (body: object) =>
      ok(nadi, {
        method: 'PUT',
        url: `/api/fleet/installations/${who.id}/directives`,
        body: { reason: 'Uji', ...body },
      });
    return { ...site, direct };
  };
  return {
    nadi,
    url,
    root,
    installed,
    async [Symbol.asyncDispose]() {
      await nadi[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
