import { createHash } from 'node:crypto';
import { AppError } from '#kit/errors.ts';

export interface Span {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/** Files by the SHA-256 of their contents. What is there never changes. */
export interface BlobStore {
  /** A folder for what is on its way, on the same disk where that helps. */
  readonly spool: string;
  /** Stores the file, which is then gone or may be removed. Storing twice is storing once. @throws {AppError} release_store */
  put(hash: string, size: number, file: string): Promise<void>;
  /**
   * Its bytes as they are read. All of them are compared with the hash, and fail at their end if they are others; a part cannot be.
   * @throws {AppError} release_store, {BlobMissing}
   */
  open(hash: string, span?: Span): AsyncIterable<Uint8Array>;
  /** Nothing where it is not there. @throws {AppError} release_store */
  remove(hash: string): Promise<void>;
}

export class BlobMissing extends Error {
  override readonly name = 'BlobMissing';
  constructor(hash: string) {
    super(`The store has no blob ${hash}.`);
  }
}

/** Passes on what is read; fails at the end where it is not what was stored. */
export async function* verified(
  hash: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const digest = createHash('sha256');
  for await (const piece of bytes) {
    digest.update(piece);
    yield piece;
  }
  if (digest.digest('hex') !== hash)
    throw new AppError('release_store', { cause: new Error(`The blob ${hash} was changed in the store.`) });
}

/** Whatever the disk or the network says, as a refusal. */
export function storeFault(cause: unknown): unknown {
  return cause instanceof AppError || cause instanceof BlobMissing
    ? cause
    : new AppError('release_store', { cause });
}
