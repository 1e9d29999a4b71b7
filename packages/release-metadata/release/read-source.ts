import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Bytes, SourceEntry } from './entry.ts';
import { ReleaseFault } from './fault.ts';
import { defaultLimits, type Limits, Meter } from './limits.ts';
import { Names } from './names.ts';
import { readFolder } from './read-folder.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';

type SourceFile = Extract<SourceEntry, { kind: 'file' }>;

/**
 * The files of a folder or an archive (.zip, .tar, .tar.gz, .tar.zst: told by its bytes, not by its name), one after the other. Whoever
 * takes them must be ready to throw away all of it: what is wrong may come last.
 * @throws {ReleaseFault} naming the entry, and what to do
 */
export async function* readSource(
  path: string,
  limits: Limits = defaultLimits,
): AsyncGenerator<SourceFile, void, undefined> {
  let isEmpty = true;
  for await (const file of filesOf(path, limits)) {
    isEmpty = false;
    yield file;
  }
  if (isEmpty)
    throw new ReleaseFault(undefined, {
      en: 'there is no file in it. Name the folder or the archive that holds the application.',
      id: 'tidak ada berkas di dalamnya. Sebutkan folder atau arsip yang memuat aplikasinya.',
    });
}

/** As {@link readSource}; there may be none, as in a patch that only deletes. */
export async function* filesOf(
  path: string,
  limits: Limits = defaultLimits,
): AsyncGenerator<SourceFile, void, undefined> {
  const names = new Names(limits);
  const { size, isFolder } = await stat(path).then((stats) => ({
    size: stats.size,
    isFolder: stats.isDirectory(),
  }));
  const meter = new Meter(limits, isFolder ? undefined : size);
  for await (const entry of isFolder ? readFolder(path) : await readArchive(path)) {
    meter.entry(entry.path, entry.kind);
    names.add(entry.path, entry.kind);
    if (entry.kind === 'file') yield { ...entry, body: metered(entry.path, entry.body, meter) };
  }
}

async function* metered(
  path: string,
  body: Bytes,
  meter: Meter,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of body) {
    meter.bytes(path, piece.length);
    yield piece;
  }
}

async function readArchive(path: string): Promise<AsyncIterable<SourceEntry>> {
  const head = Buffer.alloc(512);
  {
    await using file = await open(path);
    await file.read(head, 0, head.length, 0);
  }
  const starts = (...bytes: readonly number[]) => bytes.every((byte, at) => head[at] === byte);
  if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6)) return readZip(path);
  if (starts(0x1f, 0x8b)) return readTar(unpacked(path, createGunzip()));
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return readTar(unpacked(path, createZstdDecompress()));
  if (head.toString('latin1', 257, 262) === 'ustar') return readTar(createReadStream(path));
  throw new ReleaseFault(undefined, {
    en: 'this is no archive that can be read. Use a folder, or a .zip, .tar, .tar.gz or .tar.zst file.',
    id: 'ini bukan arsip yang dapat dibaca. Gunakan folder, atau berkas .zip, .tar, .tar.gz, atau .tar.zst.',
  });
}

async function* unpacked(path: string, through: Transform): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path);
  file.on('error', (error) => through.destroy(error));
  file.pipe(through);
  try {
    yield* through;
  } catch (cause) {
    throw new ReleaseFault(
      undefined,
      {
        en: 'the archive is damaged or ends too early. Send or make it again.',
        id: 'arsipnya rusak atau berakhir terlalu awal. Kirim atau buat lagi.',
      },
      { cause },
    );
  } finally {
    file.destroy();
    through.destroy();
  }
}
