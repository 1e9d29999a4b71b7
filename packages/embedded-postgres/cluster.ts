import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { errorCode } from './error-code.ts';
import { killAll } from './orphans.ts';
import { PostgresFault } from './postgres-fault.ts';
import type { Identity, Launcher } from './privileges.ts';

const majorVersion = '18';
/** Of folders that nobody misses: the next start takes them away. */
export const draftPrefix = 'postgres.init-';

export interface ClusterTools {
  readonly initdb: string;
  readonly launcher: Launcher;
  readonly identity: Identity | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes sure that `clusterDir` holds a complete cluster: UTF-8, sorted by code point (the same under every PostgreSQL
 * and C library), checksums on. It is made elsewhere and renamed, so a kill at any instant leaves none or a whole one.
 * @throws {PostgresFault} when the folder holds something else; that is never removed.
 */
export async function ensureCluster(
  clusterDir: string,
  tools: ClusterTools,
  options: { readonly durable: boolean; readonly log: (line: string) => void },
): Promise<void> {
  await removeDrafts(dirname(clusterDir));
  if (await isComplete(clusterDir)) return;
  options.log('Creating the database');
  const draft = join(dirname(clusterDir), `${draftPrefix}${randomUUID()}`);
  await mkdir(draft, { mode: 0o700 });
  if (tools.identity !== undefined) await chown(draft, tools.identity.uid, tools.identity.gid);
  await runInitdb(draft, tools, options.durable);
  await rename(draft, clusterDir);
  if (options.durable) await syncFolder(dirname(clusterDir));
}

async function isComplete(clusterDir: string): Promise<boolean> {
  const files = await filesIn(clusterDir);
  if (files === undefined) return false;
  if (files.length === 0) {
    await rmdir(clusterDir);
    return false;
  }
  await refuseOther(clusterDir);
  return true;
}

/** @throws {PostgresFault} where the folder holds no whole cluster of our version. */
export async function refuseOther(clusterDir: string): Promise<void> {
  const whole =
    (await filesIn(clusterDir))?.includes('PG_VERSION') &&
    (await filesIn(join(clusterDir, 'global')))?.includes('pg_control');
  const version = whole ? (await readFile(join(clusterDir, 'PG_VERSION'), 'utf8')).trim() : undefined;
  if (version === majorVersion) return;
  const what = version === undefined ? 'an incomplete database' : `a database of PostgreSQL ${version}`;
  throw new PostgresFault(
    `${clusterDir} holds ${what}, and Nadi needs one of PostgreSQL ${majorVersion}. ` +
      'Move that folder away, restore it from a backup, or choose another data folder with --data.',
  );
}

async function filesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function removeDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(draftPrefix)) continue;
    const draft = join(dataDir, name);
    await killAll(draft);
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(folder: string, tools: ClusterTools, durable: boolean): Promise<void> {
  const initdb = [
    tools.initdb,
    '-D',
    folder,
    '--username=nadi',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const [command = '', ...args] = [...tools.launcher.prefix, ...initdb];
  const child = spawn(command, args, {
    ...tools.launcher.account,
    cwd: '/',
    env: tools.environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [status, faults] = await Promise.all([ended, text(child.stderr)]);
  if (status === 0) return;
  if (!faults.includes('could not look up effective user ID'))
    throw new Error(`initdb failed: ${faults.trim()}`);
  throw new PostgresFault(
    'The user that runs the database has no name on this machine (no line in /etc/passwd), which PostgreSQL needs. ' +
      'Add the user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
