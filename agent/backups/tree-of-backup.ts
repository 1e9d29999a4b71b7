import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lockOfTree } from '../state/lock.ts';
import type { ChunkStore } from './chunk-store.ts';
import type { TreeEntry } from './manifest.ts';

/** Whether a path of the root is part of its backups. */
export type Belongs = (path: string) => boolean;

/**
 * What is part of a backup of an installation: all but what is excluded; in the layout of releases, of those only the ones that are
 * told by their names. Among what is excluded, a star in the place of a release's name stands for each of them.
 */
export function belongsTo(excluded: readonly string[], releases: ReadonlySet<string> | undefined): Belongs {
  const out = new Set([...excluded, lockOfTree]);
  return (path) => {
    if (out.has(path)) return false;
    const [first, name, ...more] = path.split('/');
    if (releases === undefined || first !== 'releases' || name === undefined) return true;
    return more.length > 0 ? !out.has(['releases', '*', ...more].join('/')) : releases.has(name);
  };
}

/**
 * Stores the files of a tree that belong to its backup. One that looks as it did in the last backup is not read again: size, inode and
 * both times, of which no program can set the time of change.
 */
export async function storeTree(
  chunks: ChunkStore,
  root: string,
  belongs: Belongs,
  last: readonly TreeEntry[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const before = new Map(last.map((entry) => [entry.path, entry]));
  const entries: TreeEntry[] = [];
  for (const path of pathsOf(root, belongs)) {
    const place = join(root, path);
    const stats = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) continue;
    const mode = Number(stats.mode & 0o7777n);
    if (stats.isDirectory()) entries.push({ path, is: 'folder', mode });
    else if (stats.isSymbolicLink()) entries.push({ path, is: 'link', to: readlinkSync(place) });
    else if (stats.isFile()) {
      const seen = `${stats.size} ${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs}`;
      const known = before.get(path);
      if (known?.is === 'file' && known.seen === seen && known.chunks.every((chunk) => chunks.has(chunk)))
        entries.push({ ...known, mode });
      else {
        const stored = await gone(() => chunks.add(place, signal));
        if (stored !== undefined) entries.push({ path, is: 'file', mode, seen, ...stored });
      }
    }
  }
  return entries;
}

/** Every path below the root that belongs to its backup, folders before what is in them, in order. */
export function* pathsOf(root: string, belongs: Belongs, below = ''): Iterable<string> {
  const listed = readdirSync(join(root, below), { withFileTypes: true });
  for (const entry of listed.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!belongs(path)) continue;
    yield path;
    if (entry.isDirectory()) yield* pathsOf(root, belongs, path);
  }
}

/** Undefined where a file was taken away meanwhile, as a log is. */
async function gone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
