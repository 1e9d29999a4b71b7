import type { ManifestFile, Tree } from './manifest.ts';

/** Of the dictionary, and of what is new: with both at their most, making takes 1.3 GB of memory and applying 0.4. */
export const mostDeltaBytes = 128 * 1024 * 1024;

/** What a delta is made of; both sides find the same from the two manifests. */
export interface DeltaPlan {
  /** Contents of the old tree that the new one has no more, each once: what the new ones were most likely made from. */
  readonly dictionary: readonly ManifestFile[];
  readonly dictionaryBytes: number;
  /** Contents of the new tree that the old one lacks, each once, in order. */
  readonly contents: readonly ManifestFile[];
  readonly contentBytes: number;
}

/** Undefined where the trees differ by more than a delta can hold. */
export function planDelta(from: Tree, to: Tree): DeltaPlan | undefined {
  const dictionary = contentsWithout(from.files, to.files);
  const contents = contentsWithout(to.files, from.files);
  const plan = { dictionary, dictionaryBytes: sizeOf(dictionary), contents, contentBytes: sizeOf(contents) };
  return Math.max(plan.dictionaryBytes, plan.contentBytes) > mostDeltaBytes ? undefined : plan;
}

function contentsWithout(files: readonly ManifestFile[], others: readonly ManifestFile[]): ManifestFile[] {
  const seen = new Set(others.map(({ hash }) => hash));
  return files.filter(({ hash }) => {
    if (seen.has(hash)) return false;
    seen.add(hash);
    return true;
  });
}

const sizeOf = (files: readonly ManifestFile[]) => files.reduce((sum, { size }) => sum + size, 0);

/** The whole number whose power of two is not below `bytes`, between bounds. */
export const logOf = (bytes: number, least: number, most: number) =>
  Math.min(most, Math.max(least, Math.ceil(Math.log2(Math.max(1, bytes)))));

/** zstd's decoder takes no more without being asked (its window is then 128 MiB). */
export const largestWindowLog = 27;
