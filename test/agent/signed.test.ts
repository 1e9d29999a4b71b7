import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Host, packageOf, sha256 } from './release-host.ts';
import { type SignedVendor, second, signedVendor } from './signed-vendor.ts';

// An installation with a pinned root, against a vendor whose offline keys sign.

let vendor: SignedVendor;
let url: string;
let root: string;
let installed: SignedVendor['installed'];

before(async () => {
  vendor = await signedVendor();
  ({ url, root, installed } = vendor);
});
after(async () => {
  await vendor?.[Symbol.asyncDispose]();
});

test('a signed release is taken as it was signed, and what it lacks is gone', async () => {
  using at = installed();
  const { json } = await at.run('ota:check');
  assert.partialDeepStrictEqual(json.offer, { version: '1.1.0', has_migrations: true, compatible: true });
  const done = await at.run('ota:update', '--force');
  assert.equal(done.code, 0, done.out);
  for (const [path, text] of Object.entries(second)) assert.equal(at.read(path), text);
  assert.deepEqual([at.read('app/gone.txt'), at.read('.version')], [undefined, '1.1.0\n']);
});

/** The vendor's server by way of another, which can change what it answers. */
async function throughHost(change: (path: string, body: Buffer) => Buffer = (_path, body) => body) {
  const host = await Host.start();
  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(url + request.url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(request.method === 'POST' ? { body: await buffer(request) } : {}),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    const text = body.toString('latin1').replaceAll(url, host.url);
    const type = answer.headers.get('content-type') ?? '';
    response
      .writeHead(answer.status, { 'content-type': type })
      .end(
        change(
          request.url ?? '',
          type.includes('json') && request.url?.startsWith('/ota') ? Buffer.from(text, 'latin1') : body,
        ),
      );
  };
  host.otherwise = (request, response) => {
    forward(request, response).catch(() => response.destroy());
  };
  return host;
}

test('what is new comes as a delta of what stands here; where that does not fit, as the ZIP', async () => {
  for (const [how, change, zips] of [
    ['as it is', undefined, 0],
    ['damaged', (path: string, body: Buffer) => (path.startsWith('/ota/delta') ? flipped(body) : body), 1],
    [
      'cut off',
      (path: string, body: Buffer) =>
        path.startsWith('/ota/delta') ? body.subarray(0, body.length >> 1) : body,
      1,
    ],
  ] as const) {
    await using host = await throughHost(change);
    using at = installed({ env: { OTA_SERVER_URL: host.url } });
    const done = await at.run('ota:update', '--force');
    assert.equal(done.code, 0, `${how}: ${done.out}`);
    for (const [path, text] of Object.entries(second)) assert.equal(at.read(path), text, how);
    assert.deepEqual([at.read('app/gone.txt'), at.read('.version')], [undefined, '1.1.0\n']);
    assert.deepEqual([host.count('/ota/delta'), host.count('/ota/download')], [1, zips], how);
    assert.deepEqual(readdirSync(join(at.root, '.nadi-agent/stages')), []);
  }
  await using host = await throughHost();
  using mine = installed({
    env: { OTA_SERVER_URL: host.url },
    files: { 'app/gone.txt': 'changed by hand\n' },
  });
  assert.equal((await mine.run('ota:update', '--force')).code, 0);
  assert.deepEqual([mine.read('app/a.txt'), host.count('/ota/download')], ['a2\n', 1]);
});

const flipped = (body: Buffer) => {
  const other = Buffer.from(body);
  other.writeUInt8(other.readUInt8(other.length - 3) ^ 1, other.length - 3);
  return other;
};

/** A server in the hands of somebody who has all of the vendor's but the offline keys. */
async function liar(lie: object, archive?: Buffer) {
  const host = await Host.start();
  host.json('/ota/check', { has_update: true, download_url: `${host.url}/ota/download/1.1.0`, ...lie });
  host.json('/ota/report', {});
  if (archive !== undefined) host.file('/ota/download/1.1.0', archive);
  host.otherwise = async (request, response) => {
    const answer = await fetch(url + request.url);
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  };
  return host;
}

test('nothing counts that the offline keys did not sign: no release, no file, no deletion', async () => {
  const swapped = await packageOf({ ...second, 'app/a.txt': 'evil\n' });
  const more = await packageOf({ ...second, 'app/evil.txt': 'evil\n' });
  const good = await packageOf(second);
  const offer = (archive: Buffer) => ({
    version: '1.1.0',
    checksum: sha256(archive),
    zip_size: archive.length,
  });
  for (const [lie, archive, code] of [
    [{ ...offer(good), version: '6.6.6' }, good, 'trust'],
    [offer(swapped), swapped, 'package_refused'],
    [offer(more), more, 'package_refused'],
  ] as const) {
    await using host = await liar(lie, archive);
    using at = installed({ env: { OTA_SERVER_URL: host.url } });
    const said = await at.run('ota:update', '--force');
    assert.equal(said.json.error?.code, code, said.out);
    assert.deepEqual([at.read('app/a.txt'), at.read('app/evil.txt')], ['a1\n', undefined]);
  }
  const files = [{ action: 'delete', path: 'app/mine.txt' }];
  await using host = await liar({ ...offer(good), files, has_migrations: false }, good);
  using at = installed({ env: { OTA_SERVER_URL: host.url }, files: { 'app/mine.txt': 'mine' } });
  assert.partialDeepStrictEqual((await at.run('ota:update', '--force')).json, { status: 'completed' });
  assert.deepEqual([at.read('app/mine.txt'), at.read('app/gone.txt')], ['mine', undefined]);
  using torn = installed({ files: { 'config/root.json': root.slice(0, 300) } });
  assert.equal((await torn.run('ota:update', '--force')).json.error.code, 'trust');
  assert.equal(torn.read('app/a.txt'), 'a1\n');
});

