import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { UserError } from '#kit/errors.ts';
import {
  applyArchive,
  applyDelta,
  changedFiles,
  makeDelta,
  type OpenFile,
  treeIn,
  zipOf,
} from '#release-metadata';
import { readTree } from './patches-tree.ts';
import { timed, verdict, watchMemory } from './support.ts';

/** A Node application with built, hashed assets, of which two releases follow each other. */
const application = 'ghost';
const [before, after] = ['6.64.0', '6.65.0'] as const;
const deltaLimit = 5;

/** Patches between two real releases: how large they are, what they cost to make and to apply. True if the delta is below its limit. */
export async function benchPatches(print: (line: string) => void): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'nadi-bench-patches-'));
  try {
    const [from, to] = [await fetched(root, before), await fetched(root, after)];
    const [a, b] = [await readTree(from, before), await readTree(to, after)];
    const changed = changedFiles(a, b);
    print(
      `${application} ${before} → ${after}: ${b.files.length} files, ${mb(b.files.reduce((sum, { size }) => sum + size, 0))}; ${changed.length} new or changed`,
    );
    const memory = watchMemory();
    const open =
      (folder: string): OpenFile =>
      async ({ path }) =>
        createReadStream(join(folder, path));
    const file = (name: string) => join(root, name);
    const made = {
      full: await timed(() => pipeline(zipOf(b.files, open(to)), createWriteStream(file('full')))),
      zip: await timed(() => pipeline(zipOf(changed, open(to)), createWriteStream(file('zip')))),
      delta: 0,
    };
    const small = memory.peak();
    made.delta = await timed(async () => {
      const delta = await makeDelta(a, b, { from: open(from), to: open(to) });
      if (delta === undefined) throw new UserError('The two releases differ by more than a delta can hold.');
      await pipeline(delta, createWriteStream(file('delta')));
    });
    const old = treeIn(from, a);
    const applied = {
      full: await timed(() => applyArchive(file('full'), undefined, b, file('by-full'))),
      zip: await timed(() => applyArchive(file('zip'), old, b, file('by-zip'))),
      delta: await timed(() => applyDelta(createReadStream(file('delta')), old, b, file('by-delta'))),
    };
    const whole = (await stat(file('full'))).size;
    for (const kind of ['full', 'zip', 'delta'] as const) {
      const { size } = await stat(file(kind));
      const share = ((100 * size) / whole).toFixed(2);
      print(
        `${kind.padEnd(5)}  ${mb(size).padStart(9)}  ${share.padStart(6)} % of full  made in ${seconds(made[kind])}, applied in ${seconds(applied[kind])}`,
      );
    }
    print(`memory at its peak: ${small} MB with the ZIPs, ${memory.peak()} MB with the delta`);
    memory.stop();
    const share = (100 * (await stat(file('delta'))).size) / whole;
    print(verdict('delta, share of the full package', share, deltaLimit, ' %'));
    return share <= deltaLimit;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const mb = (bytes: number) => `${(bytes / 1_048_576).toFixed(2)} MB`;
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;

/** The release as npm has it, unpacked. */
async function fetched(root: string, version: string): Promise<string> {
  const run = promisify(execFile);
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', root, `${application}@${version}`]);
  } catch (cause) {
    throw new UserError(`npm could not fetch ${application} ${version}; this benchmark needs the registry.`, {
      cause,
    });
  }
  const folder = join(root, version);
  await mkdir(folder);
  await run('tar', [
    '-xzf',
    join(root, `${application}-${version}.tgz`),
    '-C',
    folder,
    '--strip-components=1',
  ]);
  return folder;
}
