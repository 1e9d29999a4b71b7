import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addInstallations, type Client } from '../fleet/fleet-world.ts';
import { act, filled } from '../releases/store-app.ts';
import { ok } from '../support/provider.ts';
import { type WholeVendor, wholeVendor } from '../vendor/whole-vendor.ts';
import { newSite } from './agent-cli.ts';

// Parts of a release that its signed manifest names are taken alone.

const folder = mkdtempSync(join(tmpdir(), 'nadi-store-'));
let nadi: WholeVendor;
let url: string;
let root: string;
let clients: readonly Client[];
let next = 0;

const first = { 'app/a.txt': 'a1\n', 'public/x.js': 'x1\n', 'public/old.js': 'old\n', 'docs/d.md': 'd1\n' };
const second = { 'app/a.txt': 'a2\n', 'public/x.js': 'x2\n', 'public/new.js': 'new\n', 'docs/d.md': 'd2\n' };
const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([name, data]) => ({ name, data }));

before(async () => {
  nadi = await wholeVendor({ env: { RELEASES_DIR: folder } });
  url = await nadi.app.listen({ host: '127.0.0.1', port: 0 });
  Object.assign(nadi.kit.config, { appUrl: url });
  clients = await addInstallations(nadi, 4);
  root = (await nadi.request({ url: '/updates/metadata/1.root.json', as: 'nobody' })).body;
  const parts = { components: { assets: ['public'], guides: ['docs'] } };
  for (const [version, files, more] of [
    ['1.0.0', first, {}],
    ['1.1.0', second, parts],
  ] as const) {
    const id = await filled(nadi, version, filesOf(files), more);
    await act(nadi, id, 'sign');
    await nadi.sign();
    const published = await act(nadi, id, 'publish');
    assert.equal(published.statusCode, 200, published.body);
  }
});
after(async () => {
  await nadi?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function installed() {
  const who = clients[next++] ?? assert.fail('add more installations');
  const site = newSite({
    clock: nadi.clock,
    files: { ...first, '.version': '1.0.0\n', 'config/root.json': root },
    settings: { root_metadata: 'config/root.json' },
    env: {
      OTA_SERVER_URL: url,
      OTA_AGENT_CODE: who.agent_code,
      OTA_LICENSE_KEY: who.license_key,
      OTA_INSTALLATION_ID: who.id,
    },
  });
  const reports = async () =>
    (await ok<{ data: unknown[] }>(nadi, { url: `/api/fleet/reports?installation_id=${who.id}` })).data;
  const holds = (files: Readonly<Record<string, string>>) => {
    for (const path of new Set([...Object.keys(first), ...Object.keys(second)]))
      assert.equal(at(path), files[path], path);
  };
  const at = site.read;
  return { ...site, reports, holds };
}

const { 'public/old.js': _, ...kept } = first;
const withAssets = { ...kept, 'public/x.js': 'x2\n', 'public/new.js': 'new\n' };

test('a component is taken alone: its files come and go, the version stays, and nothing is reported as that release', async () => {
  using at = installed();
  const seen = await at.run('update:apply', '--dry-run', '--component', 'assets');
  assert.deepEqual(
    seen.json.changes,
    [
      { action: 'create', path: 'public/new.js' },
      { action: 'update', path: 'public/x.js' },
      { action: 'delete', path: 'public/old.js' },
    ],
    seen.out,
  );
  at.holds(first);
  const done = await at.run('update:apply', '--force', '--component', 'assets');
  assert.partialDeepStrictEqual(
    done.json,
    { status: 'completed', version: '1.1.0', components: ['assets'] },
    done.out,
  );
  at.holds(withAssets);
  assert.equal(at.read('.version'), '1.0.0\n');
  await at.run('ota:heartbeat');
  assert.deepEqual(await at.reports(), []);
  const [row] = (await at.run('update:history')).json.data;
  assert.deepEqual(row.update_steps[0].components, ['assets']);
  const { data } = (await at.run('notices:list')).json;
  assert.match(data[0].message, /Installed of version 1\.1\.0: assets\.$/);
  assert.deepEqual(readdirSync(join(at.root, '.nadi-agent/stages')), []);
  // It is gone back from like any other, and the whole can come after it.
  assert.equal((await at.run('update:rollback', '--force')).code, 0);
  at.holds(first);
  await at.run('update:apply', '--force', '--component', 'guides', '--component', 'assets');
  at.holds({ ...withAssets, 'docs/d.md': 'd2\n' });
  assert.equal((await at.run('update:apply', '--force')).json.status, 'completed');
  at.holds(second);
  assert.equal(at.read('.version'), '1.1.0\n');
});

test('a component that the release does not name is refused with those it does, and nothing is touched', async () => {
  using at = installed();
  const { json } = await at.run('update:apply', '--force', '--component', 'aset');
  assert.equal(json.error.code, 'unknown_component');
  assert.match(json.error.message, /"aset".*assets, guides/);
  at.holds(first);
});
