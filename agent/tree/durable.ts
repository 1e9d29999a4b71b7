import { closeSync, fsync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

// What is written by these is still there after a power cut.

/** Writes a file of a folder that is the agent's own, whole or not at all. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const handle = writePart(path, content);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}${part}`, path);
  keep(dirname(path));
}

/** The same, while others do something else: waiting for the disk is most of it. */
export async function writeWholeBeside(path: string, content: Uint8Array): Promise<void> {
  const handle = writePart(path, content);
  try {
    await keepOpen(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}${part}`, path);
  const folder = openSync(dirname(path), 'r');
  try {
    await keepOpen(folder);
  } finally {
    closeSync(folder);
  }
}

/** Keeps the contents of an open file. */
export const keepOpen: (handle: number) => Promise<void> = promisify(fsync);

const part = '.part';

function writePart(path: string, content: string | Uint8Array): number {
  rmSync(`${path}${part}`, { force: true });
  const bytes = Buffer.from(content as Uint8Array); // A text is taken, too.
  const handle = openSync(`${path}${part}`, 'wx', 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    return handle;
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** Keeps the contents of a file, or which names a folder holds. */
export function keep(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
