import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerLog } from './server-log.ts';

test('the log stays within bounds and its tail is that of this run', async (t) => {
  const folder = await mkdtemp('/tmp/nadi-log-');
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'postgres.log');
  await writeFile(path, 'an earlier run\n');
  {
    await using log = await ServerLog.open(folder);
    await writeFile(path, 'this run\n', { flag: 'a' });
    assert.equal(await log.tail(), 'this run');
  }
  await writeFile(path, Buffer.alloc(11 * 1024 * 1024, 'x\n'));
  await using log = await ServerLog.open(folder);
  assert.equal((await stat(path)).size, 0);
  assert.equal((await stat(`${path}.1`)).size, 11 * 1024 * 1024);
  await writeFile(path, 'after the cut\n', { flag: 'a' });
  assert.equal(await log.tail(), 'after the cut');
  assert.equal(await readFile(path, 'utf8'), 'after the cut\n');
  assert.deepEqual((await readdir(folder)).sort(), ['postgres.log', 'postgres.log.1']);
});
