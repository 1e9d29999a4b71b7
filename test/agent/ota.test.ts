import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addInstallations, type Client } from '../fleet/fleet-world.ts';
import { wiredApp } from '../fleet/wired-app.ts';
import { published, type ReleasesApp } from '../releases/store-app.ts';
import { ok } from '../support/provider.ts';
import { newSite, type SiteOptions } from './agent-cli.ts';

// The agent against the vendor's server as it is wired, over real sockets.

let nadi: ReleasesApp;
let url: string;
let clients: readonly Client[];
let next = 0;

const first = {
  artisan: '<?php // artisan\n',
  'app/Member.php': '<?php // 1\n',
  'app/Old/Deprecated.php': '<?php // old\n',
  'public/nama dengan spasi & ünï.js': 'same',
};
const second = {
  artisan: first.artisan,
  'app/Member.php': '<?php // 2\n',
  'app/Services/NewService.php': '<?php // new\n',
  'public/nama dengan spasi & ünï.js': 'same',
};
const filesOf = (tree: Readonly<Record<string, string>>) =>
  Object.entries(tree).map(([name, data]) => ({ name, data }));
const shell = (script: string) => ['/bin/sh', '-c', script];

before(async () => {
  nadi = await wiredApp();
  // Where it listens is known only now; links lead to APP_URL.
  url = await nadi.app.listen({ host: '127.0.0.1', port: 0 });
  Object.assign(nadi.kit.config, { appUrl: url });
  clients = await addInstallations(nadi, 20);
  await published(nadi, '1.0.0', filesOf(first));
  await published(nadi, '1.1.0', filesOf(second), {
    min_version: '1.0.0',
    changelog: 'Perbaikan pencarian',
    has_migrations: true,
  });
});
after(() => nadi?.[Symbol.asyncDispose]());

function installed(options: Partial<SiteOptions> = {}) {
  const who = clients[next++] ?? assert.fail('add more installations');
  const { env, ...rest } = options;
  const site = newSite({
    files: first,
    settings: { hooks: { migrate: shell('echo migrated >> migrated.txt') } },
    ...rest,
    env: {
      UPDATE_SOURCE: 'ota',
      OTA_SERVER_URL: `${url}/`,
      OTA_AGENT_CODE: who.agent_code,
      OTA_LICENSE_KEY: who.license_key,
      ...env,
    },
  });
  const reports = async () =>
    (
      await ok<{ data: { version: string; status: string; error: string | null }[] }>(nadi, {
        url: `/api/fleet/reports?installation_id=${who.id}`,
      })
    ).data;
  const direct = (body: object) =>
    ok(nadi, {
      method: 'PUT',
      url: `/api/fleet/installations/${who.id}/directives`,
      body: { reason: 'Uji', ...body },
    });
  return { ...site, reports, direct };
}

test('the launcher hands the agent its commands, which find an update, apply it and report it', async () => {
  using at = installed();
  const check = await at.launch('agent', 'ota:check');
  assert.equal(check.code, 0, check.notes);
  assert.match(check.out, /Pembaruan tersedia: 1\.0\.0 → 1\.1\.0\n {2}Perubahan: Perbaikan pencarian\n/);
  const done = await at.launch('ota:update', '--force', '--json');
  assert.equal(done.code, 0, done.out + done.notes);
  assert.deepEqual(done.json, { status: 'completed', id: 1, version: '1.1.0' });
  for (const [path, text] of Object.entries(second)) assert.equal(at.read(path), text, path);
  assert.equal(at.read('app/Old/Deprecated.php'), undefined);
  assert.deepEqual([at.read('.version'), at.read('migrated.txt')], ['1.1.0\n', 'migrated\n']);
  const [report, ...more] = await at.reports();
  assert.partialDeepStrictEqual(report, { version: '1.1.0', status: 'success', error: null });
  assert.equal(more.length, 0);
  const again = await at.launch('agent', 'ota:check');
  assert.match(again.out, /Sudah versi terbaru \(1\.1\.0\)/);
});

test('one that fails is undone, reported once, told in the history, and not tried again at once', async () => {
  using at = installed({ settings: { hooks: { migrate: shell('echo kolom ganda; exit 3') } } });
  const failed = await at.run('ota:update', '--force');
  assert.equal(failed.code, 1);
  assert.match(failed.json.error.message, /1\.0\.0 was put back as it was.*kolom ganda/s);
  for (const [path, text] of Object.entries(first)) assert.equal(at.read(path), text, path);
  assert.equal(at.read('.version'), undefined);
  const [report] = await at.reports();
  assert.partialDeepStrictEqual(report, { version: '1.1.0', status: 'failed' });
  const { json } = await at.run('update:history');
  assert.partialDeepStrictEqual(json.data[0], { id: 1, version: '1.1.0', status: 'rolled_back' });
  // The server does not offer it again.
  assert.equal((await at.run('ota:check')).json.is, 'none');
});

