import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A name beside `file` that nobody looks for, until it is whole. */
export function temporaryName(file: string): string {
  return join(dirname(file), `.${basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}.part`);
}

/** Puts the bytes there whole or not at all, whatever happens to the process or the machine meanwhile. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  const part = temporaryName(file);
  try {
    const handle = openSync(part, 'wx', 0o644);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  keepNames(dirname(file));
}

/** Gives a file that was written under a {@link temporaryName} its own name, for good. */
export function settle(part: string, file: string): void {
  const handle = openSync(part, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, file);
  keepNames(dirname(file));
}

/** Without this a machine that loses power may forget the renaming. */
function keepNames(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const abandonedMs = 60 * 60 * 1000;

/** Makes the folder, and takes away what a killed process left there; what is younger may be somebody's at work. */
export function prepareFolder(folder: string, now: number): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder).filter((item) => /^\..*\.part$/.test(item))) {
    const file = join(folder, name);
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && now - since > abandonedMs) rmSync(file, { force: true });
  }
}
