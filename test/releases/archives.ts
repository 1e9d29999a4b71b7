import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import {
  type Bytes,
  type Limits,
  type Manifest,
  type ManifestFile,
  makeManifest,
  readSource,
} from '#release-metadata';

/** An entry of a tar archive, with whatever a header can say. */
export interface TarEntry {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly data?: Buffer | string;
  readonly size?: number;
  readonly mode?: number;
  readonly link?: string;
  readonly magic?: string;
}

export function tarOf(entries: readonly TarEntry[], end = 2): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = Buffer.from(entry.data ?? '');
    return [tarHeader(entry, data), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(512 * end)]);
}

function tarHeader(
  { name, type = '0', size, mode = 0o644, link = '', magic }: TarEntry,
  data: Buffer,
): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write(`${(size ?? data.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write(type, 156, 'latin1');
  header.write(link, 157);
  header.write(magic ?? 'ustar\x0000', 257, 'latin1');
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A pax record: its length counts its own digits. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

/** An entry of a ZIP archive, with whatever its two headers can say. */
export interface ZipEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  readonly mode?: number;
  readonly madeBy?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  /** Where its bytes are, instead of after those before it. */
  readonly at?: number;
}

export function zipFile(entries: readonly ZipEntry[], count = entries.length): Buffer {
  const parts: Buffer[] = [];
  const folder: Buffer[] = [];
  let offset = 0;
  for (const {
    name: given,
    data: text = '',
    mode = 0o100644,
    madeBy = 3,
    flags = 0x800,
    ...own
  } of entries) {
    const name = Buffer.from(given);
    const data = Buffer.from(text);
    const method = own.method ?? 8;
    const packed = method === 8 ? deflateRawSync(data) : data;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(own.crc ?? crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(own.size ?? data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(own.at ?? offset, 10);
    folder.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, madeBy]), common, tail, name]));
    if (own.at !== undefined) continue;
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(folder);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** A folder that is gone at the end of its scope. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'nadi-release-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface ReadFile {
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
}

/** What is read of a folder or an archive in a file. */
export async function filesOf(path: string, limits?: Limits): Promise<ReadFile[]> {
  const files: ReadFile[] = [];
  for await (const { path: name, executable, body } of readSource(path, limits))
    files.push({ path: name, executable, text: (await bytesOf(body)).toString() });
  return files;
}

/** As {@link filesOf}, of an archive's bytes. */
export async function filesIn(archive: Buffer, limits?: Limits): Promise<ReadFile[]> {
  await using folder = await scratch();
  const path = join(folder.path, 'archive');
  await writeFile(path, archive);
  return await filesOf(path, limits);
}

export async function bytesOf(body: Bytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The manifest of files given with their contents, and what opens them. */
export function treeOf(version: string, files: Readonly<Record<string, string | Buffer>>) {
  const contents = new Map(Object.entries(files).map(([path, data]) => [path, Buffer.from(data)]));
  const manifest = manifestOf(
    version,
    [...contents].map(([path, data]) => ({
      path,
      hash: createHash('sha256').update(data).digest('hex'),
      size: data.length,
      executable: path.endsWith('.sh'),
    })),
  );
  const open = async function* ({ path }: { readonly path: string }) {
    const data = contents.get(path) ?? Buffer.alloc(0);
    for (let at = 0; at < data.length; at += 50_000) yield data.subarray(at, at + 50_000);
  };
  return { manifest, contents, open: async (file: ManifestFile): Promise<Bytes> => open(file) };
}

function manifestOf(version: string, files: readonly ManifestFile[]): Manifest {
  return makeManifest({
    version,
    channel: 'stable',
    min_version: null,
    is_floor: false,
    changelog: '',
    has_migrations: false,
    compatible: true,
    force: false,
    components: {},
    files: [...files],
  });
}
