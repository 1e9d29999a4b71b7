import type { Kit } from '#kit/kit.ts';
import type { BlobStore } from './blob-store.ts';
import { bucketStore } from './bucket-store.ts';
import { folderStore } from './folder-store.ts';

const stores = new WeakMap<Kit, BlobStore>();

/** Where the installation's releases are kept. */
export function storeOf(kit: Kit): BlobStore {
  const { bucket, folder } = kit.config.releases;
  const store =
    stores.get(kit) ?? (bucket === undefined ? folderStore(folder) : bucketStore(bucket, kit.clock));
  stores.set(kit, store);
  return store;
}
