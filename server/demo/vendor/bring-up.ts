import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#kit/clock.ts';
import type { Config } from '#kit/config.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import type { Process } from '../../commands/context.ts';
import { dropEverything } from '../books-queries.ts';
import { goOnWithVendor, makeVendor } from './make-vendor.ts';
import type { Vendor } from './simulate-fleet.ts';

/** The configuration of the demo's software house: a folder inside the provider's, and a port of its own. */
export function configOfVendor(config: Config, port: number): Config {
  const dataDir = join(config.dataDir, 'vendor');
  const appUrl = `http://${config.host === '127.0.0.1' ? config.host : 'localhost'}:${port}`;
  return {
    ...config,
    dataDir,
    port,
    appUrl,
    frontendUrl: appUrl,
    isolirPort: undefined,
    midtrans: undefined,
    releases: { ...config.releases, folder: join(dataDir, 'releases'), bucket: undefined },
  };
}

/**
 * Makes the software house, or lives the days that are missing up to today. What was half made is made anew. Gives undefined when
 * told to stop in the middle.
 */
export async function bringVendorUpToDate(
  process: Process,
  config: Config,
  {
    vendor,
    clock,
    command,
  }: { readonly vendor: Vendor | undefined; readonly clock: Clock; readonly command: string },
): Promise<Vendor | undefined> {
  // What a power cut would lose here is made again, so nothing waits for the disk.
  const settings = { synchronous_commit: 'off' };
  await using open = await openKit(
    { ...config, logLevel: 'warn' },
    { onBusy: 'refuse', command, clock, settings },
  );
  if (vendor === undefined) {
    await dropEverything(open.kit.db);
    for (const folder of [config.releases.folder, join(config.dataDir, 'sources')])
      rmSync(folder, { recursive: true, force: true });
  }
  await migrateAll(open.kit);
  return vendor === undefined ? await makeVendor(process, open.kit) : await goOnWithVendor(open.kit, vendor);
}
