import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AgentError } from '../errors.ts';
import type { FileChange, Folder } from '../layouts/before.ts';
import type { Change } from '../supervise/steps.ts';
import { statsOf } from '../tree/inside.ts';
import { backupNamed } from './backup-rows.ts';
import { type Backups, openManifest } from './backups.ts';
import { ChunkStore } from './chunk-store.ts';
import type { Manifest, TreeEntry } from './manifest.ts';
import { sealingWith } from './sealing.ts';
import { belongsTo, pathsOf } from './tree-of-backup.ts';

/** What is brought back of a backup. */
export type RestoreScope = 'full' | 'database' | 'files';

/** What a restore does, as it stands in the journal. */
export interface RestoreInput {
  readonly backup: number;
  /** What the backup holds, and what was in use when it was asked for. */
  readonly version: string;
  readonly previous: string;
  /** The databases cannot go back where it fails, as where they cannot be read now. */
  readonly skipsCopies: boolean;
  /** Holds `new/<n>` of the n-th change, and `databases/<name>`. */
  readonly stage: string;
  readonly changes: readonly FileChange[];
  readonly databases: readonly string[];
  /** The folders of the backup. */
  readonly folders: readonly Folder[];
  /** Folders that it does not have, the outermost first: they go where nothing is left in them. */
  readonly emptied: readonly string[];
  readonly serving?: Change;
}

/** Files that are written at the same time. */
const atOnce = 4;

/**
 * Brings all that the restore needs beside the installation, checked, before any of that is touched. The stage is a folder of
 * its own on the file system of the tree; no journal may be open.
 * @throws {AgentError} backup_damaged, backup_not_proven, backup_lacks, backup_other_layout
 */
export async function stageRestore(
  around: Backups,
  id: number,
  scope: RestoreScope,
  { stage, previous, skipsCopies }: Pick<RestoreInput, 'stage' | 'previous' | 'skipsCopies'>,
  signal: AbortSignal,
): Promise<RestoreInput> {
  const { manifest: name, isRestorable } = backupNamed(around.db, id);
  if (!isRestorable) throw notProven(id);
  const manifest = await openManifest(around, name);
  refuseWhatItLacks(id, manifest, scope);
  const chunks = new ChunkStore(around.vault, sealingWith(around.key));
  // What a killed one left behind.
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(join(stage, 'new'), { recursive: true, mode: 0o700 });
  mkdirSync(join(stage, 'databases'), { mode: 0o700 });
  const databases = scope === 'files' ? [] : manifest.databases;
  for (const entry of databases) {
    signal.throwIfAborted();
    await chunks.writeTo(join(stage, 'databases', entry.name), entry.name, entry);
  }
  const tree = scope === 'database' || manifest.type === 'database_only' ? undefined : manifest.tree;
  if (tree !== undefined) refuseOtherLayout(around, id, tree);
  const { changes, emptied } =
    tree === undefined ? { changes: [], emptied: [] } : await changesTo(around, chunks, tree, stage, signal);
  const folders = (tree ?? []).flatMap((entry) =>
    entry.is === 'folder' ? [{ path: entry.path, mode: entry.mode }] : [],
  );
  return {
    backup: id,
    version: manifest.version,
    previous,
    skipsCopies,
    stage,
    changes,
    databases: databases.map((entry) => entry.name),
    folders,
    emptied,
  };
}

