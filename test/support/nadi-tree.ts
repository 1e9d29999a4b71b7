import { join } from 'node:path';
import { aboutOf, layCode, linkInstalled, useRelease, writeSettings } from '../../server/demo/nadi-tree.ts';

const repository = join(import.meta.dirname, '../..');

/** Lays a Nadi into a folder: the code of this one, which calls itself so. The packages are a link to ours, where it is to run. */
export function layNadi(tree: string, version: string, isToRun = true): void {
  layCode(repository, tree, version);
  if (isToRun) linkInstalled(repository, tree);
}

/** An installation in the layout of releases, as the profile of Nadi has it: what its releases share, and one release in use. */
export function layReleases(
  root: string,
  version: string,
  env: Readonly<Record<string, string>>,
  settings: object = {},
): void {
  layNadi(join(root, 'releases', version), version);
  writeSettings(root, env, settings);
  useRelease(root, version);
}

/** What another release changes of it: the version that it calls itself. */
export const changedFiles = (version: string): Readonly<Record<string, string>> => ({
  'package.json': aboutOf(repository, version),
  'agent/next.md': `${version}\n`,
});
