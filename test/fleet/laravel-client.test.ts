import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { published, type ReleasesApp } from '../releases/store-app.ts';
import { ok } from '../support/provider.ts';
import { addInstallations, type Client } from './fleet-world.ts';
import { type LaravelClient, laravelClient, laravelMissing } from './laravel/client.ts';
import { wiredApp } from './wired-app.ts';

// The update client of spec 1 as its guide prints it, in a real Laravel, against the server as it is wired.

let nadi: ReleasesApp;
let url: string;
let clients: readonly Client[];
let next = 0;
const options = { skip: laravelMissing };

const first = {
  artisan: '<?php // artisan\n',
  'app/Http/Controllers/Web/MemberController.php': '<?php // 1\n',
  'app/Old/Deprecated.php': '<?php // old\n',
  'public/nama dengan spasi & ünï.js': 'same',
};
const big = randomBytes(3_000_000).toString('base64');
const second = {
  artisan: first.artisan,
  'app/Http/Controllers/Web/MemberController.php': '<?php // 2\n',
  'app/Services/NewService.php': '<?php // new\n',
  'public/nama dengan spasi & ünï.js': 'same',
  'public/baru/日本 & ünï.js': big,
};
const filesOf = (tree: Readonly<Record<string, string>>) =>
  Object.entries(tree).map(([name, data]) => ({ name, data }));

before(async () => {
  if (laravelMissing !== false) return;
  nadi = await wiredApp();
  // Where it listens is known only now; links lead to APP_URL.
  url = await nadi.app.listen({ host: '127.0.0.1', port: 0 });
  Object.assign(nadi.kit.config, { appUrl: url });
  clients = await addInstallations(nadi, 10);
  await published(nadi, '1.0.0', filesOf(first));
});
after(() => nadi?.[Symbol.asyncDispose]());

async function installed(files: Readonly<Record<string, string>>, key?: string) {
  const who = clients[next++] ?? assert.fail('add more installations');
  const client = await laravelClient(files, {
    OTA_SERVER_URL: `${url}/`,
    OTA_AGENT_CODE: who.agent_code,
    OTA_LICENSE_KEY: key ?? who.license_key,
  });
  const seen = () =>
    ok<{ version: string; environment: string; failures: number; client_info: Record<string, string> }>(
      nadi,
      { url: `/api/fleet/installations/${who.id}` },
    );
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
  return { client, seen, reports, direct, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function runs(client: LaravelClient, args: readonly string[], code: number, ...words: RegExp[]) {
  const { code: ended, said } = await client.run(...args);
  assert.equal(ended, code, said);
  for (const word of words) assert.match(said, word);
  return said;
}

test('it says what it runs, and without a .version that it runs 1.0.0', options, async () => {
  await using at = await installed(first);
  assert.equal(await runs(at.client, ['ota:heartbeat'], 0), '');
  const { version, environment, client_info: info } = await at.seen();
  assert.match(`${version} ${environment}`, /^1\.0\.0 php 8\.\d, laravel \d+, linux$/);
  assert.deepEqual(Object.keys(info).sort(), ['laravel', 'os', 'php', 'server']);
  await runs(at.client, ['ota:check'], 0, /You are up to date/);
});

test('it finds an update, verifies, backs up, applies, migrates and reports it', options, async () => {
  await published(nadi, '1.1.0', filesOf(second), {
    min_version: '1.0.0',
    changelog: 'Perbaikan pencarian',
    has_migrations: true,
  });
  await using at = await installed({ ...first, '.version': '1.0.0\n' });
  const { client } = at;
  await runs(
    client,
    ['ota:check'],
    0,
    /Update available: v1\.1\.0/,
    /Changelog: Perbaikan pencarian/,
    /Files: 4/,
    /Migrations: Yes/,
  );
  await runs(client, ['ota:update', '--force'], 0, /Successfully updated to v1\.1\.0/, /backup\.zip/);
  assert.deepEqual(await client.artisan(), [
    'migrate',
    'config:clear',
    'route:clear',
    'view:clear',
    'cache:clear',
  ]);
  assert.equal(await client.read('.version'), '1.1.0');
  for (const [path, text] of Object.entries(second)) assert.equal(await client.read(path), text, path);
  // It copies and never deletes: what the new release lacks stays.
  assert.deepEqual(
    await client.files(),
    [...Object.keys(second), 'app/Old/Deprecated.php', '.version'].sort(),
  );
  assert.equal((await at.seen()).version, '1.1.0');
  const [report] = await at.reports();
  assert.partialDeepStrictEqual(report, { version: '1.1.0', status: 'success', error: null });
  await runs(client, ['ota:check'], 0, /You are up to date/);
});

test('one whose migration breaks is rolled back, reported, and not offered again', options, async () => {
  await published(nadi, '1.2.0', filesOf({ ...second, artisan: '<?php // 3\n', 'database/breaks': 'x' }), {
    has_migrations: true,
  });
  await using at = await installed({ ...second, '.version': '1.1.0' });
  const { client } = at;
  await runs(client, ['ota:update', '--force'], 1, /Update failed: The migration failed\./);
  assert.deepEqual([await client.read('artisan'), await client.read('.version')], [second.artisan, '1.1.0']);
  const [report] = await at.reports();
  assert.partialDeepStrictEqual(report, {
    version: '1.2.0',
    status: 'failed',
    error: 'The migration failed.',
  });
  await runs(client, ['ota:check'], 0, /You are up to date/);
  assert.equal((await at.seen()).failures, 1);
});

test(
  'an update that only deletes, and one that changes nothing, are taken like others',
  options,
  async () => {
    const { 'app/Services/NewService.php': _, ...fewer } = second;
    await published(nadi, '1.3.0', filesOf(fewer));
    await using at = await installed({ ...second, '.version': '1.1.0' });
    // 1.2.0 has database/breaks; from 1.1.0 there is nothing to unpack.
    await runs(at.client, ['ota:update', '--force'], 0, /Successfully updated to v1\.3\.0/);
    await published(nadi, '1.4.0', filesOf(fewer));
    await runs(at.client, ['ota:check'], 0, /Files: 0/);
    await runs(at.client, ['ota:update', '--force'], 0, /Successfully updated to v1\.4\.0/);
    assert.equal((await at.seen()).version, '1.4.0');
  },
);

test(
  'it shows what the office says: messages, pauses, force, the switch, and a key that is none',
  options,
  async () => {
    await using at = await installed({ ...second, '.version': '1.1.0' });
    const { client, direct } = at;
    await runs(client, ['ota:heartbeat'], 0);
    await direct({ server_message: 'Server pindah besok.' });
    await runs(client, ['ota:heartbeat'], 0, /Server: Server pindah besok\./);
    await direct({ force_version: '1.4.0' });
    await runs(client, ['ota:heartbeat'], 0, /FORCE UPDATE required to v1\.4\.0/);
    await runs(client, ['ota:check'], 0, /This is a FORCED update/, /Server message: Server pindah besok\./);
    await direct({ suspended: true, server_message: null });
    await runs(client, ['ota:check'], 0, /You are up to date/, /Updates paused temporarily\./);
    await direct({ disabled: true });
    await runs(client, ['ota:check'], 1, /OTA: Your license has been disabled\. Contact support\./);
    await runs(client, ['ota:heartbeat'], 0, /WARNING: This client has been DISABLED/);
    await using stranger = await installed(second, 'WRONG');
    await runs(stranger.client, ['ota:check'], 1, /OTA: Invalid credentials\./);
    await runs(stranger.client, ['ota:heartbeat'], 0);
  },
);
