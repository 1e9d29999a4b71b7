import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { SecretBox } from './crypto.ts';
import type { Db, Pool } from './db.ts';
import type { Log } from './log.ts';

/** What every module stands on. Made once per process in `open-kit.ts`, and per test in `test/support`. */
export interface Kit {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool;
  readonly db: Db;
  readonly secrets: SecretBox;
}
