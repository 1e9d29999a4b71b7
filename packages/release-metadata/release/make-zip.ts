import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Bytes } from './entry.ts';
import { changesBetween, inOrder, type ManifestFile, type Tree } from './manifest.ts';

/** Gives the bytes of a file of a tree. */
export type OpenFile = (file: ManifestFile) => Promise<Bytes>;

const pieceBytes = 65_536;

/**
 * A ZIP of these files at their paths and nothing else (spec 1's client copies everything in it into the tree). The same files give
 * the same bytes: they are in order, and their time is nobody's. It is read as it is made, one file at a time.
 */
export function zipOf(files: readonly ManifestFile[], open: OpenFile): Readable {
  const zip = new ZipFile();
  // yazl tells its errors, and those of a stream it is given not at all.
  const out = new PassThrough();
  const fail = (error: Error) => out.destroy(error);
  // The first time of day a ZIP can name. It is written without a zone, so everywhere the same.
  const mtime = new Date(1980, 0, 1);
  for (const file of inOrder(files)) {
    const options = {
      mtime,
      mode: file.executable ? 0o100755 : 0o100644,
      forceDosTimestamp: true,
      size: file.size,
    };
    zip.addReadStreamLazy(file.path, options, (give) => {
      const body = Readable.from(inPieces(file, open), { objectMode: false, highWaterMark: pieceBytes });
      body.on('error', fail);
      give(null, body);
    });
  }
  zip.on('error', fail);
  zip.end();
  zip.outputStream.pipe(out);
  return out;
}

/** The file in pieces of one size, whatever pieces it came in: what packs it must not see them. */
async function* inPieces(file: ManifestFile, open: OpenFile): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = Buffer.alloc(0);
  for await (const bytes of await open(file)) {
    rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
    for (; rest.length >= pieceBytes; rest = rest.subarray(pieceBytes)) yield rest.subarray(0, pieceBytes);
  }
  if (rest.length > 0) yield rest;
}

/** What spec 1's ZIP from one tree to the other holds: files that are new, or other than before. */
export function changedFiles(from: Tree, to: Tree): ManifestFile[] {
  const changed = new Set(
    changesBetween(from.files, to.files).flatMap(({ action, path }) => (action === 'delete' ? [] : [path])),
  );
  return to.files.filter(({ path }) => changed.has(path));
}