test('what was signed with other keys, changed after it was signed, or not signed is not believed, and hinders nothing', async () => {
  const good = await packageOf(second);
  const spoil = {
    signature: (text: string) => text.replace(/("sig":\s*")[0-9a-f]{8}/g, '$100000000'),
    content: (text: string) => text.replace(/("expires":\s*")\d{4}/, '$12099'),
    none: (text: string) => JSON.stringify({ ...JSON.parse(text), signatures: [] }),
  };
  for (const [how, change] of Object.entries(spoil)) {
    await using host = await liar({ version: '1.1.0', checksum: sha256(good), zip_size: good.length }, good);
    let spoilt = 0;
    const honest = host.otherwise;
    host.otherwise = async (request, response) => {
      if (!/\/metadata\/.*(timestamp|targets)\.json$/.test(request.url ?? ''))
        return honest(request, response);
      const text = await (await fetch(url + request.url)).text();
      const changed = change(text);
      assert.notEqual(changed, text, how);
      spoilt += 1;
      return response.end(changed);
    };
    using at = installed({ env: { OTA_SERVER_URL: host.url } });
    const said = await at.run('ota:update', '--force');
    assert.deepEqual([said.code, said.json.error?.code], [1, 'trust'], said.out);
    assert.ok(spoilt > 0, how);
    assert.deepEqual([at.read('app/a.txt'), at.read('.version')], ['a1\n', '1.0.0\n']);
    at.write('.env', (at.read('.env') ?? '').replace(host.url, url));
    const next = await at.run('ota:update', '--force');
    assert.partialDeepStrictEqual(next.json, { status: 'completed' }, next.out);
  }
});

test('a trust store that was torn anywhere is made anew from the shipped root, and the next attempt is unhindered', async () => {
  using at = installed();
  assert.equal((await at.run('ota:check')).code, 0);
  const store = join(at.root, '.nadi-agent/trust/metadata');
  const names = readdirSync(store).filter((name) => name.endsWith('.json'));
  assert.ok(names.length >= 4, String(names));
  const torn = {
    half: (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1),
    empty: () => Buffer.alloc(0),
    zeros: (bytes: Buffer) => Buffer.alloc(bytes.length),
    nonsense: () => Buffer.from('{"signed":{"_type":"root","version":99},"signatures":[]}'),
  };
  for (const tear of Object.values(torn))
    for (const which of [...names.map((name) => [name]), names]) {
      for (const name of which) writeFileSync(join(store, name), tear(readFileSync(join(store, name))));
      const said = await at.run('ota:check');
      assert.partialDeepStrictEqual(said.json.offer, { version: '1.1.0' }, `${which}: ${said.out}`);
    }
  assert.partialDeepStrictEqual((await at.run('ota:update', '--force')).json, { status: 'completed' });
});

test('a file that was changed here is named, and nothing is changed', async () => {
  using at = installed({ files: { 'app/same.txt': 'by hand\n' } });
  const { json } = await at.run('ota:update', '--force');
  assert.equal(json.error.code, 'changed_here');
  assert.match(json.error.message, /app\/same\.txt/);
  assert.equal(at.read('app/a.txt'), 'a1\n');
  using excluded = installed({
    files: { 'app/same.txt': 'by hand\n' },
    settings: { root_metadata: 'config/root.json', excluded: ['app/same.txt'] },
  });
  assert.equal((await excluded.run('ota:update', '--force')).code, 0);
  assert.equal(excluded.read('app/same.txt'), 'by hand\n');
});

test('the TUF client of the conformance suite trusts, refreshes and downloads, and ends with 0 or 1', async () => {
  using at = installed();
  at.write('root.json', root);
  const dir = ['--metadata-dir', join(at.root, 'tuf')];
  const from = ['--metadata-url', `${url}/updates/metadata`, ...dir];
  const tuf = async (...args: readonly string[]) => (await at.bare('tuf', ...args)).code;
  assert.equal(await tuf(...from, 'refresh'), 1);
  assert.equal(await tuf(...dir, 'init', join(at.root, 'root.json')), 0);
  assert.deepEqual(readdirSync(join(at.root, 'tuf')), ['root.json']);
  assert.equal(await tuf(...from, 'refresh'), 0);
  assert.deepEqual(readdirSync(join(at.root, 'tuf')).sort(), [
    'root.json',
    'snapshot.json',
    'targets.json',
    'timestamp.json',
  ]);
  const names = ['1.0.0', '1.1.0', '1.0.0'].flatMap((version) => [
    '--target-name',
    `releases/${version}/manifest.json`,
  ]);
  const to = ['--target-dir', join(at.root, 'targets'), '--target-base-url', `${url}/updates/targets`];
  assert.equal(await tuf(...from, ...names, ...to, 'download'), 0);
  assert.equal(readdirSync(join(at.root, 'targets')).length, 2);
  assert.equal(await tuf(...from, '--target-name', 'nothing', ...to, 'download'), 1);
  assert.equal(await tuf(...from, 'unknown'), 1);
  assert.equal(await tuf('download'), 1);
});
