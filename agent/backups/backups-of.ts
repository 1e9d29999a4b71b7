import { join } from 'node:path';
import type { Agent } from '../update/installation.ts';
import type { Backups } from './backups.ts';

/** How the backups of an installation are made, kept and restored. */
export function backupsOf({ db, clock, installation }: Agent): Backups {
  const { root, folder, layout, databases, backups } = installation;
  const { vault, key, excluded, days } = backups;
  return {
    db,
    clock,
    vault,
    root,
    excluded,
    hasReleases: layout?.is === 'releases',
    databases,
    scratch: join(folder, 'scratch'),
    ...(key === undefined ? {} : { key }),
    ...(days === undefined ? {} : { days }),
  };
}
