import { mkdirSync } from 'node:fs';
import { loadAppKey } from './app-key.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createSecretBox } from './crypto.ts';
import { createDb, createPool } from './db.ts';
import { startEmbedded } from './embedded.ts';
import { UserError } from './errors.ts';
import type { Kit } from './kit.ts';
import { createLog } from './log.ts';

export interface OpenKit extends AsyncDisposable {
  readonly kit: Kit;
  /** Settles when the built-in PostgreSQL ends by itself; never for an external one. */
  readonly databaseLost: Promise<Error | undefined>;
}

export interface OpenOptions {
  /** What to do when another process runs the folder's PostgreSQL: `up` refuses, commands join in. */
  readonly onBusy: 'refuse' | 'connect';
  /** How this process is named to others who want the same folder. */
  readonly command: string;
  readonly clock?: Clock;
  /** Added to the built-in PostgreSQL's settings. */
  readonly settings?: Record<string, string>;
}

const oldestPostgres = 150_000;
const firstUnknownPostgres = 190_000;

/**
 * Opens an installation: its database (built-in or external), key and log. Disposing closes what was opened.
 * @throws {UserError} when the folder is in use, or the server is not PostgreSQL 15 to 18 or cannot be reached.
 */
export async function openKit(config: Config, options: OpenOptions): Promise<OpenKit> {
  await using cleanup = new AsyncDisposableStack();
  mkdirSync(config.dataDir, { recursive: true });
  const log = createLog(config.logLevel);
  let url = config.databaseUrl;
  let databaseLost: Promise<Error | undefined> = new Promise(() => {});
  if (url === undefined) {
    const embedded = cleanup.use(
      await startEmbedded({
        dataDir: config.dataDir,
        onBusy: options.onBusy,
        command: options.command,
        clock: options.clock ?? systemClock,
        ...(options.settings ? { settings: options.settings } : {}),
      }),
    );
    url = embedded.url;
    if (embedded.owned) databaseLost = embedded.exited;
  }
  let closing = false;
  // A connection that ends because we end is not lost.
  const onLost = (err: Error) => closing || log.warn({ err }, 'a database connection was lost');
  const pool = createPool(url, { max: config.databasePool, name: 'nadi', onLost });
  cleanup.defer(() => {
    closing = true;
    return pool.end();
  });
  if (config.databaseUrl !== undefined) await refuseOtherServers(pool);
  const kit: Kit = {
    config,
    clock: options.clock ?? systemClock,
    log,
    pool,
    db: createDb(pool),
    secrets: createSecretBox(loadAppKey(config.appKey, config.dataDir)),
  };
  const owned = cleanup.move();
  return { kit, databaseLost, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function refuseOtherServers(pool: Kit['pool']): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query("select current_setting('server_version_num')::int as version");
    version = rows[0].version;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new UserError(
      `The database of DATABASE_URL cannot be reached (${reason}). Check the address, the user and the network.`,
      { cause },
    );
  }
  if (version < oldestPostgres || version >= firstUnknownPostgres) {
    throw new UserError(
      `The database server is PostgreSQL ${Math.floor(version / 10_000)}; Nadi needs 15 to 18.`,
    );
  }
}
