import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { AgentError } from '../errors.ts';

/**
 * Where a path of a release lies in the tree, once it is certain that writing there stays in it.
 * @throws {AgentError} where a folder of it is a link that leads elsewhere
 */
export function placeIn(root: string, path: string): string {
  const place = join(root, path);
  const base = realpathSync(root);
  const parent = realpathSync(nearestFolder(dirname(place)));
  if (parent === base || parent.startsWith(base + sep)) return place;
  throw new AgentError('leads_out', {
    en: `${path}: a folder of it is a link to a place outside of the installation. Take the link away, or exclude the path.`,
    id: `${path}: salah satu foldernya adalah tautan ke luar instalasi. Hapus tautannya, atau kecualikan jalur ini.`,
  });
}

/** The folder, or the nearest above it that is there. */
function nearestFolder(folder: string): string {
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? nearestFolder(dirname(folder)) : folder;
}
