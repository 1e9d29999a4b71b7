import assert from 'node:assert/strict';
import { tarOf } from '../releases/archives.ts';
import type { TestApp } from '../support/test-app.ts';
import type { Prepare } from './prepare.ts';
import type { World } from './world.ts';

/** Columns that name contents by their hash, or order versions: no secrets, for all their names. */
export const namesOfContents = [
  'release_blobs.hash',
  'release_files.hash',
  'release_patches.hash',
  'releases.manifest_hash',
  'releases.sort_key',
];

const archiveOf = ({ number }: World) => tarOf([{ name: 'app/index.js', data: `world ${number}` }]);

async function fill(world: World, nadi: TestApp): Promise<string> {
  const id = world.ids.release ?? '';
  const answer = await nadi.app.inject({
    method: 'POST',
    url: `/api/releases/${id}/archive`,
    payload: archiveOf(world),
    headers: { 'content-type': 'application/x-tar', authorization: `Bearer ${world.actor.token}` },
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return id;
}

/** Signed by a statement: what signs releases is another module's. */
async function signed(world: World, nadi: TestApp): Promise<string> {
  const id = await fill(world, nadi);
  await nadi.kit.pool.query("update releases set state = 'signed' where id = $1", [id]);
  return id;
}

async function published(world: World, nadi: TestApp): Promise<void> {
  await nadi.kit.pool.query(
    "update releases set state = 'published', published_at = updated_at where id = $1",
    [await signed(world, nadi)],
  );
}

const repository = { owner: 'contoh', repo: 'nadi' };
const details = {
  channel: 'stable',
  min_version: '0.1.0',
  is_floor: true,
  changelog: 'Contoh',
  has_migrations: true,
  compatible: true,
  force: false,
  components: { portal: ['portal/'] },
};
const inRepository: Prepare = async (world, nadi) => {
  await published(world, nadi);
  const tag = `v${world.number}.0.0`;
  return [{ params: { ...repository, tag, name: `nadi-${world.number}.0.0.zip` } }];
};

export const releasePreparations: Readonly<Record<string, Prepare>> = {
  createRelease: async ({ number }) => [{ body: { version: `${number}.1.0`, ...details } }],
  updateRelease: async () => [{ body: details }],
  uploadRelease: async (world) => [
    { payload: archiveOf(world), headers: { 'content-type': 'application/x-tar' } },
  ],
  showManifest: async (world, nadi) => [{ params: { id: await fill(world, nadi) } }],
  submitRelease: async (world, nadi) => [{ params: { id: await fill(world, nadi) } }],
  publishRelease: async (world, nadi) => [{ params: { id: await signed(world, nadi) } }],
  holdRelease: async (world, nadi) => {
    await published(world, nadi);
    return [{ body: { reason: 'Contoh' } }];
  },
  unholdRelease: async (world, nadi) => {
    await published(world, nadi);
    await nadi.kit.pool.query("update releases set state = 'held' where id = $1", [world.ids.release]);
    return [{}];
  },
  yankRelease: async (world, nadi) => {
    await published(world, nadi);
    return [{ body: { reason: 'Contoh' } }];
  },
  listRepositoryReleases: async (world, nadi) => {
    await published(world, nadi);
    return [{ params: repository, query: { per_page: '2' } }];
  },
  latestRepositoryRelease: async (world, nadi) => {
    await published(world, nadi);
    return [{ params: repository }];
  },
  repositoryReleaseByTag: async (world, nadi) =>
    (await inRepository(world, nadi)).map(({ params }) => ({
      params: { ...repository, tag: params?.tag ?? '' },
    })),
  downloadRepositoryAsset: async (world, nadi) =>
    (await inRepository(world, nadi)).map((example) => ({ ...example, query: {} })),
};

export const releaseValues = {
  components: details.components,
  version: '9.9.9',
  min_version: '0.1.0',
  until: '1900000000',
};
