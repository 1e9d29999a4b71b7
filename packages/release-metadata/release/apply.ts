import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open as openFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdDecompress } from 'node:zlib';
import { damaged, takeHeader } from './delta-header.ts';
import { largestWindowLog, planDelta } from './delta-plan.ts';
import type { Bytes } from './entry.ts';
import { ReleaseFault } from './fault.ts';
import { together } from './make-delta.ts';
import type { OpenFile } from './make-zip.ts';
import type { ManifestFile, Tree } from './manifest.ts';
import { filesOf } from './read-source.ts';

/** A tree as it stands somewhere, with its files. */
export interface StandingTree {
  readonly tree: Tree;
  readonly open: OpenFile;
}

/** The tree in a folder. */
export const treeIn = (folder: string, tree: Tree): StandingTree => ({
  tree,
  open: async ({ path }) => readLater(join(folder, path)),
});

/** Opened when it is read: a stream that fails before anybody listens would end the process. */
async function* readLater(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path);
}

/**
 * Makes the new tree in a folder that is not there yet, from the old one and a delta. Each file is compared with the manifest
 * before this ends well; where anything is wrong, the folder is gone again. The old tree is only read.
 * @throws {ReleaseFault} for another tree's delta, one that is cut, changed or too long, and an old file that was changed
 */
export function applyDelta(delta: Bytes, from: StandingTree, to: Tree, folder: string): Promise<void> {
  return building(folder, async () => {
    const contents = await unpackDelta(delta, from, to, folder);
    await copyRest(from, to, folder, new Set(contents.map(({ path }) => path)));
  });
}

/**
 * Writes into a folder that is not there yet what the new tree holds and the old one lacks: each content once, at the path of the first
 * file that has it. Returns those files. As {@link applyDelta} in what it compares and throws.
 */
export async function extractDelta(
  delta: Bytes,
  from: StandingTree,
  to: Tree,
  folder: string,
): Promise<readonly ManifestFile[]> {
  let contents: readonly ManifestFile[] = [];
  await building(folder, async () => {
    contents = await unpackDelta(delta, from, to, folder);
  });
  return contents;
}

async function unpackDelta(
  delta: Bytes,
  from: StandingTree,
  to: Tree,
  folder: string,
): Promise<readonly ManifestFile[]> {
  const plan = planDelta(from.tree, to);
  if (plan === undefined) throw damaged();
  const iterator = delta[Symbol.asyncIterator]();
  try {
    const rest = await takeHeader(iterator, from.tree, to, plan);
    const old = checkedTree(from);
    const dictionary = await together(plan.dictionary, plan.dictionaryBytes, old.open);
    const frame = createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: largestWindowLog },
      ...(plan.dictionaryBytes === 0 ? {} : { dictionary }),
    });
    const packed = Readable.from(restOf(rest, iterator), { objectMode: false });
    await pipeline(packed, frame, (unpacked) => split(unpacked, plan.contents, folder)).catch((error) => {
      throw isZstdFault(error) ? damaged(error) : error;
    });
    return plan.contents;
  } finally {
    await iterator.return?.();
  }
}

/**
 * As {@link applyDelta}, from an archive that holds every file that the old tree lacks, as the ZIPs of changed files and of
 * everything do. What it holds beside them is refused.
 */
export function applyArchive(
  archive: string,
  from: StandingTree | undefined,
  to: Tree,
  folder: string,
): Promise<void> {
  return building(folder, async () => {
    const wanted = new Map(to.files.map((file) => [file.path, file]));
    const written = new Set<string>();
    for await (const { path, body } of filesOf(archive)) {
      const file = wanted.get(path);
      if (file === undefined)
        throw new ReleaseFault(path, {
          en: 'this is in the patch, but not in the release. Fetch the right one.',
          id: 'ini ada di tambalan, tetapi tidak di rilis. Ambil yang benar.',
        });
      await write(folder, file, body);
      written.add(path);
    }
    await copyRest(from, to, folder, written);
  });
}

async function building(folder: string, work: () => Promise<void>): Promise<void> {
  await mkdir(folder);
  try {
    await work();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function* restOf(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (first.length > 0) yield first;
  for (;;) {
    const { value, done } = await iterator.next();
    if (done === true) return;
    yield value;
  }
}

/** Writes the files that stand one after the other in the frame. */
async function split(
  frame: AsyncIterable<Uint8Array>,
  files: readonly ManifestFile[],
  folder: string,
): Promise<void> {
  const pieces = frame[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  async function* take(count: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = count; left > 0; ) {
      if (rest.length === 0) {
        const { value, done } = await pieces.next();
        if (done === true) throw damaged();
        rest = value;
      }
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
  for (const file of files) await write(folder, file, take(file.size));
  // Its checksum is seen at its end; and nothing more may come.
  if (rest.length > 0 || (await pieces.next()).done !== true) throw damaged();
}

const isZstdFault = (error: unknown) =>
  error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));

/** What the new tree has in common with the old one, or twice with itself. */
async function copyRest(
  from: StandingTree | undefined,
  to: Tree,
  folder: string,
  written: ReadonlySet<string>,
): Promise<void> {
  const made = new Map(to.files.filter(({ path }) => written.has(path)).map((file) => [file.hash, file]));
  const old = new Map(from?.tree.files.map((file) => [file.hash, file]));
  const checked = from && checkedTree(from);
  for (const file of to.files) {
    if (written.has(file.path)) continue;
    const twin = made.get(file.hash);
    const before = old.get(file.hash);
    if (twin !== undefined) await write(folder, file, readLater(join(folder, twin.path)));
    else if (before !== undefined && checked !== undefined)
      await write(folder, file, await checked.open(before));
    else
      throw new ReleaseFault(file.path, {
        en: 'this is missing in the patch. Fetch it again, or take the whole release.',
        id: 'ini tidak ada di tambalan. Ambil lagi, atau ambil rilis lengkapnya.',
      });
  }
}

/** The old tree, each of whose files is compared with its manifest as it is read: a ReleaseFault comes at its end. */
export function checkedTree({ tree, open }: StandingTree): StandingTree {
  return { tree, open: async (file) => checked(file, await open(file), installedDiffers) };
}

const installedDiffers = {
  en: 'this file of the installed version was changed or is missing, so the patch does not fit. Take the whole release.',
  id: 'berkas versi yang terpasang ini sudah diubah atau hilang, jadi tambalannya tidak cocok. Ambil rilis lengkapnya.',
};
const patchDiffers = {
  en: 'what the patch makes of this is not what was released. Fetch it again.',
  id: 'hasil tambalan ini tidak sama dengan yang dirilis. Ambil lagi.',
};

/** Passes the bytes on, and fails at their end if they are not the file's. Never passes on more than the file has. */
async function* checked(
  file: ManifestFile,
  body: Bytes,
  otherwise: typeof patchDiffers,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let left = file.size;
  try {
    for await (const piece of body) {
      left -= piece.length;
      if (left < 0) break;
      hash.update(piece);
      yield piece;
    }
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw isMissing ? new ReleaseFault(file.path, otherwise, { cause }) : cause;
  }
  if (left !== 0 || hash.digest('hex') !== file.hash) throw new ReleaseFault(file.path, otherwise);
}

async function write(folder: string, file: ManifestFile, body: Bytes): Promise<void> {
  const path = join(folder, file.path);
  await mkdir(dirname(path), { recursive: true });
  // Never over something that is there.
  const handle: FileHandle = await openFile(path, 'wx', file.executable ? 0o755 : 0o644);
  try {
    for await (const piece of checked(file, body, patchDiffers)) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}
