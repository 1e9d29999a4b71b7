import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Environment } from './environment.ts';

/** Where an installation is, and what its variables are: those of its `.env`, and over them those of the process. */
export interface Place {
  readonly root: string;
  readonly env: Environment;
}

/** The installation at `root`, at NADI_ROOT, or in the current folder. Who names one of its releases means all of it. */
export function placeOf(environment: Environment, cwd: string, root?: string): Place {
  const folder = resolve(cwd, root ?? environment.NADI_ROOT ?? '.');
  const place =
    [dirname(folder), dirname(dirname(folder))].find((above) => hasRelease(above, folder)) ?? folder;
  const file = settingsAt(place, '.env');
  return {
    root: place,
    env: { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...environment },
  };
}

/** The owner's file of that name; in the layout of releases it may lie with what they share. */
export function settingsAt(root: string, name: string): string {
  const shared = join(root, 'shared', name);
  return existsSync(join(root, name)) || !existsSync(shared) ? join(root, name) : shared;
}

function hasRelease(root: string, folder: string): boolean {
  const current = join(root, 'current');
  return existsSync(current) && (folder === current || dirname(folder) === join(root, 'releases'));
}
