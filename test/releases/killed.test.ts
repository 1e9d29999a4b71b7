import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseManifest } from '#release-metadata';
import { openBlob, readBlob } from '../../server/modules/releases/index.ts';
import { scratch, tarOf } from './archives.ts';
import { type ReleasesApp, releasesApp } from './store-app.ts';

const files = Array.from({ length: 60 }, (_, at) => ({
  name: `app/${at}.js`,
  data: `file ${at} `.repeat(500),
}));

test('killed at any moment: what is published is whole, nothing is half there, and what is left over goes', async () => {
  await using nadi = await releasesApp();
  await using folder = await scratch();
  const archive = join(folder.path, 'a.tar');
  const steps = ['ready', 'created', 'filled', 'signed', 'published'];
  for (const [round, step] of steps.entries()) {
    // Of each round something is other, so that there is something to store.
    await writeFile(archive, tarOf([...files, { name: 'round', data: `round ${round} `.repeat(90_000) }]));
    await releaseUntilKilled(nadi, archive, round, step);
    await assertWhole(nadi);
  }
  const { rows } = await nadi.kit.pool.query(
    "select count(*)::int as n from releases where state = 'published'",
  );
  assert.ok(rows[0].n > 0, 'some were published');
  nadi.clock.advance({ hours: 48 });
  const drafts = await nadi.kit.pool.query("delete from releases where state = 'draft' returning id");
  const tidy = nadi.edition.jobs.find(({ name }) => name === 'releases.tidy');
  await tidy?.run({}, new AbortController().signal);
  await assertWhole(nadi);
  assert.ok(drafts.rowCount !== null);
  const known = new Set(
    (await nadi.kit.pool.query('select hash from release_blobs')).rows.map(({ hash }) => hash),
  );
  const stored = await readdir(nadi.folder, { recursive: true, withFileTypes: true });
  const stray = stored.filter(
    (entry) => entry.isFile() && !known.has(entry.name) && !entry.parentPath.includes('incoming'),
  );
  assert.deepEqual(
    stray.map(({ name }) => name),
    [],
  );
});

/** Kills it some milliseconds after it has told of the step. */
async function releaseUntilKilled(
  nadi: ReleasesApp,
  archive: string,
  round: number,
  step: string,
): Promise<void> {
  const child = fork(join(import.meta.dirname, 'release-child.ts'), [
    nadi.kit.config.databaseUrl ?? '',
    nadi.folder,
    archive,
    String(round),
  ]);
  const exited = once(child, 'exit');
  child.on('message', async (told) => {
    if (told !== step) return;
    await delay(40 * Math.random());
    child.kill('SIGKILL');
  });
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'it worked until it was killed');
}

/** That each release with a manifest has just the files it says, all of them in the store, and each patch its blob. */
async function assertWhole({ kit }: ReleasesApp): Promise<void> {
  const { rows } = await kit.pool.query(
    'select id, version, state, manifest_hash from releases order by created_at',
  );
  for (const { id, version, state, manifest_hash: hash } of rows) {
    if (hash === null) {
      assert.equal(state, 'draft', version);
      continue;
    }
    const bytes = await readBlob(kit, hash);
    assert.ok(bytes, version);
    const listed = await kit.pool.query('select path, hash from release_files where release_id = $1', [id]);
    assert.equal(parseManifest(bytes).files.length, listed.rowCount, version);
  }
  const blobs = await kit.pool.query('select hash from release_files union select hash from release_patches');
  for (const { hash } of blobs.rows) {
    const stream = await openBlob(kit, hash);
    assert.ok(stream, hash);
    await stream.toArray();
  }
}
