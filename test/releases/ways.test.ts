import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { unzipSync } from 'fflate';
import { systemAuthor } from '#kit/http/call.ts';
import { applyDelta, parseManifest } from '#release-metadata';
import { startBucket } from '#simulators';
import { createRelease, fillRelease, openBlob, patchFor } from '../../server/modules/releases/index.ts';
import { scratch, tarOf } from './archives.ts';
import { act, filled, published, type ReleasesApp, releasesApp, standIns } from './store-app.ts';

const files = (text: string, ...more: string[]) => [
  { name: 'app/index.js', data: `${text} `.repeat(2000) },
  { name: 'same', data: 'the same' },
  ...more.map((name) => ({ name, data: name })),
];

async function bytesOfBlob(app: ReleasesApp, hash: string): Promise<Buffer> {
  const stream = await openBlob(app.kit, hash);
  assert.ok(stream);
  const bytes = Buffer.concat(await stream.toArray());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), hash);
  return bytes;
}

test('ways lead from any version that was offered to any that is, forward and back', async () => {
  await using nadi = await releasesApp();
  const ids = [
    await published(nadi, '1.0.0', files('one', 'old')),
    await published(nadi, '1.1.0', files('two', 'new')),
  ];
  const zip = await patchFor(nadi.kit, '1.0.0', '1.1.0', 'zip');
  assert.ok(zip);
  assert.deepEqual(zip.changes, [
    { action: 'update', path: 'app/index.js' },
    { action: 'create', path: 'new' },
    { action: 'delete', path: 'old' },
  ]);
  const unpacked = unzipSync(await bytesOfBlob(nadi, zip.hash));
  assert.deepEqual(Object.keys(unpacked), ['app/index.js', 'new']);
  assert.equal((await patchFor(nadi.kit, '1.1.0', '1.0.0', 'zip'))?.changes[1]?.action, 'delete');
  const delta = await patchFor(nadi.kit, '1.0.0', '1.1.0', 'delta');
  assert.ok(delta && delta.kind === 'delta' && delta.size < zip.size + 400);
  const manifests = [];
  for (const id of ids)
    manifests.push(parseManifest((await nadi.request({ url: `/api/releases/${id}/manifest` })).rawPayload));
  const [from, to] = manifests;
  assert.ok(from && to);
  await using folder = await scratch();
  const old = {
    tree: from,
    open: async ({ hash }: { hash: string }) => (await openBlob(nadi.kit, hash)) ?? Readable.from([]),
  };
  await applyDelta(Readable.from([await bytesOfBlob(nadi, delta.hash)]), old, to, join(folder.path, 'new'));
  // From what we do not know, and from nothing, all of it.
  for (const unknown of ['0.9.0', 'not a version', undefined]) {
    const whole = await patchFor(nadi.kit, unknown, '1.1.0', 'zip');
    assert.equal(whole?.kind, 'full');
    assert.equal(whole?.changes.length, 3);
  }
  await act(nadi, ids[1] ?? '', 'hold', { reason: 'x' });
  assert.equal(await patchFor(nadi.kit, '1.0.0', '1.1.0', 'zip'), undefined);
  assert.equal((await patchFor(nadi.kit, '1.1.0', '1.0.0', 'zip'))?.kind, 'zip');
  await filled(nadi, '2.0.0', files('draft'));
  assert.equal(await patchFor(nadi.kit, '1.0.0', '2.0.0', 'zip'), undefined);
});

test('however many ask at once, on two nodes, one patch is made and all get it', async () => {
  await using nadi = await releasesApp();
  await using other = await releasesApp(
    { databaseUrl: nadi.kit.config.databaseUrl ?? '', env: { RELEASES_DIR: nadi.folder } },
    standIns(),
  );
  await published(nadi, '1.0.0', files('one'));
  await published(nadi, '1.1.0', files('two'));
  const asked = Array.from({ length: 20 }, (_, at) =>
    patchFor(at % 2 === 0 ? nadi.kit : other.kit, '1.0.0', '1.1.0', at % 3 === 0 ? 'delta' : 'zip'),
  );
  const found = await Promise.all(asked);
  assert.equal(new Set(found.map((patch) => patch?.hash)).size, 2);
  const { rows } = await nadi.kit.pool.query('select kind from release_patches order by kind');
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['delta', 'zip'],
  );
  assert.deepEqual(await readdir(join(nadi.folder, 'incoming')), []);
});

