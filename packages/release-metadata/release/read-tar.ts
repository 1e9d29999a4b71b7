import type { Bytes, SourceEntry } from './entry.ts';
import { ReleaseFault } from './fault.ts';

const block = 512;
/** Of the records that precede an entry: names and the like. */
const mostMetadata = 1024 * 1024;

/**
 * The entries of a tar archive (POSIX.1-2017 pax, ustar, and GNU's long names), as it streams by. Libraries for this take kinds
 * of entries they do not know for files, or an archive that was cut between two entries for a whole one; here what is not
 * understood is refused, and the end must be marked. @throws {ReleaseFault}
 */
export async function* readTar(source: Bytes): AsyncGenerator<SourceEntry, void, undefined> {
  const input = new Input(source);
  try {
    let global: Overrides = {};
    let next: Overrides = {};
    for (;;) {
      const header = await input.take(block);
      if (header.every((byte) => byte === 0)) break;
      const { type, size, mode, name } = readHeader(header, next, global);
      if (type === 'x' || type === 'g' || type === 'L') {
        if (size > mostMetadata) throw damaged(name);
        const data = (await input.take(padded(size))).subarray(0, size);
        if (type === 'g') global = { ...global, ...readPax(data, name) };
        else next = { ...next, ...(type === 'L' ? { path: textOf(data) } : readPax(data, name)) };
        continue;
      }
      next = {};
      if (type === '5') {
        await input.skip(padded(size));
        const path = name.replace(/\/+$/, '').replace(/^\.\/?/, '');
        if (path !== '') yield { kind: 'folder', path };
        continue;
      }
      refuseKind(type, name);
      const body = new Body(input, size);
      yield { kind: 'file', path: name.replace(/^\.\//, ''), executable: (mode & 0o100) !== 0, body };
      await body.drain();
    }
    // The end is two blocks of nothing; what fills the last record is nothing, too.
    await input.take(block).then((end) => input.onlyNothing(end));
  } finally {
    await input.close();
  }
}

interface Overrides {
  readonly path?: string;
  readonly size?: number;
}

const padded = (size: number) => Math.ceil(size / block) * block;

function readHeader(header: Uint8Array, next: Overrides, global: Overrides) {
  const view = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const sum = view.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  const own = textOf(view.subarray(0, 100));
  if (number(view, 148, 8, own) !== sum) throw damaged(own);
  const magic = view.toString('latin1', 257, 265);
  const isPosix = magic === 'ustar\x0000';
  const isGnu = magic === 'ustar  \0';
  if (!isPosix && !isGnu) throw damaged(own);
  const prefix = isPosix ? textOf(view.subarray(345, 500)) : '';
  const name = next.path ?? global.path ?? (prefix === '' ? own : `${prefix}/${own}`);
  const flag = String.fromCharCode(view[156] ?? 0);
  const type = flag === '\0' || flag === '7' ? '0' : flag;
  const isMetadata = type === 'x' || type === 'g' || type === 'L';
  const size = isMetadata ? undefined : (next.size ?? global.size);
  return {
    // Before 1988 a folder was a file whose name ends in a slash.
    type: type === '0' && name.endsWith('/') ? '5' : type,
    size: size ?? number(view, 124, 12, name),
    mode: number(view, 100, 8, name),
    name,
  };
}

/** Octal digits, or GNU's base 256 for what these cannot hold. */
function number(view: Buffer, at: number, length: number, name: string): number {
  const field = view.subarray(at, at + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((all, byte) => all * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw damaged(name);
    return value;
  }
  const text = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .replace(/^ +/, '');
  if (!/^[0-7]*$/.test(text)) throw damaged(name);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

/** Records of "length key=value\n" (pax Extended Header). */
function readPax(data: Uint8Array, name: string): Overrides {
  const bytes = Buffer.from(data);
  let path: string | undefined;
  let size: number | undefined;
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = bytes.toString('latin1', at, space < 0 ? at : space);
    const end = at + Number(digits);
    if (!/^[1-9]\d{0,8}$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a || end <= space)
      throw damaged(name);
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    const key = record.toString('latin1', 0, Math.max(0, equals));
    const value = record.toString('utf8', equals + 1);
    if (key.startsWith('GNU.sparse.')) throw unknownKind(name);
    if (key === 'path') path = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw damaged(name);
      size = Number(value);
    }
    at = end;
  }
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size }) };
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes).toString('utf8', 0, end < 0 ? bytes.length : end);
}

function refuseKind(type: string, name: string): void {
  if (type === '0') return;
  if (type === '1' || type === '2' || type === 'K')
    throw new ReleaseFault(name, {
      en: 'this is a link. A release holds files only: put the file itself in its place.',
      id: 'ini sebuah tautan. Rilis hanya memuat berkas: taruh berkasnya sendiri di situ.',
    });
  if (type === '3' || type === '4' || type === '6')
    throw new ReleaseFault(name, {
      en: 'this is a device or a pipe. A release holds files only: leave it out.',
      id: 'ini perangkat atau pipa. Rilis hanya memuat berkas: keluarkan.',
    });
  throw unknownKind(name);
}

function unknownKind(name: string): ReleaseFault {
  return new ReleaseFault(name, {
    en: 'the archive holds this in a way of its own. Make it with "tar --format=pax", without --sparse.',
    id: 'arsip menyimpan ini dengan cara khusus. Buat dengan "tar --format=pax", tanpa --sparse.',
  });
}

function damaged(name: string | undefined): ReleaseFault {
  return new ReleaseFault(name === '' ? undefined : name, {
    en: 'the archive is damaged here, or it is not a tar archive. Make it again.',
    id: 'arsipnya rusak di sini, atau bukan arsip tar. Buat lagi.',
  });
}

/** What is left of an entry; whoever does not read it to the end leaves the rest to {@link Body.drain}. */
class Body implements Bytes {
  readonly #input: Input;
  #left: number;
  #padding: number;

  constructor(input: Input, size: number) {
    this.#input = input;
    this.#left = size;
    this.#padding = padded(size) - size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const piece = await this.#input.some(this.#left);
      this.#left -= piece.length;
      yield piece;
    }
  }

  async drain(): Promise<void> {
    await this.#input.skip(this.#left + this.#padding);
    this.#left = 0;
    this.#padding = 0;
  }
}

/** A stream of bytes from which so many at a time are taken. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** From one byte to so many. @throws {ReleaseFault} where there is none */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#source.next();
      if (done === true)
        throw new ReleaseFault(undefined, {
          en: 'the archive ends too early: it was cut off on its way. Send or make it again.',
          id: 'arsipnya berakhir terlalu awal: terpotong di jalan. Kirim atau buat lagi.',
        });
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async take(count: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let left = count; left > 0; ) {
      const piece = await this.some(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.some(left)).length;
  }

  /** That nothing but zeros follows. */
  async onlyNothing(first: Uint8Array): Promise<void> {
    for (let piece: Uint8Array | undefined = first; piece !== undefined; ) {
      if (piece.some((byte) => byte !== 0)) throw damaged(undefined);
      if (this.#rest.length > 0) {
        piece = this.#rest;
        this.#rest = new Uint8Array();
        continue;
      }
      const { value, done } = await this.#source.next();
      piece = done === true ? undefined : value;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
