import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemAuthor } from '#kit/http/call.ts';
import { fillRelease, offerable, openBlob } from '../../server/modules/releases/index.ts';
import { tarOf, zipFile } from './archives.ts';
import { act, filled, newDraft, published, releasesApp, send, sign } from './store-app.ts';

const nadi = await releasesApp();
after(() => nadi[Symbol.asyncDispose]());

const files = (text: string) => [
  { name: 'app/index.js', data: text },
  { name: 'bin/run.sh', data: '#!/bin/sh\n', mode: 0o755 },
];
const stateOf = async (id: string) => (await nadi.request({ url: `/api/releases/${id}` })).json().state;

test('a release lives from draft to yanked, and each step is in the audit log', async () => {
  const id = await filled(nadi, '1.0.0', files('one'), { changelog: 'Pertama', is_floor: true });
  const manifest = (await nadi.request({ url: `/api/releases/${id}/manifest` })).json();
  assert.deepEqual(
    manifest.files.map(({ path, size, executable }: Record<string, unknown>) => [path, size, executable]),
    [
      ['app/index.js', 3, false],
      ['bin/run.sh', 10, true],
    ],
  );
  assert.equal(manifest.is_floor, true);
  assert.equal((await act(nadi, id, 'publish')).json().code, 'release_state');
  assert.equal((await act(nadi, id, 'sign')).statusCode, 200);
  const target = nadi.standIns.targets.get('releases/1.0.0/manifest.json');
  assert.equal(target?.sha256, (await nadi.request({ url: `/api/releases/${id}` })).json().manifest_sha256);
  assert.equal(await stateOf(id), 'draft');
  await sign(nadi, '1.0.0');
  assert.equal(await stateOf(id), 'signed');
  assert.deepEqual(await offerable(nadi.kit), []);
  assert.equal((await act(nadi, id, 'publish')).json().state, 'published');
  assert.equal((await act(nadi, id, 'publish')).json().code, 'release_state');
  assert.deepEqual(
    (await offerable(nadi.kit)).map(({ version }) => version),
    ['1.0.0'],
  );
  assert.equal((await act(nadi, id, 'hold', { reason: 'Galat' })).json().state_reason, 'Galat');
  assert.deepEqual(await offerable(nadi.kit), []);
  assert.equal((await act(nadi, id, 'unhold')).json().state, 'published');
  assert.equal((await act(nadi, id, 'yank', { reason: 'Rusak' })).json().state, 'yanked');
  for (const [what, body] of [['publish'], ['sign'], ['unhold'], ['hold', { reason: 'x' }]] as const)
    assert.equal((await act(nadi, id, what, body)).json().code, 'release_state', what);
  const { rows } = await nadi.kit.pool.query('select action from audit_logs where subject_id = $1', [id]);
  assert.deepEqual(rows.map(({ action }) => String(action).replace('release.', '')).sort(), [
    'created',
    'filled',
    'held',
    'published',
    'signed',
    'submitted',
    'unheld',
    'yanked',
  ]);
});

test('versions that are none, or were used, are refused in a sentence', async () => {
  for (const version of [
    'v1.2.3',
    '1.2',
    '01.2.3',
    '1.2.3 beta',
    'latest',
    '1.2.3+build',
    `1.2.3-${'a'.repeat(60)}`,
  ]) {
    const answer = await nadi.request({ method: 'POST', url: '/api/releases', body: { version } });
    assert.equal(answer.statusCode, 422, version);
    assert.ok(answer.json().errors.version, version);
  }
  await newDraft(nadi, '1.1.0');
  const again = await nadi.request({ method: 'POST', url: '/api/releases', body: { version: '1.1.0' } });
  assert.equal(again.json().code, 'release_exists');
  const both = await Promise.all(
    [1, 2].map(() => nadi.request({ method: 'POST', url: '/api/releases', body: { version: '1.1.1' } })),
  );
  assert.deepEqual(both.map(({ statusCode }) => statusCode).sort(), [201, 409]);
  const higher = { version: '1.1.2', min_version: '1.1.2' };
  assert.ok(
    (await nadi.request({ method: 'POST', url: '/api/releases', body: higher })).json().errors.min_version,
  );
});

test('a bad archive is refused by its entry, in both languages, and nothing of the draft changes', async () => {
  const id = await filled(nadi, '1.2.0', files('good'));
  const before = (await nadi.request({ url: `/api/releases/${id}` })).json();
  const stored = await everyFile(nadi.folder);
  for (const archive of [
    tarOf([...files('evil'), { name: '../evil', data: 'x' }]),
    zipFile([
      { name: 'a', data: 'x' },
      { name: 'A', data: 'y' },
    ]),
    tarOf(files('cut')).subarray(0, 1400),
    Buffer.from('no archive'),
    Buffer.alloc(0),
  ]) {
    const answer = await send(nadi, `/api/releases/${id}/archive`, archive);
    assert.equal(answer.statusCode, 422, answer.body);
    assert.equal(answer.json().code, 'release_archive');
  }
  assert.deepEqual((await nadi.request({ url: `/api/releases/${id}` })).json(), before);
  assert.deepEqual(await everyFile(nadi.folder), stored);
  const indonesian = await nadi.app.inject({
    method: 'POST',
    url: `/api/releases/${id}/archive`,
    payload: zipFile([{ name: 'CON' }]),
    headers: {
      'content-type': 'application/zip',
      'accept-language': 'id',
      authorization: `Bearer ${(await nadi.request({ method: 'POST', url: '/api/tokens', body: { name: 'x' } })).json().token}`,
    },
  });
  assert.match(indonesian.json().message, /^CON: Windows atau macOS tidak dapat/);
});

