import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Before, FileChange } from '../layouts/before.ts';
import { look } from '../layouts/dress.ts';
import { keep, writeWhole } from '../tree/durable.ts';
import { statsOf } from '../tree/inside.ts';

/** What the last update was, kept with what it replaced, so that it can be gone back from. */
export interface Previous {
  readonly updateId: number | null;
  readonly version: string;
  readonly previous: string;
  readonly changes: readonly FileChange[];
  readonly release?: { readonly from: string; readonly to: string } | undefined;
  /** The version was changed, too. */
  readonly isWhole: boolean;
  /** The old code cannot run on what became of the databases. */
  readonly isLocked: boolean;
}

const placeOf = (folder: string): string => join(folder, 'previous');

/** Keeps what a committed update replaced, instead of what the one before it had. Also where it was done before, in part or whole. */
export function keepPrevious(folder: string, work: string, previous: Previous): void {
  if (statsOf(work) === undefined) return;
  // Backups are kept elsewhere; these copies were the transaction's own.
  rmSync(join(work, 'databases'), { recursive: true, force: true });
  writeWhole(join(work, 'previous.json'), JSON.stringify(previous));
  forgetPrevious(folder);
  renameSync(work, placeOf(folder));
  keep(folder);
}

export function readPrevious(folder: string): Previous | undefined {
  const path = join(placeOf(folder), 'previous.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Previous) : undefined; // Written whole, by keepPrevious.
}

/** The list goes first: without it the rest is nothing. */
export function forgetPrevious(folder: string): void {
  rmSync(join(placeOf(folder), 'previous.json'), { force: true });
  rmSync(placeOf(folder), { recursive: true, force: true });
}

export interface Reverse {
  readonly changes: readonly FileChange[];
  readonly emptied: readonly string[];
}

/** Lays copies of what was replaced into a folder, as they looked, and tells which changes lead back. */
export function layBack(
  folder: string,
  part: 'files' | 'version',
  changes: readonly FileChange[],
  news: string,
): Reverse {
  const kept = join(placeOf(folder), part);
  const before = JSON.parse(readFileSync(join(kept, 'before.json'), 'utf8')) as Before; // Written whole, by replaceFiles.
  const back: FileChange[] = [];
  rmSync(news, { recursive: true, force: true });
  mkdirSync(news, { recursive: true });
  for (const [n, { path, action }] of changes.entries()) {
    const stood = before.paths[n];
    const fresh = join(news, String(back.length));
    const old = join(kept, 'old', String(n));
    if (stood?.is === 'link') symlinkSync(readlinkSync(old), fresh);
    if (stood?.is === 'file') {
      copyFileSync(old, fresh);
      look(fresh, stood);
      keep(fresh);
    }
    if (stood?.is === 'link' || stood?.is === 'file')
      back.push({ action: action === 'delete' ? 'create' : 'update', path });
    else if (action !== 'delete') back.push({ action: 'delete', path });
  }
  keep(news);
  return { changes: back, emptied: before.folders };
}
