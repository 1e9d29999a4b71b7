import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import { placeIn, statsOf } from '../tree/inside.ts';

/** A change of one path. */
export interface FileChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly path: string;
  readonly executable?: boolean;
  /** Whatever stood there; without it that of what is replaced. */
  readonly mode?: number;
}

/** Whose it is, and who may do what with it. */
export interface Looks {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What stood at the paths before anything was changed. */
export interface Before {
  readonly paths: readonly Stood[];
  /** Folders that were not there, the outermost first. */
  readonly folders: readonly string[];
  /** Folders that are to go, the outermost first. */
  readonly emptied: readonly ({ readonly path: string } & Looks)[];
}

export type Stood =
  | { readonly is: 'nothing' }
  | { readonly is: 'link'; readonly to: string }
  | ({ readonly is: 'file'; readonly seen: string } & Looks);

export interface Wanted {
  readonly root: string;
  readonly changes: readonly FileChange[];
  readonly excluded: readonly string[];
  /** Folders that go where nothing is left in them, the outermost first. */
  readonly emptied?: readonly string[];
  /** Folders that shall be there, with their modes. */
  readonly folders?: readonly Folder[];
}

export interface Folder {
  readonly path: string;
  readonly mode: number;
}

/**
 * Looks at all that is to be changed.
 * @throws {AgentError} where a folder stands at a path or a file in its way, or it leads out of the tree or into what is excluded
 */
export function lookAt({ root, changes, excluded, emptied = [], folders: wanted = [] }: Wanted): Before {
  const gone = new Set(changes.filter(({ action }) => action === 'delete').map(({ path }) => path));
  const folders = new Set<string>();
  const leaving = new Set(emptied);
  const paths = changes.map(({ path, action }): Stood => {
    const stats = statsOf(placeIn(root, path, excluded));
    if (action !== 'delete') for (const each of missingFolders(root, path, gone)) folders.add(each);
    if (stats === undefined) return { is: 'nothing' };
    if (stats.isDirectory()) {
      for (const each of foldersOf(root, path, gone)) leaving.add(each);
      return { is: 'nothing' };
    }
    return stats.isSymbolicLink()
      ? { is: 'link', to: readlinkSync(join(root, path)) }
      : { is: 'file', seen: seenAt(join(root, path)), ...looksOf(stats) };
  });
  // The name is of no matter: what is looked at are the folders above it.
  for (const { path } of wanted)
    for (const each of missingFolders(root, `${path}/.`, gone)) folders.add(each);
  return {
    paths,
    folders: outermostFirst(folders),
    emptied: outermostFirst(leaving).flatMap((path) => {
      const stats = statsOf(join(root, path));
      return stats?.isDirectory() === true ? [{ path, ...looksOf(stats) }] : [];
    }),
  };
}

const outermostFirst = (folders: ReadonlySet<string>): string[] =>
  [...folders].sort((one, other) => one.length - other.length);

/** A folder and those in it, where all that lies in them is deleted. */
function foldersOf(root: string, folder: string, gone: ReadonlySet<string>): string[] {
  const inside = readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return foldersOf(root, path, gone);
    if (gone.has(path)) return [];
    throw new AgentError('folder_there', {
      en: `${folder} is a folder, and the release has a file of this name. Move the folder away.`,
      id: `${folder} adalah folder, sedangkan rilis memiliki berkas dengan nama ini. Pindahkan foldernya.`,
    });
  });
  return [folder, ...inside];
}

/** Tells a file from what it becomes when somebody writes to it, or puts another in its place. */
export function seenAt(path: string): string {
  const stats: BigIntStats | undefined = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}

export const looksOf = (stats: { mode: number; uid: number; gid: number }): Looks => ({
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid,
});

function missingFolders(root: string, path: string, gone: ReadonlySet<string>): string[] {
  const folder = dirname(path);
  if (folder === '.') return [];
  const place = join(root, folder);
  if (statsOf(place) === undefined || gone.has(folder))
    return [...missingFolders(root, folder, gone), folder];
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === true) return [];
  throw new AgentError('file_there', {
    en: `${folder} is a file, and the release has a folder of this name. Move the file away.`,
    id: `${folder} adalah berkas, sedangkan rilis memiliki folder dengan nama ini. Pindahkan berkasnya.`,
  });
}
