import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nameInUse, releasesOf } from '../layouts/releases.ts';
import type { Agent, Installation } from '../update/installation.ts';
import type { Backups } from './backups.ts';

/** How the backups of an installation are made, kept and restored. In the layout of releases only the one in use is part of them. */
export function backupsOf({ db, clock, installation }: Agent): Backups {
  const { root, folder, databases, backups } = installation;
  const { vault, key, excluded, days } = backups;
  return {
    db,
    clock,
    vault,
    root,
    excluded: [...excluded, ...otherReleases(installation)],
    databases,
    scratch: join(folder, 'scratch'),
    ...(key === undefined ? {} : { key }),
    ...(days === undefined ? {} : { days }),
  };
}

function otherReleases({ root, layout }: Installation): readonly string[] {
  if (layout?.is !== 'releases') return [];
  const used = nameInUse(root);
  return readdirSync(releasesOf(root))
    .filter((name) => name !== used)
    .map((name) => `releases/${name}`);
}
