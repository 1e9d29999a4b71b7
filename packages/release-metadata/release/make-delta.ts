import { PassThrough, pipeline, Readable } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import { headerOf } from './delta-header.ts';
import { type DeltaPlan, largestWindowLog, logOf, planDelta } from './delta-plan.ts';
import type { OpenFile } from './make-zip.ts';
import type { ManifestFile, Tree } from './manifest.ts';

/**
 * What leads from one tree to the other: all that is new as one zstd frame, with the old contents as its dictionary. So a file that
 * was renamed, or put together anew, costs next to nothing. Undefined where the trees differ by more than a delta can hold. The same
 * trees give the same bytes.
 */
export async function makeDelta(
  from: Tree,
  to: Tree,
  open: { readonly from: OpenFile; readonly to: OpenFile },
): Promise<Readable | undefined> {
  const plan = planDelta(from, to);
  if (plan === undefined) return undefined;
  const frame = createZstdCompress({
    params: zstdParams(plan),
    ...(plan.dictionaryBytes === 0
      ? {}
      : { dictionary: await together(plan.dictionary, plan.dictionaryBytes, open.from) }),
    pledgedSrcSize: plan.contentBytes,
  });
  const source = Readable.from(oneAfterAnother(plan.contents, open.to), { objectMode: false });
  const out = new PassThrough();
  out.write(headerOf(from, to, plan));
  // What fails is told by the stream that is given back.
  pipeline(source, frame, out, () => {});
  return out;
}

/** zstd by itself looks for matches in the last few megabytes; the tables have to be as large as what they are to find. */
function zstdParams({ dictionaryBytes, contentBytes }: DeltaPlan) {
  const table = logOf(dictionaryBytes + contentBytes, 17, 26);
  return {
    [constants.ZSTD_c_compressionLevel]: 9,
    [constants.ZSTD_c_windowLog]: logOf(Math.max(dictionaryBytes, contentBytes), 17, largestWindowLog),
    [constants.ZSTD_c_hashLog]: table,
    [constants.ZSTD_c_chainLog]: table,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
}

/** The contents in one buffer. @throws {RangeError} if a file is not as long as its tree says */
export async function together(
  files: readonly ManifestFile[],
  bytes: number,
  open: OpenFile,
): Promise<Buffer> {
  const all = Buffer.allocUnsafe(bytes);
  let at = 0;
  for await (const piece of oneAfterAnother(files, open)) {
    if (at + piece.length > bytes) throw new RangeError('A file is longer than its tree says.');
    all.set(piece, at);
    at += piece.length;
  }
  if (at !== bytes) throw new RangeError('A file is shorter than its tree says.');
  return all;
}

async function* oneAfterAnother(
  files: readonly ManifestFile[],
  open: OpenFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of files) yield* await open(file);
}
