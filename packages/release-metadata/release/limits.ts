import { ReleaseFault } from './fault.ts';

/** How much a release may be: an archive of some kilobytes can unpack to more than any disk holds. */
export interface Limits {
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** Unpacked to packed, beyond a first megabyte. */
  readonly ratio: number;
  readonly pathBytes: number;
  /** Names in a path, the file's included. */
  readonly depth: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: Limits = {
  files: 100_000,
  bytes: 2048 * mebibyte,
  ratio: 200,
  pathBytes: 512,
  depth: 32,
};

/** Counts what comes out of a source. */
export class Meter {
  readonly #limits: Limits;
  readonly #most: number;
  #files = 0;
  #entries = 0;
  #bytes = 0;

  /** `packed`: the bytes of the archive; undefined for what is not packed. */
  constructor(limits: Limits, packed: number | undefined) {
    this.#limits = limits;
    this.#most = packed === undefined ? Number.POSITIVE_INFINITY : mebibyte + packed * limits.ratio;
  }

  /** Counts an entry, of which folders are not files. @throws {ReleaseFault} */
  entry(path: string, kind: 'file' | 'folder'): void {
    this.#entries += 1;
    if (kind === 'file') this.#files += 1;
    const { files } = this.#limits;
    if (this.#files > files || this.#entries > 2 * files)
      throw new ReleaseFault(path, {
        en: `there are more than ${files} files. Leave out what the application does not need.`,
        id: `ada lebih dari ${files} berkas. Keluarkan yang tidak diperlukan aplikasi.`,
      });
  }

  /** Counts bytes of a file. @throws {ReleaseFault} */
  bytes(path: string, count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes)
      throw new ReleaseFault(path, {
        en: `the files are more than ${Math.round(this.#limits.bytes / mebibyte)} MiB together. Leave out what the application does not need.`,
        id: `semua berkas lebih dari ${Math.round(this.#limits.bytes / mebibyte)} MiB. Keluarkan yang tidak diperlukan aplikasi.`,
      });
    if (this.#bytes > this.#most)
      throw new ReleaseFault(path, {
        en: `the archive unpacks to more than ${this.#limits.ratio} times its size, as only archives do that are meant to fill a disk.`,
        id: `isi arsip lebih dari ${this.#limits.ratio} kali ukurannya, seperti arsip yang dibuat untuk memenuhi disk.`,
      });
  }
}
