import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Takes away what killed agents left of stages, and packages but the one of the checksum. What others have there stays. Nothing is under
 * way: the lock is held, and the journal is closed.
 */
export function tidyStages(folder: string, checksum: string | undefined): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const isOurs = /^stage-(\d+|preview)$/.test(name) || /^([0-9a-f]{64}|unchecked)\.package$/.test(name);
    if (isOurs && name !== `${checksum}.package`)
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}
