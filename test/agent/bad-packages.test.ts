import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zipFile } from '../releases/archives.ts';
import { newSite, type Site } from './agent-cli.ts';
import { Host, packageOf, release, sha256 } from './release-host.ts';

// Packages whose checksum is what the server says, and that are none all the same: whoever made them made the list of releases, too.

const list = '/repos/a/b/releases';
const good = { '.version': '1.0.0\n', 'app/now.txt': '1.0.0\n' };
const zeros = Buffer.alloc(64 * 1024 * 1024);
const noise = Array.from({ length: 200 }, (_, n) => sha256(String(n))).join('');
const plain = { name: 'app/now.txt', data: '6.6.6\n' };
const bad: Readonly<Record<string, () => Buffer | Promise<Buffer>>> = {
  'a package that lacks its end': async () => (await packageOf({ 'app/now.txt': noise })).subarray(0, -60),
  'half of a package': async () => (await packageOf({ 'app/now.txt': noise })).subarray(0, 2000),
  'a package of nothing': () => Buffer.alloc(0),
  'a page of a hotel’s Wi-Fi': () => Buffer.from('<html>Masuk ke Wi-Fi</html>'),
  'a path with ../ in it': () => zipFile([plain, { name: '../evil.txt', data: 'x' }]),
  'a path with ../ in its middle': () => zipFile([plain, { name: 'app/../../evil.txt', data: 'x' }]),
  'a path from the root': () => zipFile([plain, { name: '/tmp/evil.txt', data: 'x' }]),
  'a path with backslashes': () => zipFile([plain, { name: '..\\evil.txt', data: 'x' }]),
  'a symlink': () => zipFile([plain, { name: 'app/out', data: '/etc', mode: 0o120777 }]),
  'a file through a symlink of its own': () =>
    zipFile([
      { name: 'app/out', data: '../..', mode: 0o120777 },
      { name: 'app/out/evil.txt', data: 'x' },
    ]),
  'a device': () => zipFile([plain, { name: 'app/null', data: '', mode: 0o020666 }]),
  'the same path twice': () => zipFile([plain, { ...plain, data: '7.7.7\n' }]),
  'a bomb': () => zipFile([plain, { name: 'app/bomb', data: zeros }]),
  'other bytes than its own sums': () => zipFile([{ ...plain, crc: 1 }]),
};

/** Every file of the site, but for what is the agent's. */
const all = (at: Site): readonly string[] =>
  readdirSync(at.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.nadi-(agent|lock)/.test(join(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${sha256(readFileSync(path))}`)
    .sort();

for (const [what, make] of Object.entries(bad))
  test(`${what} is refused in a sentence, leaves the installation as it was, and hinders nothing`, async () => {
    await using host = await Host.start();
    const found = await release(host, '1.1.0');
    const bytes = await make();
    const [asset] = found.assets;
    host.file('/bad.zip', bytes);
    const digest = `sha256:${sha256(bytes)}`;
    const bait = {
      browser_download_url: `${host.url}/bad.zip`,
      url: `${host.url}/bad.zip`,
      digest,
      size: bytes.length,
    };
    host.json(list, [{ ...found, assets: [{ ...asset, ...bait }] }]);
    using at = newSite({
      files: good,
      env: { UPDATE_SOURCE: 'github', UPDATE_CHECK_URL: `${host.url}${list}` },
    });
    const before = all(at);
    const said = await at.run('update:apply', '--force');
    assert.equal(said.code, 1, said.out);
    assert.match(said.json.error.code, /^(package_refused|no_checksum)$/, said.out);
    assert.ok(said.json.error.message.length > 30, said.out);
    assert.deepEqual(all(at), before);
    assert.deepEqual(
      readdirSync(join(at.root, '.nadi-agent/stages')).filter((name) => name.startsWith('stage')),
      [],
    );
    host.json(list, [found]);
    const next = await at.run('update:apply', '--force');
    assert.equal(next.code, 0, next.out);
    assert.equal(at.read('app/now.txt'), '1.1.0\n');
  });

test('a package that is changed between its download and its use is not used', async () => {
  await using host = await Host.start();
  const found = await release(host, '1.1.0');
  host.json(list, [found]);
  using at = newSite({
    files: good,
    env: { UPDATE_SOURCE: 'github', UPDATE_CHECK_URL: `${host.url}${list}` },
    settings: { hooks: { migrate: ['/bin/false'] } },
  });
  // The first attempt fails after the download, and leaves the package.
  await at.run('update:apply', '--force');
  const stages = join(at.root, '.nadi-agent/stages');
  const left = readdirSync(stages).filter((name) => name.endsWith('.package'));
  assert.equal(left.length, 1);
  const path = join(stages, left[0] ?? '');
  writeFileSync(path, readFileSync(path).fill(7, 100, 200));
  at.write('agent.json', '{}');
  const next = await at.run('update:apply', '--force');
  assert.equal(next.code, 0, next.out);
  assert.deepEqual([at.read('app/now.txt'), at.read('app/big.txt')?.length], ['1.1.0\n', 300_000]);
});
