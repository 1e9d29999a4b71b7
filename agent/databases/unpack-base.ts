import {
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { breathe } from '../tree/breathe.ts';
import { keep } from '../tree/durable.ts';
import { cutOff } from './database.ts';

const block = 512;
const bufferBytes = 1 << 20;

export interface Unpacking {
  /** To whom it belongs, where that is not ourselves. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether it must be on the disk when it is done. */
  readonly durable: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes the files of a copy that `takeBaseBackup` made into an empty folder. The archive is PostgreSQL's own: plain files and folders
 * with short names (ustar).
 * @throws {AgentError} copy_differs where it is cut off or damaged
 */
export async function unpackBase(
  name: string,
  archive: string,
  folder: string,
  { owner, durable, signal }: Unpacking,
): Promise<void> {
  const source = openSync(archive, 'r');
  const buffer = Buffer.allocUnsafe(bufferBytes);
  const read = (bytes: number): Buffer => {
    const piece = buffer.subarray(0, bytes);
    for (let done = 0; done < bytes; ) {
      const got = readSync(source, piece, done, bytes - done, null);
      if (got === 0) throw cutOff(name);
      done += got;
    }
    return piece;
  };
  const folders = [folder];
  try {
    for (let n = 0; ; n += 1) {
      await breathe(n, signal);
      const entry = entryOf(name, read(block));
      if (entry === undefined) {
        if (read(block).some((byte) => byte !== 0)) throw spoilt(name);
        break;
      }
      const place = join(folder, entry.path);
      if (entry.isFolder) {
        mkdirSync(place, { mode: entry.mode });
        if (owner !== undefined) chownSync(place, owner.uid, owner.gid);
        folders.push(place);
        continue;
      }
      const target = openSync(place, 'wx', entry.mode);
      try {
        fchmodSync(target, entry.mode);
        if (owner !== undefined) fchownSync(target, owner.uid, owner.gid);
        for (let left = entry.size; left > 0; ) {
          const piece = read(Math.min(left, bufferBytes));
          for (let done = 0; done < piece.length; ) done += writeSync(target, piece, done);
          left -= piece.length;
        }
        if (durable) fsyncSync(target);
      } finally {
        closeSync(target);
      }
      read((block - (entry.size % block)) % block);
    }
    if (durable) for (const made of folders) keep(made);
  } finally {
    closeSync(source);
  }
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  readonly isFolder: boolean;
}

/** Undefined at the end of the archive. */
function entryOf(name: string, header: Buffer): Entry | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const text = (from: number, length: number) =>
    header
      .subarray(from, from + length)
      .toString('utf8')
      .replace(/\0.*$/s, '');
  const number = (from: number, length: number) => {
    const digits = text(from, length).trim();
    if (!/^[0-7]+$/.test(digits)) throw spoilt(name);
    return Number.parseInt(digits, 8);
  };
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== number(148, 8)) throw spoilt(name);
  const path = text(0, 100).replace(/\/$/, '');
  const kind = text(156, 1);
  const isPlain = ['0', '5', ''].includes(kind) && path !== '' && !path.startsWith('/');
  if (!isPlain || path.split('/').includes('..')) throw spoilt(name);
  return { path, size: number(124, 12), mode: number(100, 8) & 0o777, isFolder: kind === '5' };
}

const spoilt = (name: string) =>
  new AgentError('copy_differs', {
    en: `The copy of the database ${name} is damaged, and is not used. Take another backup.`,
    id: `Salinan basis data ${name} rusak, dan tidak dipakai. Gunakan cadangan lain.`,
  });
