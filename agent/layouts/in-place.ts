import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { breathe } from '../tree/breathe.ts';
import { keep, writeWhole } from '../tree/durable.ts';
import { hasCode, nearestFolder, placeIn, statsOf } from '../tree/inside.ts';
import { type Before, type FileChange, lookAt, type Stood, seenAt, type Wanted } from './before.ts';
import { dress, look, makeFolder, removeEmpty } from './dress.ts';

export interface Stage extends Wanted {
  /** Holds `<n>` for the n-th change that is not a deletion, on the same file system as the tree: each is moved into it. */
  readonly news: string;
  /** The step's own, on the same file system: nothing is in it when it begins. */
  readonly folder: string;
  /** The new files look as they shall already. */
  readonly isDressed?: boolean;
}

/**
 * Replaces files of a tree that stands where it is, each by one renaming, and puts them back. What is to be replaced is kept under a
 * second name before the first is touched, with the list of what stood where. So undoing needs nothing else, no space either, and gives
 * back the very files: with their hard links, and with what somebody wrote to them meanwhile. Deletions come first.
 */
export function replaceFiles(stage: Stage): Step {
  const { root, news, folder, changes, excluded, isDressed, folders = [] } = stage;
  const index = join(folder, 'before.json');
  const old = (n: number) => join(folder, 'old', String(n));
  const numbered = changes.map((change, n) => ({ ...change, n }));
  const deletions = numbered.filter(({ action }) => action === 'delete');
  const arrivals = numbered.filter(({ action }) => action !== 'delete');
  const modes = new Map(folders.map(({ path, mode }) => [path, mode]));
  return {
    name: 'files',
    async run(signal) {
      const before = lookAt(stage);
      for (const { n } of arrivals) requireStaged(join(news, String(n)));
      mkdirSync(join(folder, 'old'), { recursive: true });
      requireOneFileSystem(root, folder, changes);
      for (const { n, path } of numbered) {
        putAside(placeIn(root, path, excluded), before.paths[n], old(n));
        await breathe(n, signal);
      }
      keep(join(folder, 'old'));
      writeWhole(index, JSON.stringify(before));
      for (const { n, path } of deletions) {
        const place = placeIn(root, path, excluded);
        requireUnchanged(path, place, before.paths[n]);
        rmSync(place, { force: true });
      }
      for (const { path } of before.emptied.toReversed()) removeEmpty(join(root, path));
      for (const made of before.folders) {
        const mode = modes.get(made);
        // Whatever else it shall be, files are to be laid into it first.
        makeFolder(join(root, made), mode === undefined ? {} : { mode: mode | 0o700 });
      }
      for (const change of arrivals) {
        const place = placeIn(root, change.path, excluded);
        const fresh = join(news, String(change.n));
        const stood = before.paths[change.n];
        if (isDressed !== true) dress(fresh, place, change, stood);
        requireUnchanged(change.path, place, stood);
        renameSync(fresh, place);
        await breathe(change.n, signal);
      }
      keepFolders(stage, before);
    },
    async undo() {
      // Without its list nothing was touched.
      if (!existsSync(index)) return;
      const before = JSON.parse(readFileSync(index, 'utf8')) as Before; // It is written whole or not at all.
      for (const { n, path } of arrivals.toReversed()) {
        // What still lies in the stage never took its place: whatever stands there is somebody else's.
        if (statsOf(join(news, String(n))) !== undefined) continue;
        if (before.paths[n]?.is === 'nothing') removeFile(join(root, path));
        else if (statsOf(old(n)) !== undefined) renameSync(old(n), join(root, path));
      }
      for (const made of before.folders.toReversed()) removeEmpty(join(root, made));
      for (const { path, ...looks } of before.emptied)
        if (statsOf(join(root, path)) === undefined) makeFolder(join(root, path), looks);
      for (const { n, path } of deletions)
        if (statsOf(join(root, path)) === undefined && statsOf(old(n)) !== undefined)
          renameSync(old(n), join(root, path));
      keepFolders(stage, before);
    },
  };
}

/** Where a folder stands, there or in its way a file, that is what stood there before, put back by an undoing that was killed. */
function removeFile(place: string): void {
  if (statsOf(place)?.isDirectory() === false) rmSync(place);
}

/** Gives what stands there a second name; where the file system cannot, makes a copy that looks the same. */
function putAside(place: string, stood: Stood | undefined, aside: string): void {
  if (stood?.is === 'link') symlinkSync(stood.to, aside);
  if (stood?.is !== 'file') return;
  try {
    linkSync(place, aside);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV', 'ENOSYS')) throw error;
    copyFileSync(place, aside, constants.COPYFILE_FICLONE);
    look(aside, stood);
    keep(aside);
  }
}

/** Nothing can be moved from one to another, and so neither forth nor back. */
function requireOneFileSystem(root: string, folder: string, changes: readonly FileChange[]): void {
  const { dev } = statSync(folder);
  for (const { path } of changes) {
    const place = nearestFolder(dirname(join(root, path)));
    if (statSync(place).dev !== dev)
      throw new AgentError('other_file_system', {
        en: `${place} is on another file system than ${folder}. Put the agent’s folder beside the installation.`,
        id: `${place} berada di sistem berkas lain dari ${folder}. Letakkan folder agen di samping instalasi.`,
      });
  }
}

function requireStaged(fresh: string): void {
  if (statsOf(fresh) === undefined)
    throw new AgentError('stage_incomplete', {
      en: 'A file of the update is missing in what was fetched. Try again: it is fetched anew.',
      id: 'Ada berkas pembaruan yang hilang dari hasil unduhan. Coba lagi: berkas akan diunduh ulang.',
    });
}

function requireUnchanged(path: string, place: string, stood: Stood | undefined): void {
  const stats = statsOf(place);
  const isSame =
    stood?.is === 'file'
      ? seenAt(place) === stood.seen
      : stood?.is === 'link'
        ? stats?.isSymbolicLink() === true
        : stats === undefined;
  if (isSame) return;
  throw new AgentError('changed_meanwhile', {
    en: `${path} was changed by somebody while the update was at work. Their change is kept. Try again.`,
    id: `${path} diubah oleh pihak lain selama pembaruan berjalan. Perubahan itu tetap disimpan. Coba lagi.`,
  });
}

/** Which names the folders hold is kept, for those that are still there. */
function keepFolders({ root, changes }: Stage, before: Before): void {
  const folders = new Set([
    ...changes.map(({ path }) => dirname(join(root, path))),
    ...before.folders.map((path) => dirname(join(root, path))),
    ...before.emptied.map(({ path }) => dirname(join(root, path))),
  ]);
  for (const folder of folders) if (statsOf(folder)?.isDirectory() === true) keep(folder);
}
