import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { BlobAnswer } from '#contract';
import { AppError } from '#kit/errors.ts';
import { answerBlob } from '#kit/http/answer-blob.ts';
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
    const stream = Readable.from(startingWith(first, pieces), { objectMode: false });
    // A generator that was never begun, because nobody stayed to read, closes nothing by itself.
    return stream.once('close', () => void Promise.resolve(pieces.return?.()).catch(() => {}));
  } catch (error) {
    if (error instanceof BlobMissing) return undefined;
    throw error;
  }
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  pieces: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
}

/** All of a small blob. */
export async function readBlob(kit: Kit, hash: string): Promise<Buffer | undefined> {
  const bytes = await openBlob(kit, hash);
  return bytes && Buffer.concat(await bytes.toArray());
}

/** A blob as it was asked for. @throws {AppError} release_store */
export async function sendBlob(
  kit: Kit,
  blob: { readonly hash: string; readonly size: number },
  asked: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Promise<BlobAnswer> {
  const answer = await answerBlob(asked, blob, own, (span) => openBlob(kit, blob.hash, span));
  if (answer !== undefined) return answer;
  throw new AppError('release_store', { cause: new Error(`The store lacks ${blob.hash}.`) });
}