test('an archive is not taken for a release that is no draft, nor a release without files for signing', async () => {
  const id = await published(nadi, '1.3.0', files('done'));
  const sent = await send(nadi, `/api/releases/${id}/archive`, tarOf(files('other')));
  assert.equal(sent.json().code, 'release_state');
  const change = { method: 'PUT', url: `/api/releases/${id}`, body: { changelog: 'x' } } as const;
  assert.equal((await nadi.request(change)).json().code, 'release_state');
  assert.equal(
    (await nadi.request({ method: 'DELETE', url: `/api/releases/${id}` })).json().code,
    'release_state',
  );
  const empty = await newDraft(nadi, '1.3.1');
  assert.equal((await act(nadi, empty, 'sign')).json().code, 'release_empty');
});

test('a change of a draft takes it back from the offline keys, and what they signed before does not count', async () => {
  const id = await filled(nadi, '1.4.0', files('first'));
  await act(nadi, id, 'sign');
  const changed = await nadi.request({
    method: 'PUT',
    url: `/api/releases/${id}`,
    body: { changelog: 'Baru' },
  });
  assert.equal(changed.statusCode, 200, changed.body);
  assert.equal(nadi.standIns.targets.has('releases/1.4.0/manifest.json'), false);
  assert.equal((await nadi.request({ url: `/api/releases/${id}/manifest` })).json().changelog, 'Baru');
  assert.equal((await nadi.request({ method: 'DELETE', url: `/api/releases/${id}` })).statusCode, 204);
  assert.equal((await nadi.request({ url: `/api/releases/${id}` })).statusCode, 404);
});

test('no statement brings a release from one state to another that does not follow', async () => {
  const id = await filled(nadi, '1.5.0', files('x'));
  const to = (state: string) =>
    nadi.kit.pool.query('update releases set state = $2 where id = $1', [id, state]);
  await assert.rejects(to('published'), { constraint: 'releases_moves' });
  await to('signed');
  await assert.rejects(nadi.kit.pool.query("update releases set changelog = 'x' where id = $1", [id]), {
    constraint: 'releases_moves',
  });
  await assert.rejects(nadi.kit.pool.query('delete from releases where id = $1', [id]), {
    constraint: 'releases_moves',
  });
});

test('files that arrive for a draft as it was are not put to one that was changed meanwhile', async () => {
  const id = await newDraft(nadi, '1.9.0');
  const archive = tarOf(files('late'));
  async function* slowly() {
    yield archive.subarray(0, 700);
    const changed = await nadi.request({
      method: 'PUT',
      url: `/api/releases/${id}`,
      body: { changelog: 'Baru' },
    });
    assert.equal(changed.statusCode, 200);
    yield archive.subarray(700);
  }
  const author = systemAuthor('test');
  await assert.rejects(fillRelease(nadi.kit, nadi.standIns.hooks, author, id, slowly()), {
    code: 'conflict',
  });
  assert.equal((await nadi.request({ url: `/api/releases/${id}` })).json().files, 0);
});

test('two publishes at once publish once; two archives at once leave one of them, whole', async () => {
  const id = await filled(nadi, '1.6.0', files('x'));
  const sent = await Promise.all(
    ['left', 'right'].map((text) =>
      send(nadi, `/api/releases/${id}/archive`, tarOf([{ name: text, data: text }])),
    ),
  );
  assert.ok(
    sent.every(({ statusCode }) => statusCode === 200 || statusCode === 409),
    sent.map(({ body }) => body).join(),
  );
  const manifest = (await nadi.request({ url: `/api/releases/${id}/manifest` })).json();
  assert.equal(manifest.files.length, 1);
  const { rows } = await nadi.kit.pool.query('select path from release_files where release_id = $1', [id]);
  assert.deepEqual(
    rows.map(({ path }) => path),
    [manifest.files[0].path],
  );
  await act(nadi, id, 'sign');
  await sign(nadi, '1.6.0');
  const done = await Promise.all([1, 2, 3].map(() => act(nadi, id, 'publish')));
  assert.equal(done.filter(({ statusCode }) => statusCode === 200).length, 1);
  const audited = await nadi.kit.pool.query(
    "select count(*)::int as n from audit_logs where subject_id = $1 and action = 'release.published'",
    [id],
  );
  assert.equal(audited.rows[0].n, 1);
});

test('a blob that was changed on the disk is not handed out as if it were whole', async () => {
  await published(nadi, '1.8.0', [{ name: 'only', data: 'as it was signed' }]);
  const { rows } = await nadi.kit.pool.query("select hash from release_files where path = 'only'");
  const path = join(nadi.folder, rows[0].hash.slice(0, 2), rows[0].hash);
  await writeFile(path, 'as it was forged');
  const stream = await openBlob(nadi.kit, rows[0].hash);
  await assert.rejects(stream?.toArray() ?? Promise.resolve(), { code: 'release_store' });
  await rm(path);
  assert.equal(await openBlob(nadi.kit, rows[0].hash), undefined);
});

async function everyFile(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  await Promise.all(names.map((name) => readFile(name)));
  return names.sort();
}
