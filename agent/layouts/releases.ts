import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { Step } from '../transaction/run-transaction.ts';
import { breathe } from '../tree/breathe.ts';
import { keep, writeWhole } from '../tree/durable.ts';
import { statsOf } from '../tree/inside.ts';
import { looksOf } from './before.ts';
import { look } from './dress.ts';

// <root>/releases/<name> holds whole trees, <root>/current is a link to the one in use, <root>/shared what all of them link to.

export const currentOf = (root: string): string => join(root, 'current');
const releasesOf = (root: string): string => join(root, 'releases');

/**
 * The name of the release in use.
 * @throws {AgentError} where `current` is not a link to a folder of `releases`
 */
export function nameInUse(root: string): string {
  const stats = statsOf(currentOf(root));
  if (stats?.isSymbolicLink() === true && existsSync(currentOf(root))) {
    const place = realpathSync(currentOf(root));
    if (place === join(realpathSync(releasesOf(root)), basename(place))) return basename(place);
  }
  throw new AgentError('no_current', {
    en: `${currentOf(root)} must be a link to a folder in ${releasesOf(root)}. Set it, or choose the in-place layout.`,
    id: `${currentOf(root)} harus berupa tautan ke folder di ${releasesOf(root)}. Perbaiki, atau pilih tata letak in-place.`,
  });
}

export const releaseMissing = (root: string, name: string): AgentError =>
  new AgentError('release_missing', {
    en: `The release ${name} is not in ${releasesOf(root)} any more.`,
    id: `Rilis ${name} sudah tidak ada di ${releasesOf(root)}.`,
  });

/** A name for a version’s folder that none has yet. */
export function freeName(root: string, version: string): string {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? version : `${version}-${n}`;
    if (statsOf(join(releasesOf(root), name)) === undefined) return name;
  }
}

export interface Building {
  readonly root: string;
  readonly from: string;
  readonly to: string;
  /** The step's own folder. */
  readonly folder: string;
  /** Folders of the tree that are taken over by second names, without copying: what is in them is replaced, and never written to. */
  readonly linked: readonly string[];
  /** Makes the new version of a copy of the old one. */
  readonly change: (tree: string, signal: AbortSignal) => Promise<void>;
}

/** Makes a new release beside those that are there, from a copy of the one in use. Nothing that runs is touched. */
export function buildRelease({ root, from, to, folder, linked, change }: Building): Step {
  const releases = releasesOf(root);
  // As deep as it will be, so that its links to what is shared lead there.
  const building = join(releases, `.building-${to}`);
  const ready = join(folder, 'ready');
  return {
    name: 'build',
    async run(signal) {
      rmSync(building, { recursive: true, force: true });
      await copyTree(join(releases, from), building, linked, signal);
      await change(building, signal);
      writeWhole(ready, to);
      renameSync(building, join(releases, to)); // Refused where something is there.
      keep(releases);
    },
    async undo() {
      if (existsSync(ready) && !existsSync(building))
        rmSync(join(releases, to), { recursive: true, force: true });
      rmSync(building, { recursive: true, force: true });
      keep(releases);
    },
  };
}

/** `linked` holds names in this folder; '*' is all of it. */
async function copyTree(
  from: string,
  to: string,
  linked: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const looks = looksOf(lstatSync(from));
  mkdirSync(to);
  for (const [n, name] of readdirSync(from).sort().entries()) {
    const [source, target] = [join(from, name), join(to, name)];
    const stats = lstatSync(source);
    const isLinked = linked.includes('*') || linked.includes(name);
    if (stats.isDirectory()) await copyTree(source, target, isLinked ? ['*'] : [], signal);
    else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (stats.isFile() && isLinked) linkSync(source, target);
    else if (stats.isFile()) {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
      look(target, looksOf(stats));
      keep(target);
    } // Sockets and pipes are made by who uses them.
    await breathe(n, signal);
  }
  look(to, looks);
  keep(to);
}

/** Makes another release the one in use, by one renaming. */
export function switchTo(root: string, to: string, folder: string): Step {
  const current = currentOf(root);
  const back = join(folder, 'back');
  const ahead = join(folder, 'ahead');
  return {
    name: 'files',
    async run() {
      nameInUse(root);
      if (statsOf(join(releasesOf(root), to))?.isDirectory() !== true) throw releaseMissing(root, to);
      symlinkSync(readlinkSync(current), back);
      symlinkSync(`releases/${to}`, ahead);
      keep(folder);
      renameSync(ahead, current);
      keep(root);
    },
    async undo() {
      // The link back is there before the switch, and gone after its undoing.
      if (statsOf(back) !== undefined && statsOf(ahead) === undefined) renameSync(back, current);
      keep(root);
    },
  };
}

/** The releases that the agent made or found in use, in the order in which they came into use. */
const listOf = (folder: string): string => join(folder, 'releases.json');

function releasesInOrder(folder: string): readonly string[] {
  return existsSync(listOf(folder)) ? (JSON.parse(readFileSync(listOf(folder), 'utf8')) as string[]) : []; // Our own.
}

/** Notes which release came into use after which, and takes the oldest away but for the last few. What others put there is left. */
export function settle(
  root: string,
  folder: string,
  { from, to, keep: most }: { readonly from: string; readonly to: string; readonly keep: number },
): void {
  const order = [...releasesInOrder(folder).filter((name) => name !== from && name !== to), from, to];
  const kept = order.slice(-Math.max(2, most));
  for (const name of order)
    if (!kept.includes(name)) rmSync(join(releasesOf(root), name), { recursive: true, force: true });
  writeWhole(listOf(folder), JSON.stringify(kept));
}
