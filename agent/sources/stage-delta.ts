import { copyFileSync, createReadStream, mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  changesBetween,
  checkedTree,
  extractDelta,
  type Manifest,
  type ManifestFile,
  planDelta,
  ReleaseFault,
  treeIn,
} from '#release-metadata';
import { AgentError } from '../errors.ts';
import type { FileChange } from '../layouts/before.ts';
import { treeOf } from '../update/installation.ts';
import { download } from './download.ts';
import type { Staged } from './source.ts';
import type { Staging } from './stage-package.ts';
import { excluder, isInTree, refuseChanged } from './unpack.ts';

export interface DeltaStaging extends Omit<Staging, 'whole'> {
  /** What was signed of the release that is installed, and of the one to come. */
  readonly from: Manifest;
  readonly to: Manifest;
}

/**
 * Stages the update from the delta between the two releases, which is a fraction of the ZIP; every file is compared with what was signed.
 * Undefined where there is none, or it does not fit what stands here: then the ZIP is taken.
 * @throws {AgentError} what the disk or the signal refuse
 */
export async function stageDelta(staging: DeltaStaging): Promise<Staged | undefined> {
  const { config, stage, signal, from, to, offer } = staging;
  if (planDelta(from, to) === undefined) return undefined;
  const delta = join(config.stages, 'unchecked.package');
  const scratch = join(stage, 'delta');
  try {
    await download(
      {
        url: `${staging.home}/ota/delta/${to.version}`,
        headers: staging.headers,
        checksum: undefined,
        size: undefined,
      },
      delta,
      signal,
      staging.told,
    );
    mkdirSync(stage, { recursive: true, mode: 0o700 });
    const standing = treeIn(treeOf(config.installation), from);
    const contents = await extractDelta(createReadStream(delta), standing, to, scratch);
    const changes = await layOut(staging, contents, scratch);
    return { changes, hasMigrations: offer.hasMigrations, isCompatible: offer.isCompatible };
  } catch (error) {
    signal.throwIfAborted();
    rmSync(stage, { recursive: true, force: true });
    if (error instanceof ReleaseFault || (error instanceof AgentError && passing.includes(error.code)))
      return undefined;
    throw error;
  } finally {
    rmSync(delta, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the ZIP may yet do better. */
const passing: readonly string[] = ['refused', 'unreachable', 'too_large', 'changed_here'];

/** Lays the new files out as `new/<n>`: from the delta, or from a file of the installed release that has the same bytes. */
async function layOut(
  { config, stage, from, to }: DeltaStaging,
  contents: readonly ManifestFile[],
  scratch: string,
): Promise<readonly FileChange[]> {
  const root = treeOf(config.installation);
  const isExcluded = excluder(config.installation.excluded);
  const fresh = new Map(contents.map(({ hash, path }) => [hash, join(scratch, path)]));
  const old = new Map(from.files.map((file) => [file.hash, file]));
  const { open: openOld } = checkedTree(treeIn(root, from));
  const files = new Map(to.files.map((file) => [file.path, file]));
  const changes: FileChange[] = [];
  const written = new Set<string>();
  const gone: string[] = [];
  mkdirSync(join(stage, 'new'), { recursive: true, mode: 0o700 });
  for (const { action, path } of changesBetween(from.files, to.files)) {
    if (isExcluded(path)) continue;
    const file = files.get(path);
    if (file === undefined || action === 'delete') {
      gone.push(path);
      continue;
    }
    const place = join(stage, 'new', String(changes.length));
    const [made, before] = [fresh.get(file.hash), old.get(file.hash)];
    if (made !== undefined) copyFileSync(made, place);
    else if (before !== undefined) await copyChecked(await openOld(before), place);
    else throw new Error(`The delta lacks ${path}.`);
    written.add(path);
    changes.push({
      action: isInTree(root, path) ? 'update' : 'create',
      path,
      executable: file.executable,
    });
  }
  for (const file of to.files)
    if (!written.has(file.path) && !isExcluded(file.path)) await refuseChanged(root, file);
  for (const path of gone) if (isInTree(root, path)) changes.push({ action: 'delete', path });
  return changes;
}

async function copyChecked(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  place: string,
): Promise<void> {
  await using file = await open(place, 'wx', 0o600);
  for await (const piece of body) await file.writeFile(piece);
}
