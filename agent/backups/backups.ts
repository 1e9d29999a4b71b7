import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';
import type { Contents, Database } from '../databases/database.ts';
import { AgentError } from '../errors.ts';
import { nameInUse } from '../layouts/releases.ts';
import { adopt, backupNamed, markProven, recordBackup } from './backup-rows.ts';
import { ChunkStore, damaged, type Stored } from './chunk-store.ts';
import {
  type BackupType,
  type DatabaseEntry,
  type Manifest,
  putManifest,
  readManifest,
  type TreeEntry,
} from './manifest.ts';
import { sealingWith } from './sealing.ts';
import { type Belongs, belongsTo, storeTree } from './tree-of-backup.ts';
import type { Vault } from './vault.ts';

/** What is backed up, where to, and how long it is kept. The lock of the installation is held by whoever uses it. */
export interface Backups {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly vault: Vault;
  /** 32 bytes; without it nothing is encrypted. */
  readonly key?: Uint8Array;
  readonly root: string;
  /** Paths of the root that are not part of it. */
  readonly excluded: readonly string[];
  /** The root holds `releases`, `current` and `shared`: of the releases only the one in use is backed up. */
  readonly hasReleases?: boolean;
  readonly databases: readonly Database[];
  /** A folder of the agent's own where copies are made and tried; emptied each time. */
  readonly scratch: string;
  /** Days after which a backup is no longer kept; without it only their count matters. */
  readonly days?: number;
}

export interface Wish {
  readonly type: BackupType;
  readonly version: string;
  readonly updateId?: number | null;
  readonly description?: string;
  /** An empty folder where the databases' copies stay, each under its name: an update goes back to them without the vault. */
  readonly copies?: string;
}

/**
 * Makes a backup, then restores it into scratch and compares it with what it was taken of. Killed anywhere, it leaves chunks that the
 * next one uses. Returns its row's number.
 * @throws {AgentError} where it cannot be made, or what was made is not what it was taken of; that one is never restorable
 */
export async function createBackup(around: Backups, wish: Wish, signal: AbortSignal): Promise<number> {
  const { vault, clock } = around;
  const sealing = sealingWith(around.key);
  await using chunks = new ChunkStore(vault, sealing);
  return await withScratch(around.scratch, async () => {
    await chunks.learn();
    const copies = wish.copies ?? join(around.scratch, 'copies');
    mkdirSync(copies, { recursive: true, mode: 0o700 });
    const databases: DatabaseEntry[] = [];
    for (const database of wish.type === 'files_only' ? [] : around.databases) {
      const copy = join(copies, database.name);
      const contents = await database.copyTo(copy, signal);
      databases.push({ name: database.name, contents, ...(await chunks.add(copy, signal)) });
      if (wish.copies === undefined) rmSync(copy);
    }
    const tree =
      wish.type === 'database_only'
        ? []
        : await storeTree(chunks, around.root, belongsNow(around), await lastTree(around), signal);
    await chunks.settle();
    const now = clock.now();
    const manifest: Manifest = {
      format: 1,
      created_at: instantText(now),
      expires_at: around.days === undefined ? null : instantText(now.add({ hours: 24 * around.days })),
      type: wish.type,
      version: wish.version,
      update_id: wish.updateId ?? null,
      description: wish.description ?? null,
      databases,
      tree,
    };
    const name = await putManifest(vault, sealing, manifest);
    const id = recordBackup(around.db, name, manifest);
    await prove(around, chunks, manifest, signal);
    markProven(around.db, id, instantText(clock.now()));
    return id;
  });
}

function belongsNow({ root, excluded, hasReleases }: Backups): Belongs {
  return belongsTo(excluded, hasReleases === true ? new Set([nameInUse(root)]) : undefined);
}

/**
 * Restores the backup into scratch again and compares it; what is damaged is told by name and the backup is no longer restorable.
 * @throws {AgentError} backup_damaged, copy_differs, backup_not_found
 */
export async function verifyBackup(around: Backups, id: number, signal: AbortSignal): Promise<void> {
  const { manifest } = backupNamed(around.db, id);
  const chunks = new ChunkStore(around.vault, sealingWith(around.key));
  await withScratch(around.scratch, async () => {
    try {
      await prove(around, chunks, await openManifest(around, manifest), signal);
    } catch (error) {
      const isSpoilt = error instanceof AgentError && ['backup_damaged', 'copy_differs'].includes(error.code);
      if (isSpoilt) markProven(around.db, id, null);
      throw error;
    }
    markProven(around.db, id, instantText(around.clock.now()));
  });
}

export const openManifest = (around: Backups, name: string): Promise<Manifest> =>
  readManifest(around.vault, sealingWith(around.key), name);

/** Runs work with the scratch folder, empty before and after. */
async function withScratch<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const empty = () => rmSync(folder, { recursive: true, force: true });
  empty();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    return await work();
  } finally {
    empty();
  }
}

/** A chunk that is found damaged is taken away, so that the next backup puts it anew. */
async function prove(
  around: Backups,
  chunks: ChunkStore,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const check = async (all: readonly (Stored & { readonly of: string })[]) => {
    const found = await chunks.check(all, signal);
    if (found === undefined) return;
    if (found.fault.is === 'damaged') await chunks.drop(found.fault.chunk);
    throw damaged(found.of, found.fault, around.vault.place);
  };
  for (const entry of manifest.databases) {
    signal.throwIfAborted();
    const alone = () => check([{ ...entry, of: entry.name }]);
    const database = around.databases.find(({ name }) => name === entry.name);
    if (database === undefined) await alone();
    else await proveDatabase(around, chunks, entry, { database, check: alone }, signal);
  }
  await check(manifest.tree.flatMap((entry) => (entry.is === 'file' ? [{ ...entry, of: entry.path }] : [])));
}

async function proveDatabase(
  { scratch }: Backups,
  chunks: ChunkStore,
  entry: DatabaseEntry,
  { database, check }: { readonly database: Database; readonly check: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const file = join(scratch, `try-${entry.name}`);
  try {
    await chunks.writeTo(file, entry.name, entry);
  } catch (error) {
    await check();
    throw error;
  }
  const contents: Contents = entry.contents;
  await database.prove(file, contents, join(scratch, `beside-${entry.name}`), signal);
  rmSync(file);
}

/** What the newest backup with files holds, if it can be read: it only saves reading. */
async function lastTree(around: Backups): Promise<readonly TreeEntry[]> {
  const row = around.db
    .prepare(
      `select manifest from update_backups where manifest is not null and backup_type <> 'database_only' and is_restorable = 1 order by id desc limit 1`,
    )
    .get();
  if (row === undefined) return [];
  try {
    return (await openManifest(around, String(row.manifest))).tree;
  } catch {
    return [];
  }
}

/** Every backup, the newest first, also those that another agent's state told of. */
export async function listBackups(around: Backups): Promise<readonly Record<string, unknown>[]> {
  await adopt(around.db, around.vault, (name) => openManifest(around, name));
  return around.db
    .prepare(
      `select id, system_update_id, version, backup_type, backup_size, is_restorable, created_at, expires_at, notes, verified_at
       from update_backups where manifest is not null order by created_at desc, id desc`,
    )
    .all();
}