/** What a table held in the backup and holds now; undefined where it was or is not there, or could not be counted. */
export interface Loss {
  readonly what: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** What would be lost: each table whose rows differ from those of the backup. A database that cannot be read is lost as a whole. */
export async function lossesOf(around: Backups, id: number): Promise<readonly Loss[]> {
  const { databases } = await openManifest(around, backupNamed(around.db, id).manifest);
  const losses: Loss[] = [];
  for (const { name, contents } of databases) {
    const database = around.databases.find((each) => each.name === name);
    if (database === undefined) continue;
    const now = await database.count().catch(() => undefined);
    if (now === undefined) losses.push({ what: name, before: undefined, now: undefined });
    else
      for (const what of new Set([...Object.keys(contents.counted), ...Object.keys(now)])) {
        const [before, after] = [contents.counted[what], now[what]];
        if (before !== after) losses.push({ what: `${name}: ${what}`, before, now: after });
      }
  }
  return losses;
}

async function changesTo(
  { root, excluded, hasReleases }: Backups,
  chunks: ChunkStore,
  tree: readonly TreeEntry[],
  stage: string,
  signal: AbortSignal,
): Promise<Pick<RestoreInput, 'changes' | 'emptied'>> {
  const changes: FileChange[] = [];
  const underway = new Set<Promise<void>>();
  try {
    for (const entry of inOrder(tree)) {
      signal.throwIfAborted();
      if (entry.is === 'folder' || (await stands(join(root, entry.path), entry))) continue;
      const fresh = join(stage, 'new', String(changes.length));
      if (entry.is === 'link') symlinkSync(entry.to, fresh);
      else {
        // Waiting for the disk is most of it.
        while (underway.size >= atOnce) await Promise.race(underway);
        const work = chunks.writeTo(fresh, entry.path, entry);
        underway.add(work);
        work.then(
          () => underway.delete(work),
          () => {}, // It stays, for whoever waits for it.
        );
      }
      changes.push({
        action: 'update',
        path: entry.path,
        ...(entry.is === 'file' ? { mode: entry.mode } : {}),
      });
    }
    await Promise.all(underway);
  } finally {
    await Promise.allSettled(underway);
  }
  const wanted = new Map(tree.map(({ path, is }) => [path, is]));
  const emptied: string[] = [];
  for (const path of pathsOf(
    root,
    belongsTo(excluded, hasReleases === true ? releasesOf(tree) : undefined),
  )) {
    const isFolder = lstatSync(join(root, path)).isDirectory();
    const is = wanted.get(path);
    if (isFolder && is === undefined) emptied.push(path);
    if (!isFolder && (is === undefined || is === 'folder')) changes.push({ action: 'delete', path });
  }
  return { changes, emptied };
}

/** What leads to the release comes after it. */
const inOrder = (tree: readonly TreeEntry[]): readonly TreeEntry[] => [
  ...tree.filter(({ path }) => path !== 'current'),
  ...tree.filter(({ path }) => path === 'current'),
];

/** Those that the backup knows: the others are left alone. */
const releasesOf = (tree: readonly TreeEntry[]): ReadonlySet<string> =>
  new Set(tree.flatMap(({ path }) => (path.startsWith('releases/') ? [path.split('/')[1] ?? ''] : [])));

function refuseOtherLayout({ hasReleases }: Backups, id: number, tree: readonly TreeEntry[]): void {
  const there = new Map(tree.map(({ path, is }) => [path, is]));
  const isOfReleases = there.get('current') === 'link' && there.get('releases') === 'folder';
  if (isOfReleases === (hasReleases === true)) return;
  throw new AgentError('backup_other_layout', {
    en: `Backup ${id} was made while the installation had another layout (in-place or releases). Set that one in agent.json, or restore the database alone.`,
    id: `Cadangan ${id} dibuat saat instalasi memakai tata letak lain (in-place atau releases). Atur tata letak itu di agent.json, atau pulihkan basis datanya saja.`,
  });
}

/** Whether it is there as the backup has it. */
async function stands(place: string, entry: Exclude<TreeEntry, { is: 'folder' }>): Promise<boolean> {
  const stats = statsOf(place);
  if (stats === undefined) return false;
  if (entry.is === 'link') return stats.isSymbolicLink() && readlinkSync(place) === entry.to;
  if (!stats.isFile() || stats.size !== entry.size || (stats.mode & 0o7777) !== entry.mode) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(place), hash);
  return hash.digest('hex') === entry.sha256;
}

const notProven = (id: number) =>
  new AgentError('backup_not_proven', {
    en: `Backup ${id} was never restored to try it, or could not be. Try it with \`backup:verify ${id}\`, or choose another from \`backup:list\`.`,
    id: `Cadangan ${id} belum pernah dicoba dipulihkan, atau gagal dicoba. Coba dengan \`backup:verify ${id}\`, atau pilih yang lain dari \`backup:list\`.`,
  });

function refuseWhatItLacks(id: number, { type }: Manifest, scope: RestoreScope): void {
  if (!(type === 'files_only' && scope === 'database') && !(type === 'database_only' && scope === 'files'))
    return;
  const [en, idn] = scope === 'files' ? ['files', 'berkas'] : ['databases', 'basis data'];
  throw new AgentError('backup_lacks', {
    en: `Backup ${id} holds no ${en}. Choose another from \`backup:list\`.`,
    id: `Cadangan ${id} tidak berisi ${idn}. Pilih yang lain dari \`backup:list\`.`,
  });
}
