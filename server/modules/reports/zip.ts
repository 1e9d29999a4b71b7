import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  readonly name: string;
  /** Its text in pieces, so that a large one never stands in memory as a whole. */
  readonly pieces: Iterable<string>;
}

/** The first day that ZIP can say: the same texts give the same bytes. */
const always = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true };

/** A ZIP archive of deflated texts, one after the other. */
export async function zipOf(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const zip = new ZipFile();
  const failed = Promise.withResolvers<never>();
  zip.on('error', failed.reject);
  for (const { name, pieces } of entries) {
    zip.addReadStreamLazy(name, always, (give) => give(null, Readable.from(pieces, { objectMode: false })));
  }
  zip.end();
  return await Promise.race([buffer(zip.outputStream), failed.promise]);
}
