import { releases } from '#contract';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author, SignedInCall } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { sendBlob } from './blobs.ts';
import { createRelease, deleteRelease, fillRelease, updateRelease } from './change-release.ts';
import type { ReleaseHooks } from './hooks.ts';
import { prepareReleases, tidyReleases } from './jobs.ts';
import { holdRelease, publishRelease, submitRelease, unholdRelease, yankRelease } from './move-release.ts';
import { patchesTo } from './patch-queries.ts';
import { presentRelease } from './present.ts';
import { findRelease, listReleaseRows, type ReleaseRow } from './queries.ts';
import { repositoryRoutes } from './repository.ts';

export { openBlob, readBlob } from './blobs.ts';
export { createRelease, deleteRelease, fillRelease, updateRelease } from './change-release.ts';
export { exportMetadata } from './export-metadata.ts';
export type { ReleaseHooks } from './hooks.ts';
export {
  holdRelease,
  publishRelease,
  releasesSigned,
  submitDrafts,
  submitRelease,
  unholdRelease,
  yankRelease,
} from './move-release.ts';
export { offerable } from './offer.ts';
export { patchFor } from './patches.ts';
export { presentRelease } from './present.ts';
export { findVersion, listReleaseRows, type ReleaseRow } from './queries.ts';

/** Releases, what is in them, and the ways from one to another. */
export function releasesModule(kit: Kit, hooks: ReleaseHooks): Module {
  return {
    name: 'releases',
    routes: [...adminRoutes(kit, hooks), ...repositoryRoutes(kit, hooks)],
    jobs: [prepareReleases(kit), tidyReleases(kit)],
  };
}

function adminRoutes(kit: Kit, hooks: ReleaseHooks) {
  const found = async (id: string) => {
    const row = await findRelease(kit.db, id);
    if (row === undefined) throw new AppError('not_found');
    return row;
  };
  const moved = async (call: SignedInCall, work: (tx: Tx, author: Author) => Promise<ReleaseRow>) =>
    presentRelease(await inTransaction(kit.db, (tx) => work(tx, call.author)));
  return routes(releases, {
    listReleases: async ({ query }, call) =>
      paginate(call, query, await listReleaseRows(kit.db, query), presentRelease),
    createRelease: async ({ body }, call) => presentRelease(await createRelease(kit, call.author, body)),
    showRelease: async ({ params }) => ({
      ...presentRelease(await found(params.id)),
      patches: await patchesTo(kit.db, params.id),
    }),
    updateRelease: async ({ params, body }, call) =>
      presentRelease(await updateRelease(kit, hooks, call.author, params.id, body)),
    deleteRelease: ({ params }, call) => deleteRelease(kit, hooks, call.author, params.id),
    uploadRelease: async ({ params, body }, call) =>
      presentRelease(await fillRelease(kit, hooks, call.author, params.id, body)),
    showManifest: async ({ params }, call) => {
      const { manifest_hash: hash, manifest_size: size } = await found(params.id);
      if (hash === null || size === null) throw new AppError('release_empty');
      const own = { 'content-type': 'application/json', 'cache-control': 'private' };
      return sendBlob(kit, { hash, size: Number(size) }, call.headers, own);
    },
    submitRelease: async ({ params }, call) =>
      presentRelease(await submitRelease(kit, hooks, call.author, params.id)),
    publishRelease: async ({ params }, call) =>
      presentRelease(await publishRelease(kit, hooks, call.author, params.id)),
    holdRelease: ({ params, body }, call) =>
      moved(call, (tx, author) => holdRelease(kit, tx, author, params.id, body.reason)),
    unholdRelease: ({ params }, call) =>
      moved(call, (tx, author) => unholdRelease(kit, tx, author, params.id)),
    yankRelease: async ({ params, body }, call) =>
      presentRelease(await yankRelease(kit, hooks, call.author, params.id, body.reason)),
  });
}
