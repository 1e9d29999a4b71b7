import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { filesOf, type ManifestFile, ReleaseFault, refuseBadPaths } from '#release-metadata';
import { AgentError } from '../errors.ts';
import type { FileChange } from '../layouts/before.ts';
import { type Installation, treeOf } from '../update/installation.ts';

/** The files of a release as they were signed, by their paths. */
export type Whole = ReadonlyMap<string, ManifestFile>;

/**
 * Unpacks an archive into `new/<n>` of the stage, and gives the changes it makes to the tree. Nothing is written elsewhere; what the
 * installation's owner excluded is left out. Where it is known what was signed, every file must be that, and what the archive lacks must stand
 * in the tree already.
 * @throws {AgentError} package_refused, naming what is wrong in it; changed_here
 */
export async function unpack(
  archive: string,
  stage: string,
  installation: Installation,
  deleted: readonly string[],
  whole?: Whole,
): Promise<readonly FileChange[]> {
  const root = treeOf(installation);
  const changes: FileChange[] = [];
  const isExcluded = excluder(installation.excluded);
  mkdirSync(join(stage, 'new'), { recursive: true, mode: 0o700 });
  try {
    refuseBadPaths(deleted);
    for await (const { path, executable, body } of filesOf(archive)) {
      if (isExcluded(path)) continue;
      const hash = createHash('sha256');
      {
        await using file = await open(join(stage, 'new', String(changes.length)), 'wx', 0o600);
        for await (const piece of body) {
          hash.update(piece);
          await file.writeFile(piece);
        }
      }
      const signed = whole?.get(path);
      if (whole !== undefined && signed?.hash !== hash.digest('hex')) throw unlikeSigned(path);
      changes.push({
        action: isInTree(root, path) ? 'update' : 'create',
        path,
        executable: signed?.executable ?? executable,
      });
    }
  } catch (error) {
    if (error instanceof ReleaseFault) throw refused(error);
    throw error;
  }
  const written = new Set(changes.map(({ path }) => path));
  for (const file of whole?.values() ?? [])
    if (!written.has(file.path) && !isExcluded(file.path)) await refuseChanged(root, file);
  for (const path of deleted)
    if (!written.has(path) && !isExcluded(path) && isInTree(root, path))
      changes.push({ action: 'delete', path });
  return changes;
}

export const isInTree = (root: string, path: string) =>
  lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;

/** What an update leaves as it is must be what the release has there. */
export async function refuseChanged(root: string, { path, hash }: ManifestFile): Promise<void> {
  const place = join(root, path);
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats?.isFile() === true) {
    const found = createHash('sha256');
    for await (const piece of createReadStream(place)) found.update(piece);
    if (found.digest('hex') === hash) return;
  }
  throw new AgentError('changed_here', {
    en: `${path} was changed here or is missing, so the update does not fit. Put the released file back, or list the path under "excluded" in agent.json.`,
    id: `${path} diubah di sini atau hilang, jadi pembaruannya tidak cocok. Kembalikan berkas rilisnya, atau tulis jalurnya di "excluded" dalam agent.json.`,
  });
}

function unlikeSigned(path: string): ReleaseFault {
  return new ReleaseFault(path, {
    en: 'this is not what the vendor signed.',
    id: 'ini bukan yang ditandatangani vendor.',
  });
}

/** Whether a path is one of these, or lies below one. Names that some file system takes for the same are. */
export function excluder(excluded: readonly string[]): (path: string) => boolean {
  const folded = excluded.map((path) => fold(path.replace(/^\.\//, '').replace(/\/+$/, '')));
  return (path) => folded.some((each) => fold(path) === each || fold(path).startsWith(`${each}/`));
}

const fold = (path: string) => path.normalize('NFC').toLowerCase();

function refused(fault: ReleaseFault): AgentError {
  return new AgentError(
    'package_refused',
    {
      en: `The package is refused. ${fault.said.en} Nothing was changed.`,
      id: `Paketnya ditolak. ${fault.said.id} Tidak ada yang diubah.`,
    },
    { cause: fault },
  );
}
