import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { runNadi } from '../support/nadi-process.ts';
import { testApp } from '../support/test-app.ts';

test('a vendor is seeded with its administrator, and with nothing of a provider', async () => {
  await using database = await testDatabase();
  const seeded = await runNadi(['seed', '--edition', 'vendor', '--email', 'kawan@vendor.test'], database.url);
  assert.equal(seeded.code, 0, seeded.stderr);
  assert.match(seeded.stdout, /^Administrator: {2}kawan@vendor\.test\nPassword: /);
  await using nadi = await testApp({ databaseUrl: database.url });
  const { rows } = await nadi.kit.pool.query(
    `select (select count(*)::int from packages) as packages, (select count(*)::int from router_settings) as routers,
      (select role from users where email = 'kawan@vendor.test') as role`,
  );
  assert.deepEqual(rows, [{ packages: 0, routers: 0, role: 'super_owner' }]);
});

test('whoever reads only the first lines, as head does, breaks no command', async () => {
  const main = join(import.meta.dirname, '../../server/main.ts');
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let told = '';
  child.stderr.on('data', (chunk) => (told += chunk));
  const [code] = await once(child, 'close');
  assert.deepEqual([code, told], [0, '']);
});
