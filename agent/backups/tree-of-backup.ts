import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ChunkStore } from './chunk-store.ts';
import type { TreeEntry } from './manifest.ts';

/**
 * Stores the files of a tree, but for what is excluded. One that looks as it did in the last backup is not read again: size, inode and
 * both times, of which no program can set the time of change.
 */
export async function storeTree(
  chunks: ChunkStore,
  root: string,
  excluded: readonly string[],
  last: readonly TreeEntry[],
  signal: AbortSignal,
): Promise<readonly TreeEntry[]> {
  const before = new Map(last.map((entry) => [entry.path, entry]));
  const entries: TreeEntry[] = [];
  for (const path of pathsOf(root, excluded)) {
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

/** Every path below the root, folders before what is in them, in order; nothing of what is excluded. */
export function* pathsOf(root: string, excluded: readonly string[], below = ''): Iterable<string> {
  const listed = readdirSync(join(root, below), { withFileTypes: true });
  for (const entry of listed.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (excluded.includes(path)) continue;
    yield path;
    if (entry.isDirectory()) yield* pathsOf(root, excluded, path);
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
