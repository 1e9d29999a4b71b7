import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { touchBlobs } from '../blob-queries.ts';
import { storeFault } from './blob-store.ts';
import { storeOf } from './store.ts';

/** A file that is to be stored. */
export interface NewBlob {
  readonly hash: string;
  readonly size: number;
  readonly file: string;
}

const atOnce = 8;

/** Stores files, and notes them first: whatever is killed, nothing is in the store that nobody knows of. @throws {AppError} release_store */
export async function keepBlobs(kit: Kit, blobs: readonly NewBlob[]): Promise<void> {
  const store = storeOf(kit);
  await touchBlobs(kit.db, blobs, instantText(kit.clock.now()));
  const waiting = blobs.values();
  const work = async () => {
    for (const { hash, size, file } of waiting) await store.put(hash, size, file);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** A folder for the while of `work`. One that a killed process left is removed by the job. */
export async function inSpool<T>(kit: Kit, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(storeOf(kit).spool, randomUUID());
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw storeFault(error);
  });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
