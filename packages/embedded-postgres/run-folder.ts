import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';
import { PostgresFault } from './postgres-fault.ts';
import type { Identity } from './privileges.ts';

/** Where the running server keeps what lives no longer than itself. */
export interface RunFolder {
  /** Private folder of the unix socket. */
  readonly socket: string;
  /** Links to the libraries of the PostgreSQL package. */
  readonly libraries: string;
  /** Removes the folder if it lies under /tmp. Only once the server has ended. */
  discard(): Promise<void>;
}

export const socketName = '.s.PGSQL.5432';

/** `sun_path` of unix(7) and unix(4), less its closing NUL. */
const longestSocketPath = process.platform === 'darwin' ? 103 : 107;

/** The loader splits its path at `:` and `;`, PostgreSQL its list of folders at `,`. */
const plainPath = /^[\w./@%+=~-]+$/;

/**
 * Makes `<dataDir>/run` ready for the server, or a short folder under /tmp where that path is too long for a
 * socket or has characters that a path list cannot hold. Others can neither enter nor have planted it.
 * @throws {PostgresFault} when something foreign holds the place under /tmp.
 */
export async function openRunFolder(dataDir: string, identity: Identity | undefined): Promise<RunFolder> {
  const own = runPaths(join(dataDir, 'run'));
  const fits =
    Buffer.byteLength(join(own.socket, socketName)) <= longestSocketPath && plainPath.test(own.socket);
  const folder = fits ? join(dataDir, 'run') : shortFolder(dataDir);
  const paths = runPaths(folder);
  // The server's account has to pass through, no one has to look in.
  await makeFolder(folder, identity === undefined ? 0o700 : 0o711);
  if (!fits) await refuseForeign(folder);
  await makeFolder(paths.libraries, 0o755);
  await makeFolder(paths.socket, 0o700);
  if (identity !== undefined) await chown(paths.socket, identity.uid, identity.gid);
  const discard = async () => (fits ? undefined : await rm(folder, { recursive: true, force: true }));
  return { ...paths, discard };
}

function runPaths(folder: string) {
  return { socket: join(folder, 'pg'), libraries: join(folder, 'lib') };
}

function shortFolder(dataDir: string): string {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return `/tmp/nadi-${process.getuid?.() ?? 0}-${hash}`;
}

async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
    await chmod(path, mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function refuseForeign(folder: string): Promise<void> {
  const found = await lstat(folder);
  const ours = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  if (ours) return;
  throw new PostgresFault(
    `${folder} is not a folder of ours, so the database's socket cannot go there. Remove it, ` +
      'or choose a data folder with a shorter and plainer path (--data).',
  );
}
