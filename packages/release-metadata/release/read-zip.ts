import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import type { Bytes, SourceEntry } from './entry.ts';
import { ReleaseFault } from './fault.ts';

const kindMask = 0o170000;
const kinds = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const unix = 3;
const macOs = 19;
const utf8Flag = 0x800;
const endOfFolder = [0x06054b50, 0x06064b50];

/**
 * The entries of a ZIP archive. yauzl reads the central directory, as PHP and Windows do, checks sizes but no checksums, and leaves
 * the judging of names, kinds and overlaps to us. @throws {ReleaseFault}
 */
export async function* readZip(path: string): AsyncGenerator<SourceEntry, void, undefined> {
  await using file = await open(path);
  let zip: ZipFile;
  try {
    // Names as bytes: what is not UTF-8 is to be refused, not guessed at.
    zip = await fromFdPromise(file.fd, { autoClose: false, decodeStrings: false });
  } catch (error) {
    throw damaged(undefined, error);
  }
  const entries = await listed(zip);
  // A number; its types say otherwise.
  const end = Number(zip.readEntryCursor);
  const mark = Buffer.alloc(4);
  await file.read(mark, 0, 4, end);
  if (!endOfFolder.includes(mark.readUInt32LE(0))) throw damaged(undefined);
  refuseOverlaps(entries);
  for (const { entry, name } of entries) {
    const kind = kindOf(entry, name);
    if (kind === 'folder') yield { kind, path: name.replace(/\/+$/, '') };
    else yield { kind, path: name, executable: isExecutable(entry), body: bodyOf(zip, entry, name) };
  }
}

interface Named {
  readonly entry: Entry;
  readonly name: string;
}

/** The whole directory first: what is wrong with a name is found before anything is unpacked. */
async function listed(zip: ZipFile): Promise<readonly Named[]> {
  const entries: Named[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.length > 200_000) break;
      entries.push({ entry, name: nameOf(entry) });
    }
  } catch (error) {
    throw error instanceof ReleaseFault ? error : damaged(undefined, error);
  }
  return entries;
}

function nameOf({ fileName, fileNameRaw, generalPurposeBitFlag }: Entry): string {
  const bytes: unknown = fileNameRaw ?? fileName;
  if (!(bytes instanceof Uint8Array)) throw damaged(undefined);
  const raw = Buffer.from(bytes);
  const isAscii = raw.every((byte) => byte < 0x80);
  // Without the flag the letters are those of some code page: not UTF-8, as the check of names then says.
  return isAscii || (generalPurposeBitFlag & utf8Flag) !== 0
    ? raw.toString('utf8')
    : `${raw.toString('latin1')}\uFFFD`;
}

const modeOf = ({ externalFileAttributes }: Entry) => (externalFileAttributes >>> 16) & 0xffff;
const hasMode = ({ versionMadeBy }: Entry) => [unix, macOs].includes(versionMadeBy >> 8);
const isExecutable = (entry: Entry) => hasMode(entry) && (modeOf(entry) & 0o100) !== 0;

function kindOf(entry: Entry, name: string): 'file' | 'folder' {
  // A mode may be there whoever made the archive: a link is a link.
  const kind = modeOf(entry) & kindMask;
  if (kind === kinds.link)
    throw new ReleaseFault(name, {
      en: 'this is a link. A release holds files only: put the file itself in its place.',
      id: 'ini sebuah tautan. Rilis hanya memuat berkas: taruh berkasnya sendiri di situ.',
    });
  const isFolder = name.endsWith('/');
  if (kind !== 0 && kind !== (isFolder ? kinds.folder : kinds.file) && hasMode(entry))
    throw new ReleaseFault(name, {
      en: 'this is neither a file nor a folder. A release holds files only: leave it out.',
      id: 'ini bukan berkas atau folder. Rilis hanya memuat berkas: keluarkan.',
    });
  if (entry.isEncrypted())
    throw new ReleaseFault(name, {
      en: 'this is encrypted. Make the archive without a password.',
      id: 'ini terenkripsi. Buat arsipnya tanpa kata sandi.',
    });
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    throw new ReleaseFault(name, {
      en: 'it is packed in a way that not everybody can unpack. Make the archive with ordinary compression (deflate).',
      id: 'cara pemampatannya tidak dikenal semua program. Buat arsipnya dengan pemampatan biasa (deflate).',
    });
  if (isFolder && entry.uncompressedSize > 0) throw damaged(name);
  return isFolder ? 'folder' : 'file';
}

/** Entries that share bytes are how a small archive unpacks to terabytes (D. Fifield, "A better zip bomb"). */
function refuseOverlaps(entries: readonly Named[]): void {
  const spans = entries
    .map(({ entry, name }) => ({
      name,
      from: entry.relativeOffsetOfLocalHeader,
      until: entry.relativeOffsetOfLocalHeader + 30 + entry.fileNameLength + entry.compressedSize,
    }))
    .sort((a, b) => a.from - b.from);
  for (const [at, { name, from }] of spans.entries()) {
    const before = spans[at - 1];
    if (before !== undefined && from < before.until)
      throw new ReleaseFault(name, {
        en: 'it shares its bytes with another file of the archive, as only archives do that are meant to fill a disk.',
        id: 'isinya dipakai bersama berkas lain di arsip, seperti arsip yang dibuat untuk memenuhi disk.',
      });
  }
}

async function* bodyOf(
  zip: ZipFile,
  entry: Entry,
  name: string,
): Bytes & AsyncGenerator<Uint8Array, void, undefined> {
  let sum = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      const bytes: Uint8Array = piece;
      sum = crc32(bytes, sum);
      yield bytes;
    }
  } catch (error) {
    throw damaged(name, error);
  }
  if (sum !== entry.crc32) throw damaged(name);
}

function damaged(name: string | undefined, cause?: unknown): ReleaseFault {
  return new ReleaseFault(
    name,
    {
      en: 'the archive is damaged here, or was cut off on its way. Send or make it again.',
      id: 'arsipnya rusak di sini, atau terpotong di jalan. Kirim atau buat lagi.',
    },
    { cause },
  );
}