test('in a bucket, too; and where it fails for a moment, whoever asked together is told once', async () => {
  const keys = { accessKeyId: 'AKIA', secretAccessKey: 'Rahasia', region: 'us-east-1' };
  await using bucket = await startBucket({ ...keys, name: 'rilis' });
  await using nadi = await releasesApp({
    env: {
      RELEASES_S3_ENDPOINT: bucket.url,
      RELEASES_S3_BUCKET: 'rilis',
      RELEASES_S3_ACCESS_KEY_ID: keys.accessKeyId,
      RELEASES_S3_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
  });
  await published(nadi, '1.0.0', files('one'));
  await published(nadi, '1.1.0', files('two'));
  const ask = () =>
    Promise.allSettled(Array.from({ length: 6 }, () => patchFor(nadi.kit, '1.0.0', '1.1.0', 'delta')));
  bucket.faults.push({ method: 'GET', do: 'refuse' });
  // Each for itself would try in turn, and only the first would fail.
  assert.ok((await ask()).filter(({ status }) => status === 'rejected').length > 1);
  const [first, ...rest] = await ask();
  assert.ok(first?.status === 'fulfilled' && first.value);
  for (const other of rest) assert.deepEqual(other, first);
  await bytesOfBlob(nadi, first.value.hash);
});

test('the job makes whole packages of what is offered, and forgets what nobody needs', async () => {
  await using nadi = await releasesApp();
  await published(nadi, '1.0.0', files('one'));
  await published(nadi, '1.1.0', files('two'));
  await nadi.drainJobs();
  const kinds = async () =>
    (await nadi.kit.pool.query('select kind from release_patches order by kind')).rows.map(
      ({ kind }) => kind,
    );
  assert.deepEqual(await kinds(), ['full', 'full']);
  const zip = await patchFor(nadi.kit, '1.0.0', '1.1.0', 'zip');
  assert.ok(zip);
  const tidy = nadi.edition.jobs.find(({ name }) => name === 'releases.tidy');
  assert.ok(tidy);
  const run = () => tidy.run({}, new AbortController().signal);
  nadi.clock.advance({ hours: 40 * 24 });
  await patchFor(nadi.kit, '1.0.0', '1.1.0', 'zip');
  nadi.clock.advance({ hours: 40 * 24 });
  await run();
  assert.deepEqual(await kinds(), ['full', 'full', 'zip']);
  nadi.clock.advance({ hours: 40 * 24 });
  await run();
  assert.deepEqual(await kinds(), ['full', 'full']);
  assert.equal(await openBlob(nadi.kit, zip.hash), undefined);
  // It is made again for who asks again, the same to the byte.
  assert.equal((await patchFor(nadi.kit, '1.0.0', '1.1.0', 'zip'))?.hash, zip.hash);
  await bytesOfBlob(nadi, zip.hash);
});

test('what nothing refers to goes after a day, and never what somebody has just set out to use', async () => {
  await using nadi = await releasesApp();
  const author = systemAuthor('test');
  const id = await filled(nadi, '1.0.0', files('first'));
  await filled(nadi, '1.0.1', files('shared'));
  const blobs = async () =>
    (await nadi.kit.pool.query('select hash from release_blobs')).rows.map(({ hash }) => String(hash));
  const tidy = nadi.edition.jobs.find(({ name }) => name === 'releases.tidy');
  assert.ok(tidy);
  const before = await blobs();
  await nadi.request({ method: 'DELETE', url: `/api/releases/${id}` });
  await tidy.run({}, new AbortController().signal);
  assert.deepEqual((await blobs()).sort(), before.sort());
  nadi.clock.advance({ hours: 25 });
  await using folder = await scratch();
  await writeFile(join(folder.path, 'a.tar'), tarOf(files('first')));
  const made = await createRelease(nadi.kit, author, { version: '1.0.2', channel: 'stable' });
  await Promise.all([
    tidy.run({}, new AbortController().signal),
    fillRelease(nadi.kit, nadi.standIns.hooks, author, made.id, join(folder.path, 'a.tar')),
    tidy.run({}, new AbortController().signal),
  ]);
  const left = await blobs();
  for (const hash of left) await bytesOfBlob(nadi, hash);
  for (const hash of before.filter((known) => !left.includes(known)))
    assert.equal(existsSync(join(nadi.folder, hash.slice(0, 2), hash)), false);
  assert.ok(left.length < before.length + 2);
});
