import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { metadataFiles } from '../../server/modules/trust/index.ts';
import { signAll } from './signers.ts';
import { vendorApp } from './vendor-app.ts';

test('metadata and files are plain files that caches may keep, and a CDN gets the same', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const get = (url: string, headers: Record<string, string> = {}) =>
    nadi.request({ as: 'nobody', url: `/updates/${url}`, headers });
  const root = await get('metadata/1.root.json');
  assert.equal(root.statusCode, 200);
  assert.equal(root.headers['cache-control'], 'public, max-age=31536000, immutable');
  const timestamp = await get('metadata/timestamp.json');
  assert.equal(timestamp.headers['cache-control'], 'public, max-age=60');
  const etag = String(timestamp.headers.etag);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const unchanged = await get('metadata/timestamp.json', { 'if-none-match': known });
    assert.deepEqual([unchanged.statusCode, unchanged.body], [304, ''], known);
  }
  assert.equal((await get('metadata/timestamp.json', { 'if-none-match': '"other"' })).statusCode, 200);
  const head = await nadi.request({ as: 'nobody', method: 'HEAD', url: '/updates/metadata/timestamp.json' });
  assert.deepEqual([head.statusCode, head.body, head.headers.etag], [200, '', etag]);

  const path = await vendor.add('1.0.0', 'isi');
  const hash = createHash('sha256').update('isi').digest('hex');
  const file = `targets/releases/1.0.0/${hash}.manifest.json`;
  await signAll(nadi.kit, hooks, set);
  // Not before it is published, though the store has it.
  assert.equal((await get(file)).statusCode, 404);
  await vendor.publish(path);
  const target = await get(file);
  assert.deepEqual([target.statusCode, target.body], [200, 'isi']);
  assert.match(String(target.headers['cache-control']), /immutable/);

  // What a static server needs is what is served here, byte for byte.
  const files = await metadataFiles(nadi.kit.db);
  assert.equal(files.length, 4);
  for (const { name, body } of files) {
    assert.deepEqual((await get(`metadata/${name}`)).rawPayload, Buffer.from(body), name);
  }
  for (const url of [
    'metadata/2.root.json',
    'metadata/0.root.json',
    'metadata/01.root.json',
    'metadata/9999999999.root.json',
    'metadata/root.json',
    'metadata/1.timestamp.json',
    'metadata/1.director.json',
    'metadata/..%2f1.root.json',
    'metadata/1.root.json%00',
    `targets/releases/1.0.1/${hash}.manifest.json`,
    `targets/releases/1.0.0/${hash}.other.json`,
    `targets/releases/1.0.0/${'a'.repeat(64)}.manifest.json`,
    `targets/releases/__proto__/${hash}.manifest.json`,
    'targets/releases/1.0.0/manifest.json',
  ]) {
    assert.ok([404, 422].includes((await get(url)).statusCode), url);
  }
});
