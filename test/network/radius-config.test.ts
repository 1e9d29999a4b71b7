import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  freeradiusMissing,
  pppoe,
  radclient,
  runFreeradius,
  startFreeradius,
} from '../support/freeradius.ts';
import { runNadi } from '../support/nadi-process.ts';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { addLine, addRouter, secret } from './radius-support.ts';

const parent = await mkdtemp(join(tmpdir(), 'nadi-raddb-'));
await chmod(parent, 0o711);
after(() => rm(parent, { recursive: true, force: true }));
/** The key that a test app seals with. */
const env = { APP_KEY: `base64:${Buffer.alloc(32, 7).toString('base64')}` };

test('radius:config writes a configuration that FreeRADIUS runs on as it is', {
  skip: freeradiusMissing,
}, async () => {
  await using nadi = await testApp();
  await addRouter(nadi);
  nadi.clock.advance({ seconds: 1 });
  await addRouter(nadi, { name: 'Cabang', host: '127.0.0.1', port: 8729 });
  await addRouter(nadi, { name: 'Jauh', host: 'tidak-ada.invalid' });
  await addRouter(nadi, { name: 'Tanpa', host: '192.0.2.7', radius_secret: null, use_radius: false });
  await addLine(nadi, 'budi');
  const folder = join(parent, 'one');
  const args = ['radius:config', '--out', folder, '--port', '27182'];
  const ended = await runNadi(args, nadi.kit.config.databaseUrl ?? '', env);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /for 1 router\(s\): Pusat/);
  assert.match(ended.stderr, /Cabang is left out: another router has the address/);
  assert.match(ended.stderr, /Jauh is left out: the name tidak-ada.invalid has no address/);
  for (const name of ['radiusd.conf', 'clients.conf', 'mods-enabled/sql']) {
    assert.equal((await stat(join(folder, name))).mode & 0o077, 0, `${name} is for its owner alone`);
  }
  await using _running = await runFreeradius(nadi.kit, folder, 27_182);
  const answer = await radclient(27_182, 'auth', secret, pppoe('budi', 'User-Password = "sandi-budi"'));
  assert.equal(answer.code, 'Access-Accept');
});

test('it writes over its own files, and over nobody else’s', async () => {
  await using nadi = await testApp();
  const url = nadi.kit.config.databaseUrl ?? '';
  const own = join(parent, 'own');
  for (const _ of [1, 2]) assert.equal((await runNadi(['radius:config', '--out', own], url, env)).code, 0);
  const foreign = join(parent, 'foreign');
  await mkdir(foreign);
  await writeFile(join(foreign, 'radiusd.conf'), 'name = mine\n');
  const refused = await runNadi(['radius:config', '--out', foreign], url, env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is not Nadi's/);
  assert.equal(await readFile(join(foreign, 'radiusd.conf'), 'utf8'), 'name = mine\n');
  assert.equal((await runNadi(['radius:config', '--out', '/tmp/a b'], url, env)).code, 1);
});

test('a secret may have any sign that FreeRADIUS takes for something else', {
  skip: freeradiusMissing,
}, async () => {
  await using nadi = await testApp();
  await addLine(nadi, 'budi');
  const odd = `a$b{c}"%{User-Name}'#\${confdir}\\n$ENV{HOME}\té`;
  await addRouter(nadi, { radius_secret: odd });
  await addRouter(nadi, { name: 'Aneh', host: '192.0.2.8', radius_secret: 'miring\\' });
  await using radius = await startFreeradius(nadi);
  const answer = await radclient(radius.port, 'auth', odd, pppoe('budi', 'User-Password = "sandi-budi"'));
  assert.equal(answer.code, 'Access-Accept');
});

test('the test of a RADIUS setting tells in plain words whether the server answers', {
  skip: freeradiusMissing,
}, async () => {
  await using nadi = await testApp();
  const add = (port: number, given: string) =>
    ok(nadi, {
      method: 'POST',
      url: '/api/radius-settings',
      body: { host: '127.0.0.1', port, secret: given, enabled: true },
    });
  const first = await add(1812, 'rahasia-uji');
  await using radius = await startFreeradius(nadi);
  await ok(nadi, { method: 'PUT', url: `/api/radius-settings/${first.id}`, body: { port: radius.port } });
  const run = (id: string, headers = {}) =>
    ok<{ success: boolean; message: string }>(nadi, {
      method: 'POST',
      url: `/api/radius-settings/${id}/test`,
      headers,
    });
  assert.deepEqual(await run(first.id), {
    success: true,
    message: 'The RADIUS server answers, and the secret is right.',
  });
  await ok(nadi, { method: 'PUT', url: `/api/radius-settings/${first.id}`, body: { secret: 'salah' } });
  const wrong = await run(first.id, { 'accept-language': 'id' });
  assert.equal(wrong.success, false);
  assert.match(wrong.message, /^Tidak ada jawaban/);
});
