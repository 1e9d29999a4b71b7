import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TargetFile, Updater, type UpdaterOptions } from 'tuf-js';
import type { RootMetadata, Target, TargetsMetadata } from '../tuf/metadata.ts';
import { type FetchLimits, LimitedFetcher, usualLimits } from './fetcher.ts';
import { prepareFolder, settle, temporaryName } from './files.ts';
import { MetadataStore } from './store.ts';

export interface ClientOptions {
  /** Holds trusted metadata and nothing else. */
  readonly metadataDir: string;
  readonly metadataUrl: string;
  /** The root the installation was shipped with: needed where the folder holds none, or a torn one. */
  readonly shippedRoot?: Uint8Array;
  /** When this is: what expires is judged by it, once for all that the client does. */
  readonly now: Temporal.Instant;
  readonly limits?: FetchLimits;
  readonly signal?: AbortSignal;
  /** Where downloads come from, and where they go. */
  readonly targetUrl: string;
  readonly targetDir: string;
}

/** One look at a repository: it is refreshed at most once, and everything it does is of the same moment. */
export interface UpdateClient {
  /** Brings trusted metadata up to date (TUF 1.0.34 §5). What was verified before something failed is kept. */
  refresh(): Promise<void>;
  /** What trusted targets say of the file; undefined where they do not list it. */
  find(path: string): Promise<Target | undefined>;
  /**
   * Fetches the file and gives back where it is: under its own name, percent-encoded, only once length and hashes are right.
   * @throws where trusted targets do not list it, or what comes is something else.
   */
  download(path: string): Promise<string>;
  /** Trusted root and targets, once refreshed. */
  trusted(): { readonly root: RootMetadata; readonly targets: TargetsMetadata };
}

/** @throws {StoreError} where there is no root to begin with. */
export function openClient(options: ClientOptions): UpdateClient {
  const { metadataDir, metadataUrl, targetDir, targetUrl, now } = options;
  for (const folder of [metadataDir, targetDir]) prepareFolder(folder, now.epochMilliseconds);
  const store = new MetadataStore(metadataDir);
  store.begin(options.shippedRoot);
  const fetcher = new LimitedFetcher(options.limits ?? usualLimits, targetDir, options.signal);
  const updater = new SafeUpdater({ metadataDir, metadataBaseUrl: metadataUrl, fetcher }, store, now);
  let refreshed: Promise<void> | undefined;
  const refresh = () => {
    refreshed ??= updater.refresh();
    return refreshed;
  };
  const find = async (path: string): Promise<TargetFile | undefined> => {
    await refresh();
    try {
      const found = await updater.getTargetInfo(path);
      // It looks names up in plain objects, where every object has some of its own.
      return found instanceof TargetFile ? found : undefined;
    } catch (error) {
      // A role that only signs documents has no listing of files to look into.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  };
  return {
    refresh,
    // It was read from this very shape.
    find: async (path) => (await find(path))?.toJSON() as Target | undefined,
    async download(path) {
      const found = await find(path);
      if (found === undefined) throw new Error(`${path} is not among the signed files.`);
      const file = join(targetDir, fileNameOf(path));
      if ((await updater.findCachedTarget(found, file)) !== undefined) return file;
      const part = temporaryName(file);
      try {
        await updater.downloadTarget(found, part, targetUrl);
        settle(part, file);
      } finally {
        rmSync(part, { force: true });
      }
      return file;
    },
    trusted: () => ({ root: updater.trustedRoot(), targets: updater.trustedTargets() }),
  };
}

/** @throws where the name would be another folder. */
function fileNameOf(path: string): string {
  const name = encodeURIComponent(path);
  if (name === '' || name === '.' || name === '..')
    throw new Error('This file has no name it could be saved under.');
  return name;
}

interface Trusted {
  referenceTime: Date;
  readonly root: { readonly signed: { toJSON(): unknown } };
  readonly targets: { readonly signed: { toJSON(): unknown } } | undefined;
}

/**
 * tuf-js has the verification right, which its official tests show; but it writes files in place, so that a process killed then
 * loses what keeps it from going back, and asks the machine for the time. Both are private to it, hence the type without them;
 * test/release-metadata/store.test.ts fails where a version of it no longer calls these.
 */
const OpenUpdater = Updater as unknown as new (
  options: UpdaterOptions,
) => Pick<Updater, 'refresh' | 'getTargetInfo' | 'downloadTarget' | 'findCachedTarget'>;

class SafeUpdater extends OpenUpdater {
  declare protected readonly trustedSet: Trusted;
  readonly #store: MetadataStore;

  constructor(options: UpdaterOptions, store: MetadataStore, now: Temporal.Instant) {
    super(options);
    this.#store = store;
    this.trustedSet.referenceTime = new Date(now.epochMilliseconds);
  }

  protected persistMetadata(name: string, bytes: Buffer): void {
    this.#store.keep(name, bytes);
  }

  trustedRoot(): RootMetadata {
    // Verified as a root by the library.
    return this.trustedSet.root.signed.toJSON() as RootMetadata;
  }

  trustedTargets(): TargetsMetadata {
    const { targets } = this.trustedSet;
    if (targets === undefined) throw new Error('There are no trusted targets yet: refresh first.');
    return targets.signed.toJSON() as TargetsMetadata;
  }
}
