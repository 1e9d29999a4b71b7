import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

// What is written by these is still there after a power cut.

/** Writes a file of a folder that is the agent's own, whole or not at all. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const part = `${path}.part`;
  rmSync(part, { force: true });
  const bytes = Buffer.from(content as Uint8Array); // A text is taken, too.
  const handle = openSync(part, 'wx', 0o600);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, path);
  keep(dirname(path));
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
