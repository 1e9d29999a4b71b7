import type { Contents } from '../databases/database.ts';
import { AgentError } from '../errors.ts';
import { keyMissing, type Stored } from './chunk-store.ts';
import { type Sealing, Unsealable } from './sealing.ts';
import type { Vault } from './vault.ts';

export type BackupType = 'full' | 'database_only' | 'files_only';

export interface DatabaseEntry extends Stored {
  readonly name: string;
  readonly contents: Contents;
}

/** A path of the tree, with what it is. Owner and mode are as stat gives them; the times tell whether it was changed since. */
export type TreeEntry = { readonly path: string } & (
  | { readonly is: 'folder'; readonly mode: number }
  | { readonly is: 'link'; readonly to: string }
  | ({ readonly is: 'file'; readonly mode: number; readonly seen: string } & Stored)
);

/** All that a backup is made of. */
export interface Manifest {
  readonly format: 1;
  /** RFC 3339. */
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly type: BackupType;
  readonly version: string;
  readonly update_id: number | null;
  readonly description: string | null;
  readonly databases: readonly DatabaseEntry[];
  readonly tree: readonly TreeEntry[];
}

export const manifestsBelow = 'manifests';

/** Puts it into the vault under a name that ends in its checksum. */
export async function putManifest(vault: Vault, sealing: Sealing, manifest: Manifest): Promise<string> {
  const content = Buffer.from(JSON.stringify(manifest));
  const hash = await sealing.nameOf(content);
  const name = `${manifestsBelow}/${manifest.created_at.replaceAll(/[^\dTZ]/g, '')}.${hash}`;
  await vault.put(name, await sealing.seal(hash, content));
  return name;
}

/** @throws {AgentError} backup_damaged where it is gone or not what its name says */
export async function readManifest(vault: Vault, sealing: Sealing, name: string): Promise<Manifest> {
  const sealed = await vault.get(name);
  if (sealed === undefined) throw spoilt(name, vault.place, ['is missing', 'hilang']);
  try {
    // What bears its checksum was written by putManifest.
    return JSON.parse(Buffer.from(await sealing.open(name.slice(-64), sealed)).toString()) as Manifest;
  } catch (error) {
    if (!(error instanceof Unsealable)) throw error;
    throw error.needsKey ? keyMissing() : spoilt(name, vault.place, ['is damaged', 'rusak']);
  }
}

/** Every chunk that it needs. */
export function* chunksOf({ databases, tree }: Manifest): Iterable<string> {
  for (const { chunks } of databases) yield* chunks;
  for (const entry of tree) if (entry.is === 'file') yield* entry.chunks;
}

/** Bytes of all that it restores. */
export function sizeOf({ databases, tree }: Manifest): number {
  const files = tree.filter((entry) => entry.is === 'file');
  return [...databases, ...files].reduce((sum, { size }) => sum + size, 0);
}

const spoilt = (name: string, place: string, [en, id]: readonly [string, string]) =>
  new AgentError('backup_damaged', {
    en: `The backup cannot be restored: its manifest ${name} ${en} in ${place}. Take another backup, and check the disk.`,
    id: `Cadangan tidak dapat dipulihkan: manifesnya ${name} ${id} di ${place}. Gunakan cadangan lain, dan periksa disk.`,
  });
