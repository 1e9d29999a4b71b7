import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { BlobAnswer } from '#contract';
import { type ByteRange, isKnown, rangeOf } from './ranges.ts';

/**
 * Bytes that are named by their SHA-256, as they were asked for: whole, a range, or nothing where the client has them. `open` gives all
 * of them, or a part; undefined where they are there no more, and then so is the answer.
 */
export async function answerBlob(
  asked: IncomingHttpHeaders,
  { hash, size }: { readonly hash: string; readonly size: number },
  own: Readonly<Record<string, string>>,
  open: (span: ByteRange | undefined) => Promise<Readable | undefined>,
): Promise<BlobAnswer | undefined> {
  const etag = `"${hash}"`;
  const headers = { ...own, etag, 'accept-ranges': 'bytes' };
  if (isKnown(asked, etag)) return { status: 304, headers };
  const span = rangeOf(asked, size, etag);
  if (span === 'outside') return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } };
  const stream = await open(span);
  if (stream === undefined) return undefined;
  const { start, end } = span ?? { start: 0, end: size - 1 };
  return {
    status: span === undefined ? 200 : 206,
    stream,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      ...(span === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    },
  };
}
