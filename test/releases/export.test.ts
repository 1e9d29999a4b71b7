import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportMetadata } from '../../server/modules/releases/index.ts';
import { scratch } from './archives.ts';
import { act, published, releasesApp } from './store-app.ts';

test('what is offered is written as files whose names are their hashes, and again without harm', async () => {
  await using nadi = await releasesApp();
  await using folder = await scratch();
  await published(nadi, '1.0.0', [{ name: 'a', data: 'a' }]);
  const held = await published(nadi, '1.1.0', [{ name: 'a', data: 'b' }]);
  await act(nadi, held, 'hold', { reason: 'x' });
  for (let times = 0; times < 2; times += 1)
    assert.equal(await exportMetadata(nadi.kit, nadi.standIns.hooks, folder.path), 3);
  const files = (await readdir(folder.path, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const names = files.map(({ name }) => name).sort();
  const target = names.find((name) => name.endsWith('.manifest.json')) ?? '';
  assert.deepEqual(names, [target, '1.root.json', 'timestamp.json'].sort());
  const body = await readFile(join(folder.path, 'updates/targets/releases/1.0.0', target));
  assert.equal(`${createHash('sha256').update(body).digest('hex')}.manifest.json`, target);
});