test('nothing is taken that nobody confirmed', async () => {
  using at = installed();
  assert.equal((await at.run('ota:update')).json.error.code, 'needs_force');
  using declines = installed({ answer: 'n' });
  assert.equal((await declines.run('ota:update')).json.status, 'declined');
  assert.equal(declines.read('.version'), undefined);
  using agrees = installed({ answer: 'ya' });
  assert.equal((await agrees.run('ota:update')).json.status, 'completed');
});

test('what is excluded stays as it is, whatever the release says', async () => {
  using at = installed({
    settings: { excluded: ['app/old', 'app/Member.php'], hooks: { migrate: shell('true') } },
  });
  assert.equal((await at.run('ota:update', '--force')).json.status, 'completed');
  assert.equal(at.read('app/Member.php'), first['app/Member.php']);
  assert.equal(at.read('app/Old/Deprecated.php'), first['app/Old/Deprecated.php']);
  assert.equal(at.read('app/Services/NewService.php'), second['app/Services/NewService.php']);
});

test('wrong credentials, a switched-off installation and a pause are each told in a sentence', async () => {
  using stranger = installed({ env: { OTA_LICENSE_KEY: 'WRONG' } });
  const said = await stranger.run('ota:check');
  assert.deepEqual([said.code, said.json.error.code], [1, 'credentials']);
  assert.doesNotMatch(said.out, /WRONG/);
  using at = installed();
  await at.run('ota:check');
  await at.direct({ suspended: true });
  assert.partialDeepStrictEqual(await at.run('ota:update', '--force'), {
    code: 0,
    json: { is: 'suspended' },
  });
  await at.direct({ disabled: true });
  assert.partialDeepStrictEqual(await at.run('ota:check'), { code: 1, json: { is: 'disabled' } });
});

test('a heartbeat says what runs and does what the office wants; failing, it still ends with 0', async () => {
  using at = installed({
    settings: {
      hooks: {
        migrate: shell('true'),
        maintenance_on: shell('touch down'),
        maintenance_off: shell('rm -f down'),
      },
      client_info: { php: '8.2.1' },
    },
  });
  assert.partialDeepStrictEqual(await at.run('ota:heartbeat'), { code: 0, json: { ok: true, update: null } });
  await at.direct({ server_message: 'Server pindah besok.', disabled: true });
  await at.run('ota:heartbeat');
  assert.equal(at.read('down'), '');
  await at.direct({ disabled: false });
  await at.run('ota:heartbeat');
  assert.equal(at.read('down'), undefined);
  await at.direct({ force_version: '1.1.0' });
  const { json, out } = await at.run('ota:heartbeat');
  assert.equal(json.update?.status, 'completed', out);
  assert.equal(at.read('.version'), '1.1.0\n');
  using lost = installed({ env: { OTA_SERVER_URL: 'http://127.0.0.1:1' } });
  assert.partialDeepStrictEqual(await lost.run('ota:heartbeat'), {
    code: 0,
    json: { ok: false, code: 'unreachable' },
  });
});

test('an agent that dies in the middle of an update undoes it when it next says that it lives, and reports it once', async () => {
  using at = installed({
    settings: { hooks: { migrate: shell('echo half > half.txt; kill -9 $PPID; sleep 100') } },
  });
  assert.equal((await at.launch('ota:update', '--force')).code, null);
  assert.equal(at.read('app/Member.php'), second['app/Member.php']);
  assert.equal((await at.run('ota:heartbeat')).json.ok, true);
  for (const [path, text] of Object.entries(first)) assert.equal(at.read(path), text, path);
  assert.equal(at.read('app/Services/NewService.php'), undefined);
  await at.run('ota:heartbeat');
  const reports = await at.reports();
  assert.equal(reports.length, 1);
  assert.partialDeepStrictEqual(reports[0], { version: '1.1.0', status: 'failed' });
  const { data } = (await at.run('notices:list')).json;
  assert.deepEqual(
    data.map((notice: { notification_type: string }) => notice.notification_type),
    ['update_failed', 'update_started', 'new_version'],
  );
});

test('a failure tells the vendor what the migration printed, but not the key', async () => {
  using at = installed({ settings: { hooks: { migrate: shell('cat .env; exit 1') } } });
  await at.run('ota:update', '--force');
  const [report] = await at.reports();
  assert.match(report?.error ?? '', /OTA_LICENSE_KEY=…/);
});

for (const source of ['github', 'custom']) {
  test(`the vendor's releases are taken as ${source} gives them, with the one token of spec 2`, async () => {
    const who = clients[next] ?? assert.fail('add more installations');
    using at = installed({
      env: {
        UPDATE_SOURCE: source,
        UPDATE_CHECK_URL: `${url}/repos/nadi/nadi/releases/latest`,
        UPDATE_SERVER_TOKEN: `${who.agent_code}:${who.license_key}`,
      },
    });
    const done = await at.run('update:apply', '--force');
    assert.equal(done.code, 0, done.out);
    for (const [path, text] of Object.entries(second)) assert.equal(at.read(path), text, path);
    assert.equal(at.read('.version'), '1.1.0\n');
  });
}
