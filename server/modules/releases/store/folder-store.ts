import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobMissing, type BlobStore, storeFault, verified } from './blob-store.ts';

/** Blobs in a folder: `ab/abcdef…`. A blob has its name only when all of it is on the disk. */
export function folderStore(folder: string): BlobStore {
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash);
  return {
    spool: join(folder, 'incoming'),
    async put(hash, size, file) {
      const path = pathOf(hash);
      try {
        if ((await sizeOf(path)) === size) return;
        await mkdir(dirname(path), { recursive: true });
        await sync(file);
        await rename(file, path);
        await sync(dirname(path));
      } catch (error) {
        throw storeFault(error);
      }
    },
    async *open(hash, span) {
      const bytes = createReadStream(pathOf(hash), { ...span });
      try {
        yield* span === undefined ? verified(hash, bytes) : bytes;
      } catch (error) {
        throw codeOf(error) === 'ENOENT' ? new BlobMissing(hash) : storeFault(error);
      }
    },
    async remove(hash) {
      await rm(pathOf(hash), { force: true }).catch((error) => {
        throw storeFault(error);
      });
    },
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Waits until the file, or the names in a folder, are on the disk. */
async function sync(path: string): Promise<void> {
  await using handle = await open(path);
  await handle.sync();
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
