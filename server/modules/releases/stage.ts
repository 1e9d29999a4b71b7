import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, UserError } from '#kit/errors.ts';
import { type ManifestFile, ReleaseFault, readSource } from '#release-metadata';
import { storeFault } from './store/blob-store.ts';
import type { NewBlob } from './store/keep.ts';

export interface Staged {
  readonly files: readonly ManifestFile[];
  /** Each content once. */
  readonly blobs: readonly NewBlob[];
}

/**
 * Unpacks a folder or an archive into `folder`, one file for each content, and finds what its files are. All of it is read and judged
 * before anything is stored. @throws {AppError} release_archive, naming the entry
 */
export async function stageSource(source: string, folder: string): Promise<Staged> {
  const files: ManifestFile[] = [];
  const blobs = new Map<string, NewBlob>();
  try {
    for await (const { path, executable, body } of readSource(source)) {
      const file = join(folder, String(files.length));
      const { hash, size } = await writeHashed(file, body);
      files.push({ path, hash, size, executable });
      if (!blobs.has(hash)) blobs.set(hash, { hash, size, file });
    }
  } catch (error) {
    if (error instanceof ReleaseFault)
      throw new AppError('release_archive', { message: error.said, cause: error.cause });
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new UserError(`There is no file or folder ${source}.`);
    if (code === 'EACCES') throw new UserError(`${source} may not be read by this user.`);
    throw storeFault(error);
  }
  return { files, blobs: [...blobs.values()] };
}

/** Writes bytes to a new file. */
export async function writeHashed(
  file: string,
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly hash: string; readonly size: number }> {
  const digest = createHash('sha256');
  let size = 0;
  await using handle = await open(file, 'wx');
  for await (const piece of body) {
    digest.update(piece);
    size += piece.length;
    await handle.writeFile(piece);
  }
  return { hash: digest.digest('hex'), size };
}
