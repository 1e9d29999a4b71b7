import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { BlobAnswer } from '#contract';
import { AppError } from '#kit/errors.ts';
import { isKnown, rangeOf } from '#kit/http/ranges.ts';
import type { Kit } from '#kit/kit.ts';
import { BlobMissing, type Span } from './store/blob-store.ts';
import { storeOf } from './store/store.ts';

/**
 * The bytes of a blob, or of a part of it. Undefined where the store has it no more. All of it is compared with its hash as it is read,
 * and the stream fails at its end where it was changed. @throws {AppError} release_store
 */
export async function openBlob(kit: Kit, hash: string, span?: Span): Promise<Readable | undefined> {
  const pieces = storeOf(kit).open(hash, span)[Symbol.asyncIterator]();
  try {
    // The first piece now: what is missing is told before anything is answered.
    const first = await pieces.next();
    return Readable.from(startingWith(first, pieces), { objectMode: false });
  } catch (error) {
    if (error instanceof BlobMissing) return undefined;
    throw error;
  }
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  } finally {
    await pieces.return?.();
  }
}

/** All of a small blob. */
export async function readBlob(kit: Kit, hash: string): Promise<Buffer | undefined> {
  const bytes = await openBlob(kit, hash);
  return bytes && Buffer.concat(await bytes.toArray());
}

/** A blob as it was asked for: whole, a range, or nothing where the client has it. @throws {AppError} release_store */
export async function answerBlob(
  kit: Kit,
  blob: { readonly hash: string; readonly size: number },
  asked: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Promise<BlobAnswer> {
  const etag = `"${blob.hash}"`;
  const headers = { ...own, etag, 'accept-ranges': 'bytes' };
  if (isKnown(asked, etag)) return { status: 304, headers };
  const span = rangeOf(asked, blob.size, etag);
  if (span === 'outside')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${blob.size}` } };
  const stream = await openBlob(kit, blob.hash, span);
  if (stream === undefined)
    throw new AppError('release_store', { cause: new Error(`The store lacks ${blob.hash}.`) });
  const { start, end } = span ?? { start: 0, end: blob.size - 1 };
  return {
    status: span === undefined ? 200 : 206,
    stream,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(span === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${blob.size}` }),
    },
  };
}
