import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kit } from '#kit/kit.ts';
import { businessEdition } from '../../server/editions/business.ts';
import { vendorHooks, vendorParts } from '../../server/editions/vendor.ts';
import { type ReleasesApp, standIns } from '../releases/store-app.ts';
import { type TestAppOptions, testApp } from '../support/test-app.ts';

/** The vendor's edition as it is wired, with real releases in a folder; only the offline keys sign without anybody's typing a passphrase. */
export async function wiredApp({ env = {}, ...options }: TestAppOptions = {}): Promise<ReleasesApp> {
  const own = standIns();
  const folder = mkdtempSync(join(tmpdir(), 'nadi-wired-'));
  const edition = (kit: Kit) =>
    businessEdition(
      kit,
      'vendor',
      vendorParts(kit, { releases: { ...vendorHooks(kit).releases, trust: own.hooks.trust } }),
    );
  const app = await testApp({ ...options, env: { RELEASES_DIR: folder, ...env }, edition });
  app.use({ [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) });
  return { ...app, folder, standIns: own };
}
