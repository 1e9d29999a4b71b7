import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kit } from '#kit/kit.ts';
import { type Manifest, type ManifestFile, makeManifest, manifestBytes } from '#release-metadata';
import type { ReleaseRow } from './queries.ts';
import { inSpool, keepBlobs, type NewBlob } from './store/keep.ts';

/** Where a release's manifest is among the signed targets. */
export const targetOf = (version: string): string => `releases/${version}/manifest.json`;

/** The version that such a path is of. */
export function versionOfTarget(path: string): string | undefined {
  return /^releases\/([^/]+)\/manifest\.json$/.exec(path)?.[1];
}

export function manifestOf(row: ReleaseRow, files: readonly ManifestFile[]): Manifest {
  return makeManifest({
    version: row.version,
    // The column's check allows just these.
    channel: row.channel as Manifest['channel'],
    min_version: row.min_version,
    is_floor: row.is_floor,
    changelog: row.changelog,
    has_migrations: row.has_migrations,
    compatible: row.compatible,
    force: row.force,
    // Checked by the contract as it came.
    components: row.components as Manifest['components'],
    files: [...files],
  });
}

/** Stores the manifest beside these blobs; gives what a release's row says of it. */
export function keepManifest(
  kit: Kit,
  manifest: Manifest,
  blobs: readonly NewBlob[] = [],
): Promise<Pick<ReleaseRow, 'manifest_hash' | 'manifest_size' | 'files' | 'bytes'>> {
  return inSpool(kit, async (folder) => {
    const bytes = manifestBytes(manifest);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const file = join(folder, 'manifest.json');
    await writeFile(file, bytes);
    await keepBlobs(kit, [...blobs, { hash, size: bytes.length, file }]);
    return {
      manifest_hash: hash,
      manifest_size: String(bytes.length),
      files: manifest.files.length,
      bytes: String(manifest.files.reduce((sum, { size }) => sum + size, 0)),
    };
  });
}
