import { randomUUID } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Kit } from '#kit/kit.ts';
import { readBlob } from './blobs.ts';
import type { ReleaseHooks } from './hooks.ts';
import { targetOf } from './manifest-of.ts';
import { offerable } from './offer.ts';

/**
 * Writes what installations fetch as plain files, for a web server or CDN: `updates/targets/…` and then `updates/metadata/…`, whose
 * timestamp.json is the last. So the folder is whole at every moment. Gives the number of files.
 */
export async function exportMetadata(kit: Kit, { trust }: ReleaseHooks, folder: string): Promise<number> {
  const metadata = await trust.liveMetadata(kit.db);
  let written = 0;
  for (const { version, manifest_hash: hash } of await offerable(kit)) {
    const manifest = hash === null ? undefined : await readBlob(kit, hash);
    if (manifest === undefined) continue;
    const path = targetOf(version);
    // TUF's consistent snapshots: a target is saved under its hash (TUF 1.0.34 §6.2).
    await writeWhole(join(folder, 'updates/targets', dirname(path), `${hash}.${basename(path)}`), manifest);
    written += 1;
  }
  for (const { name, body } of [...metadata].sort((a, b) => rank(a.name) - rank(b.name))) {
    await writeWhole(join(folder, 'updates/metadata', basename(name)), body);
    written += 1;
  }
  return written;
}

const rank = (name: string) => (name === 'timestamp.json' ? 1 : 0);

async function writeWhole(path: string, body: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  {
    await using file = await open(draft, 'wx');
    await file.writeFile(body);
    await file.sync();
  }
  await rename(draft, path);
}
