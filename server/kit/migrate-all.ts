import { migrateJobs } from './jobs.ts';
import type { Kit } from './kit.ts';
import { migrate } from './migrate.ts';

/** Brings Nadi's schema and the queue's to this version; returns the names of our migrations applied. */
export async function migrateAll(kit: Kit): Promise<readonly string[]> {
  return migrate(kit.pool, kit.clock, { also: () => migrateJobs(kit.pool) });
}
