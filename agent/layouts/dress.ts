import { chmodSync, chownSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { keep } from '../tree/durable.ts';
import { hasCode } from '../tree/inside.ts';
import { type FileChange, type Looks, looksOf, type Stood } from './before.ts';

/** Gives a new file the mode and the owner of what it takes the place of; one that is all new those of its folder. */
export function dress(fresh: string, place: string, change: FileChange, stood: Stood | undefined): void {
  if (lstatSync(fresh).isSymbolicLink()) return;
  if (stood?.is === 'file') {
    // A file that is run stays so, and one that becomes a program may be run by whoever may read it.
    const readable = (stood.mode & 0o444) >> 2;
    const mode = change.executable === true ? stood.mode | readable : stood.mode;
    look(fresh, { ...stood, mode: change.mode ?? mode });
  } else {
    const mode = change.mode ?? (change.executable === true ? 0o755 : 0o644);
    look(fresh, { ...looksOf(lstatSync(dirname(place))), mode });
  }
  keep(fresh);
}

export function look(path: string, { mode, uid, gid }: Looks): void {
  const stats = lstatSync(path);
  if (stats.uid !== uid || stats.gid !== gid) chownSync(path, uid, gid);
  chmodSync(path, mode); // After the owner: a change of that takes bits away.
}

/** Makes a folder that looks as the one it lies in, but for what is told. */
export function makeFolder(path: string, looks: Partial<Looks> = {}): void {
  mkdirSync(path);
  look(path, { ...looksOf(lstatSync(dirname(path))), ...looks });
}

/** Takes a folder away if nothing is in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // Somebody else put something there, or what stood there before is back.
    if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
  }
}
