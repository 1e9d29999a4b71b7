import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AgentError, type Said } from '../errors.ts';
import { type Hook, runHook } from '../hooks/run-hook.ts';
import { lookAt } from '../layouts/before.ts';
import { nameInUse } from '../layouts/releases.ts';
import { statsOf } from '../tree/inside.ts';
import { type Installation, treeOf, type UpdateInput } from './installation.ts';
import { restores } from './steps.ts';

/** What a release needs of the machine. */
export interface Needs {
  /** A command that prints the runtime's version, and the least that will do. */
  readonly runtime?: { readonly hook: Hook; readonly least: string };
  /** A command that prints the runtime's modules, one a line, and those that must be among them. */
  readonly modules?: { readonly hook: Hook; readonly names: readonly string[] };
}

export interface Checked {
  readonly check:
    | 'paths'
    | 'folders'
    | 'space'
    | 'databases'
    | 'maintenance'
    | 'runtime'
    | 'modules'
    | 'layout';
  /** Why it may not go on; undefined where all is well. */
  readonly refusal?: Said;
}

/** Bytes that stay free whatever is done. */
const spare = 64 * 1024 * 1024;

/** Looks whether an update can go well, and changes nothing: every fault is told at once. `bytes` is how large its new files are. */
export async function checkBefore(
  installation: Installation,
  input: UpdateInput,
  bytes: number,
  needs: Needs,
  db: DatabaseSync,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const { databases, folder } = installation;
  const sizes: number[] = [];
  const ask = (name: string, hook: Hook) =>
    runHook(
      name,
      hook,
      {
        db,
        folder: treeOf(installation),
        log: join(folder, 'checks.log'),
        environment: installation.environment,
      },
      signal,
    );
  return [
    await checked('layout', () => checkLayout(installation)),
    await checked('paths', () => {
      lookAt({ root: treeOf(installation), changes: input.changes, excluded: installation.excluded });
    }),
    await checked('folders', () => checkFolders(installation, input)),
    await checked('databases', async () => {
      for (const database of databases) sizes.push(await database.size(signal));
    }),
    await checked('space', () => checkSpace(installation, bytes, sizes)),
    await checked('maintenance', () => checkMaintenance(installation, input)),
    await checked('runtime', async () => {
      if (needs.runtime === undefined) return;
      const { hook, least } = needs.runtime;
      const found = /\d+(\.\d+)*/.exec(await ask('runtime version', hook))?.[0] ?? '0';
      if (isLess(found, least))
        throw new AgentError('runtime_old', {
          en: `This release needs version ${least} of its runtime, and ${found} is installed. Install the newer one first.`,
          id: `Rilis ini memerlukan runtime versi ${least}, sedangkan yang terpasang ${found}. Pasang versi yang lebih baru dulu.`,
        });
    }),
    await checked('modules', async () => {
      if (needs.modules === undefined) return;
      const found = (await ask('modules', needs.modules.hook)).toLowerCase().split(/\s+/);
      const missing = needs.modules.names.filter((name) => !found.includes(name.toLowerCase()));
      if (missing.length > 0)
        throw new AgentError('modules_missing', {
          en: `This release needs modules that are not installed: ${missing.join(', ')}.`,
          id: `Rilis ini memerlukan modul yang belum terpasang: ${missing.join(', ')}.`,
        });
    }),
  ];
}

async function checked(check: Checked['check'], look: () => void | Promise<void>): Promise<Checked> {
  try {
    await look();
    return { check };
  } catch (error) {
    if (error instanceof AgentError) return { check, refusal: error.said };
    const why = error instanceof Error ? error.message : String(error);
    return { check, refusal: { en: why, id: why } };
  }
}

export function checkLayout(installation: Installation): void {
  if (installation.layout?.is !== 'releases') return;
  nameInUse(installation.root);
  // What is written into a release while the next one is made of it would stay behind.
  const alone = installation.excluded.filter((path) => {
    // Each release has its own.
    if (path === '.version') return false;
    const stats = statsOf(join(treeOf(installation), path));
    return stats !== undefined && !stats.isSymbolicLink() && !isInLinked(installation, path);
  });
  if (alone.length > 0)
    throw new AgentError('not_shared', {
      en: `${alone.join(', ')}: excluded from updates, so each release must link to it in shared/. Move it there.`,
      id: `${alone.join(', ')}: dikecualikan dari pembaruan, sehingga setiap rilis harus menautkannya ke shared/. Pindahkan ke sana.`,
    });
}

