import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { newSite } from './agent-cli.ts';
import { noticesWorld } from './notices-world.ts';

// What people see and settle of notices, and what is said of their settings.

let world: Awaited<ReturnType<typeof noticesWorld>>;
before(async () => {
  world = await noticesWorld();
});
after(() => world?.[Symbol.asyncDispose]());
beforeEach(() => world.calm());

test('what is read, dismissed, old, or not asked for is sent to nobody', async () => {
  using at = world.site({ notices: { about: ['trouble'] } });
  for (const message of ['basi', 'dibaca', 'dibuang', 'baru']) {
    at.tell(message);
    if (message === 'basi') world.later(4 * 24 * 60);
  }
  at.tell('dari server', 'server_message');
  const list = async () =>
    (await at.run('notices:list', '--all')).json.data as { id: number; message: string; is_read: boolean }[];
  assert.equal((await list()).length, 5);
  assert.equal((await at.run('notices:read', '2')).json.count, 1);
  assert.equal((await at.run('notices:dismiss', '3')).json.count, 1);
  assert.equal((await at.run('notices:read', '99')).json.error.code, 'no_notice');
  assert.equal((await at.run('notices:read', 'x')).json.error.code, 'bad_option');
  assert.deepEqual(
    (await list()).map(({ id, is_read: isRead }) => [id, isRead]),
    [
      [5, false],
      [4, false],
      [2, true],
      [1, false],
    ],
  );
  assert.deepEqual(
    (await at.run('notices:list')).json.data.map(({ id }: { id: number }) => id),
    [5, 4, 1],
  );
  await at.send();
  assert.deepEqual(
    at.by('email').map(({ text }) => text.split('\n')[0]),
    ['baru'],
  );
  assert.equal((await at.run('notices:dismiss', 'all')).json.count, 5);
  assert.match(
    (await at.bare('notices:list', '--root', at.root)).out,
    /^There is nothing new\.\nemail: 0 waiting/,
  );
});

test('a trial tells which channel takes nothing, and why', async () => {
  using at = world.site();
  world.messages.faults.add({ do: 'fail', status: 404 as 503, call: /services/ });
  const { code, json } = await at.run('notices:test');
  assert.deepEqual(
    [code, json.data],
    [
      1,
      [
        { channel: 'email', fault: null },
        { channel: 'slack', fault: 'HTTP 404' },
        { channel: 'webhook', fault: null },
      ],
    ],
  );
  assert.equal(at.by('webhook').length, 1);
  using none = newSite({ files: {}, env: {} });
  assert.equal((await none.run('notices:test')).json.error.code, 'no_channel');
});

test('what is missing or unsafe is told by its name, and without what it holds', async () => {
  using at = newSite({
    files: {},
    env: { SLACK_URL: 'http://hooks.example.com/RAHASIA', HOOK_SECRET: '' },
    settings: {
      notices: {
        email: { to: ['a@example.com'] },
        slack: { url_from: 'SLACK_URL' },
        webhook: { url: 'https://u:p@example.com/', secret_from: 'HOOK_SECRET' },
      },
    },
  });
  const { json, out } = await at.run('notices:list');
  for (const name of ['MAIL_HOST', 'SLACK_URL', 'notices\\.webhook\\.url', 'HOOK_SECRET'])
    assert.match(json.error.message, new RegExp(`^ {2}${name} `, 'm'));
  assert.doesNotMatch(out, /RAHASIA/);
});

test('a license that the server refuses is told once, and once again when it is accepted', async () => {
  let status = 401;
  world.host.answers.set('/ota/heartbeat', (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'ok' })),
  );
  using at = world.site({
    env: { OTA_SERVER_URL: world.host.url, OTA_AGENT_CODE: 'A', OTA_LICENSE_KEY: 'KUNCI-LISENSI' },
  });
  await at.run('ota:heartbeat');
  await at.run('ota:heartbeat');
  status = 200;
  await at.run('ota:heartbeat');
  await at.run('ota:heartbeat');
  assert.deepEqual(
    at.by('webhook').map(({ body }) => JSON.parse(body).message.replace(/ \/ .*/, '')),
    [
      'Server pembaruan menolak kode agen atau kunci lisensi instalasi ini.',
      'Vendor kembali menerima lisensi instalasi ini.',
    ],
  );
});
