import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { keep, writeWhole } from '../tree/durable.ts';
import { placeIn } from '../tree/inside.ts';

/** A change of one path. The new file lies in the stage under its place in the list of changes. */
export interface FileChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly path: string;
  readonly executable?: boolean;
  /** Whatever stood there; without it that of what is replaced. */
  readonly mode?: number;
}

export interface Stage {
  readonly root: string;
  /** On the same file system as the tree. Holds `new/<n>` for the n-th change that is not a deletion, and is the step's own. */
  readonly folder: string;
  readonly changes: readonly FileChange[];
}

/** What stood at the paths before anything was changed. */
interface Before {
  readonly paths: readonly Stood[];
  /** Folders that were not there, the outermost first. */
  readonly folders: readonly string[];
}

type Stood =
  | { readonly is: 'nothing' }
  | { readonly is: 'link'; readonly to: string }
  | { readonly is: 'file'; readonly mode: number; readonly uid: number; readonly gid: number };

/**
 * Replaces files of a tree that stands where it is, each by one renaming, and puts them back. Every file that is to be changed is
 * copied before the first is touched, with the list of what stood where, so that undoing needs nothing else.
 */
export function replaceFiles({ root, folder, changes }: Stage): Step {
  const index = join(folder, 'before.json');
  const part = join(folder, 'part');
  const old = (n: number) => join(folder, 'old', String(n));
  return {
    name: 'files',
    async run(signal) {
      const before = lookAt(root, changes);
      mkdirSync(join(folder, 'old'), { recursive: true });
      for (const [n, { path }] of changes.entries()) {
        if (before.paths[n]?.is === 'file')
          copyFileSync(placeIn(root, path), old(n), constants.COPYFILE_FICLONE);
        signal.throwIfAborted();
      }
      for (const [n] of changes.entries()) if (before.paths[n]?.is === 'file') keep(old(n));
      keep(join(folder, 'old'));
      writeWhole(index, JSON.stringify(before));
      for (const made of before.folders) mkdirSync(join(root, made));
      for (const [n, change] of changes.entries()) {
        const place = placeIn(root, change.path);
        const stood = before.paths[n];
        if (change.action === 'delete') rmSync(place, { force: true });
        else {
          const fresh = join(folder, 'new', String(n));
          if (!lstatSync(fresh).isSymbolicLink()) dress(fresh, place, change, stood);
          renameSync(fresh, place);
        }
      }
      keepFolders(root, changes);
    },
    async undo() {
      // Without its list nothing was touched.
      if (!existsSync(index)) return;
      const before = JSON.parse(readFileSync(index, 'utf8')) as Before; // It is written whole or not at all.
      for (const [n, { path }] of [...changes.entries()].reverse()) {
        const place = join(root, path);
        const stood = before.paths[n];
        if (stood === undefined || stood.is === 'nothing') {
          rmSync(place, { force: true });
          continue;
        }
        rmSync(part, { force: true });
        if (stood.is === 'link') symlinkSync(stood.to, part);
        else {
          copyFileSync(old(n), part, constants.COPYFILE_FICLONE);
          own(part, stood);
          chmodSync(part, stood.mode);
          keep(part);
        }
        renameSync(part, place);
      }
      for (const made of before.folders.toReversed()) removeEmpty(join(root, made));
      keepFolders(root, changes);
    },
  };
}

/** @throws {AgentError} where a folder stands at a path, or it leads out of the tree */
function lookAt(root: string, changes: readonly FileChange[]): Before {
  const folders = new Set<string>();
  const paths = changes.map(({ path, action }): Stood => {
    const stats = lstatSync(placeIn(root, path), { throwIfNoEntry: false });
    if (stats?.isDirectory() === true)
      throw new AgentError('folder_there', {
        en: `${path} is a folder, and the release has a file of this name. Move the folder away.`,
        id: `${path} adalah folder, sedangkan rilis memiliki berkas dengan nama ini. Pindahkan foldernya.`,
      });
    if (stats === undefined) {
      if (action !== 'delete') for (const each of missingFolders(root, path)) folders.add(each);
      return { is: 'nothing' };
    }
    return stats.isSymbolicLink()
      ? { is: 'link', to: readlinkSync(join(root, path)) }
      : { is: 'file', mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  });
  return { paths, folders: [...folders].sort((one, other) => one.length - other.length) };
}

function missingFolders(root: string, path: string): string[] {
  const folder = dirname(path);
  if (folder === '.' || existsSync(join(root, folder))) return [];
  return [...missingFolders(root, folder), folder];
}

/** Gives a new file the mode and the owner of what it takes the place of; one that is all new those of its folder. */
function dress(fresh: string, place: string, change: FileChange, stood: Stood | undefined): void {
  const folder: Stats = lstatSync(dirname(place));
  if (stood?.is === 'file') {
    own(fresh, stood);
    // A file that is run stays so, and one that becomes a program may be run by whoever may read it.
    const readable = (stood.mode & 0o444) >> 2;
    chmodSync(fresh, change.executable === true ? stood.mode | readable : stood.mode);
  } else {
    own(fresh, folder);
    chmodSync(fresh, change.executable === true ? 0o755 : 0o644);
  }
  if (change.mode !== undefined) chmodSync(fresh, change.mode);
  keep(fresh);
}

function own(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  const stats = lstatSync(path);
  if (stats.uid !== uid || stats.gid !== gid) chownSync(path, uid, gid);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // Somebody else put something there.
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function keepFolders(root: string, changes: readonly FileChange[]): void {
  const folders = new Set(changes.map(({ path }) => dirname(join(root, path))));
  for (const folder of folders) if (existsSync(folder)) keep(folder);
}