/** A folder above it is a link. */
function isInLinked(installation: Installation, path: string): boolean {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
    if (statsOf(join(treeOf(installation), folder))?.isSymbolicLink() === true) return true;
  return false;
}

/** Files are moved into place, which works only within one file system, and in folders that may be written to. */
function checkFolders(installation: Installation, { changes }: UpdateInput): void {
  const tree = treeOf(installation);
  const own = statSync(installation.folder);
  const places =
    installation.layout?.is === 'releases'
      ? [installation.root, join(installation.root, 'releases')]
      : [...new Set(changes.map(({ path }) => nearest(tree, dirname(path))))];
  const closed = places.filter((place) => !mayWrite(place));
  const elsewhere = places.filter((place) => statSync(place).dev !== own.dev);
  const user = process.getuid?.() ?? 0;
  const others =
    user === 0
      ? []
      : changes.map(({ path }) => join(tree, path)).filter((place) => (statsOf(place)?.uid ?? user) !== user);
  if (closed.length > 0 || others.length > 0) {
    const names = [...closed, ...others].slice(0, 5).join(', ');
    throw new AgentError('not_writable', {
      en: `The agent’s user may not replace what is in: ${names}. Run it as the owner of the installation.`,
      id: `Pengguna agen tidak boleh mengganti isi: ${names}. Jalankan agen sebagai pemilik instalasi.`,
    });
  }
  if (elsewhere.length > 0)
    throw new AgentError('other_file_system', {
      en: `${elsewhere.slice(0, 5).join(', ')}: on another file system than ${installation.folder}. Put the agent’s folder beside the installation.`,
      id: `${elsewhere.slice(0, 5).join(', ')}: berada di sistem berkas lain dari ${installation.folder}. Letakkan folder agen di samping instalasi.`,
    });
}

function nearest(tree: string, folder: string): string {
  return folder === '.' || statSync(join(tree, folder), { throwIfNoEntry: false })?.isDirectory()
    ? join(tree, folder)
    : nearest(tree, dirname(folder));
}

function mayWrite(place: string): boolean {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The new files, and each database four times: its copy, its backup, the one that is proven, and the one that may have to be restored. */
function checkSpace({ folder }: Installation, bytes: number, sizes: readonly number[]): void {
  const needed = bytes + 4 * sizes.reduce((sum, size) => sum + size, 0) + spare;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return;
  const [free, wanted] = [bavail * bsize, needed].map((each) => Math.ceil(each / 1024 / 1024));
  throw new AgentError('disk_full', {
    en: `${wanted} MB are needed in ${folder}, and ${free} MB are free. Make room first.`,
    id: `Diperlukan ${wanted} MB di ${folder}, sedangkan yang kosong ${free} MB. Kosongkan ruang dulu.`,
  });
}

function checkMaintenance({ maintenance, hooks, databases }: Installation, input: UpdateInput): void {
  if (!restores(input) || databases.length === 0) return;
  if (maintenance !== 'never' && hooks.maintenanceOn !== undefined) return;
  throw new AgentError('maintenance_needed', {
    en: 'The old version cannot run on what this release makes of the database, so writes must be refused meanwhile. Set a maintenance command, and MAINTENANCE_MODE_DURING_UPDATE to auto.',
    id: 'Versi lama tidak bisa berjalan dengan basis data hasil rilis ini, sehingga penulisan harus ditolak selama pembaruan. Pasang perintah pemeliharaan, dan atur MAINTENANCE_MODE_DURING_UPDATE ke auto.',
  });
}

function isLess(found: string, least: string): boolean {
  const [one, other] = [found, least].map((text) => text.split('.').map(Number));
  for (const [n, part] of (other ?? []).entries())
    if ((one?.[n] ?? 0) !== part) return (one?.[n] ?? 0) < part;
  return false;
}
