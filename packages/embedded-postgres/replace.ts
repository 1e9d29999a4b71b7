import { randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  lchownSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { draftPrefix, refuseOther } from './cluster.ts';
import { busy } from './folder-busy.ts';
import { stopOrphans } from './orphans.ts';
import { OwnerLock } from './owner-lock.ts';
import { type Identity, serverIdentity } from './privileges.ts';

/** The cluster, the one that is to take its place, and the one whose place was taken. */
const placesIn = (dataDir: string) =>
  [join(dataDir, 'postgres'), join(dataDir, 'postgres.next'), join(dataDir, 'postgres.before')] as const;

/** What the operator may have set; it is of this machine, and not of the copy. */
const configuration = ['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf'];

/**
 * Puts another cluster into the place of that of a data folder whose server does not run, with the configuration that is there. `folder`
 * lies in the data folder, holds the files of a cluster, and is on the disk. Killed anywhere there is the old one or the new one, which the
 * next start finds; the old one is kept until the new one has answered.
 * @throws {FolderBusyError} when another process owns the data folder
 * @throws {PostgresFault} when `folder` holds no whole cluster of this version
 */
export async function replaceCluster(
  options: { readonly dataDir: string; readonly command: string },
  folder: string,
): Promise<void> {
  const dataDir = realpathSync(options.dataDir);
  using lock = OwnerLock.take(dataDir, { pid: process.pid, command: options.command });
  if (lock === undefined) throw busy(dataDir);
  await refuseOther(folder);
  settleReplacement(dataDir);
  const [cluster, next, before] = placesIn(dataDir);
  const identity = await serverIdentity(cluster);
  // Of an owner that was killed.
  await stopOrphans(cluster, () => undefined);
  for (const name of configuration)
    if (existsSync(join(cluster, name))) copyFileSync(join(cluster, name), join(folder, name));
  if (identity !== undefined) giveTo(identity, folder);
  move(dataDir, folder, next);
  // Where one is still kept, what is there now never answered.
  if (existsSync(cluster)) move(dataDir, cluster, existsSync(before) ? draftIn(dataDir) : before);
  move(dataDir, next, cluster);
}

/** Finishes a replacement that was killed between its renamings; no other process may have the folder. */
export function settleReplacement(dataDir: string): void {
  const [cluster, next, before] = placesIn(dataDir);
  if (existsSync(cluster)) {
    if (existsSync(next)) move(dataDir, next, draftIn(dataDir));
  } else if (existsSync(next)) move(dataDir, next, cluster);
  else if (existsSync(before)) move(dataDir, before, cluster);
}

/** Takes away what was replaced, once what replaced it has answered; what is left of it, the next start does. */
export async function forgetReplaced(dataDir: string): Promise<void> {
  const [, , before] = placesIn(dataDir);
  if (!existsSync(before)) return;
  const draft = draftIn(dataDir);
  renameSync(before, draft);
  await rm(draft, { recursive: true, force: true });
}

const draftIn = (dataDir: string): string => join(dataDir, `${draftPrefix}${randomUUID()}`);

function giveTo({ uid, gid }: Identity, folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
  lchownSync(folder, uid, gid);
}

/** Renames within the folder, so that a power cut does not undo it alone. */
function move(dataDir: string, from: string, to: string): void {
  renameSync(from, to);
  const handle = openSync(dataDir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
