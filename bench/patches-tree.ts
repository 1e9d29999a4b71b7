import { createHash } from 'node:crypto';
import { type Manifest, makeManifest, readSource } from '#release-metadata';

/** The manifest of a folder. */
export async function readTree(folder: string, version: string): Promise<Manifest> {
  const files = [];
  for await (const { path, executable, body } of readSource(folder)) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of body) {
      hash.update(piece);
      size += piece.length;
    }
    files.push({ path, hash: hash.digest('hex'), size, executable });
  }
  return makeManifest({
    version,
    channel: 'stable',
    min_version: null,
    is_floor: false,
    changelog: '',
    has_migrations: false,
    compatible: true,
    force: false,
    components: {},
    files,
  });
}
