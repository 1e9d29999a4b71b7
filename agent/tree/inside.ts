import { existsSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { AgentError } from '../errors.ts';

/**
 * Where a path of a release lies in the tree, once it is certain that writing there stays in it and outside of what is excluded.
 * @throws {AgentError} where a folder of it is a link that leads elsewhere
 */
export function placeIn(root: string, path: string, excluded: readonly string[] = []): string {
  const place = join(root, path);
  const base = realpathSync(root);
  const folder = nearestFolder(dirname(place));
  if (!existsSync(folder))
    throw new AgentError('link_broken', {
      en: `${path}: ${folder} is a link to nothing. Take the link away, or exclude the path.`,
      id: `${path}: ${folder} adalah tautan yang tidak menuju ke mana pun. Hapus tautannya, atau kecualikan jalur ini.`,
    });
  const parent = realpathSync(folder);
  if (parent !== base && !parent.startsWith(base + sep))
    throw new AgentError('leads_out', {
      en: `${path}: a folder of it is a link to a place outside of the installation. Take the link away, or exclude the path.`,
      id: `${path}: salah satu foldernya adalah tautan ke luar instalasi. Hapus tautannya, atau kecualikan jalur ini.`,
    });
  const real = join(relative(base, parent), basename(place));
  if (isBelow(real, excluded) || isBelow(path, excluded))
    throw new AgentError('leads_into_excluded', {
      en: `${path} lies in ${real}, which is excluded from updates. Exclude this path, too, or take the link away.`,
      id: `${path} berada di ${real}, yang dikecualikan dari pembaruan. Kecualikan juga jalur ini, atau hapus tautannya.`,
    });
  return place;
}

/** Whether a path is one of these, or below one. */
export const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** What stands there, links not followed; undefined where nothing does, also where a file stands in its way. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

/** The folder, or the nearest above it that is there. */
export function nearestFolder(folder: string): string {
  return statsOf(folder) === undefined ? nearestFolder(dirname(folder)) : folder;
}
