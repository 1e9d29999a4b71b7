import { randomUUID } from 'node:crypto';
import {
  chownSync,
  constants,
  copyFileSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { keep } from '../tree/durable.ts';
import { hasCode } from '../tree/inside.ts';

const application = 'nadi copy';

/**
 * Has a server copy all its files, as they are at one moment, into one archive with the log that belongs to them (decisions.md, Updates).
 * The server writes it into the data folder, and it is moved from there to where it is wanted. `admin` is another connection to it.
 */
export async function takeBaseBackup(
  url: string,
  admin: pg.Client,
  dataDir: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  // Also that of an agent that was killed.
  const end = () =>
    admin.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = $1 and backend_type = 'walsender'`,
      [application],
    );
  await end();
  const folder = copyFolder(dataDir);
  const { uid, gid } = statSync(join(dataDir, 'postgres'));
  chownSync(folder, uid, gid);
  const abort = () => void end().catch(() => {});
  signal.addEventListener('abort', abort, { once: true });
  const client = new pg.Client({
    connectionString: `${url}&replication=true`,
    application_name: application,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  try {
    signal.throwIfAborted();
    await client.connect();
    // Ends with the connection. Without it a busy server takes away the log before it is copied.
    await client.query(
      `CREATE_REPLICATION_SLOT ${pg.escapeIdentifier(`nadi_copy_${randomUUID().replaceAll('-', '')}`)} TEMPORARY PHYSICAL (RESERVE_WAL)`,
    );
    await client.query(
      `BASE_BACKUP (LABEL 'nadi', TARGET 'server', TARGET_DETAIL ${pg.escapeLiteral(folder)}, CHECKPOINT 'fast', WAL true, MANIFEST 'no')`,
    );
    await client.end();
    signal.throwIfAborted();
    moveTo(join(folder, 'base.tar'), file);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    await client.end().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An empty folder in the data folder, on the file system of its cluster; one that a killed agent left is taken away. */
export function copyFolder(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const folder = join(realpathSync(dataDir), 'postgres.copy');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** As ours alone, on the disk when it returns. */
function moveTo(from: string, to: string): void {
  chownSync(from, process.getuid?.() ?? -1, process.getgid?.() ?? -1);
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    keep(to);
  }
  keep(dirname(to));
}
