import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettableClock } from '#kit/clock.ts';
import { newSite, type SiteOptions } from './agent-cli.ts';
import { Host, packageOf, release, sha256 } from './release-host.ts';

// Releases on GitHub and on an owner's server (spec 2; protocols.md, GitHub releases).

const list = '/repos/a/b/releases';

function siteOf(host: Host, options: Partial<SiteOptions> = {}) {
  const { env, ...rest } = options;
  return newSite({
    files: { '.version': '1.0.0\n', 'app/now.txt': '1.0.0\n' },
    ...rest,
    env: { UPDATE_SOURCE: 'github', UPDATE_CHECK_URL: `${host.url}${list}/latest`, ...env },
  });
}

test('the newest by version is taken, whatever the order, drafts, uploads and channels say', async () => {
  await using host = await Host.start();
  host.json(list, [
    await release(host, '1.2.0'),
    await release(host, '1.10.0'),
    await release(host, '3.0.0', { draft: true }),
    await release(host, '2.9.0', {}, { state: 'starter' }),
    await release(host, '2.0.0-beta.1', { prerelease: true }),
    await release(host, '2.1.0-alpha.1', { prerelease: true }),
    await release(host, 'nightly'),
  ]);
  for (const [channel, version] of [
    ['stable', '1.10.0'],
    ['beta', '2.0.0-beta.1'],
    ['alpha', '2.1.0-alpha.1'],
  ] as const) {
    using at = siteOf(host, { env: { UPDATE_CHANNEL: channel } });
    assert.equal((await at.run('update:check')).json.offer.version, version);
    const done = await at.run('update:apply', '--force');
    assert.equal(done.code, 0, done.out);
    assert.equal(at.read('app/now.txt'), `${version}\n`);
    assert.equal(at.read('.version'), `${version}\n`);
  }
  using picky = siteOf(host, { settings: { skip: ['1.10.0'] } });
  assert.equal((await picky.run('update:check')).json.offer.version, '1.2.0');
});

test('lists go on over pages of the same place', async () => {
  await using host = await Host.start();
  host.json(`${list}?per_page=100`, [await release(host, '1.1.0')], {
    link: `<${host.url}${list}?page=2>; rel="next", <${host.url}${list}?page=2>; rel="last"`,
  });
  host.json(`${list}?page=2`, [await release(host, '1.2.0')], {
    link: '<https://evil.example/more>; rel="next"',
  });
  using at = siteOf(host, { env: { UPDATE_SERVER_TOKEN: 'rahasia' } });
  assert.equal((await at.run('update:check')).json.offer.version, '1.2.0');
});

test('an answer that did not change costs nothing, and an answer within the hour is not asked for', async () => {
  await using host = await Host.start();
  const body = JSON.stringify([await release(host, '1.1.0')]);
  host.answers.set(list, (request, response) =>
    request.headers['if-none-match'] === '"one"'
      ? response.writeHead(304).end()
      : response.writeHead(200, { etag: '"one"' }).end(body),
  );
  const clock = new SettableClock('2026-01-15T03:00:00Z');
  using at = siteOf(host, { clock });
  assert.equal((await at.run('update:check')).json.offer.version, '1.1.0');
  assert.equal((await at.run('update:check')).json.offer.version, '1.1.0');
  assert.equal(host.count(list), 1);
  clock.advance({ hours: 2 });
  assert.equal((await at.run('update:check')).json.offer.version, '1.1.0');
  assert.deepEqual([host.count(list), host.asked.at(-1)?.headers['if-none-match']], [2, '"one"']);
  await at.run('update:check', '--force');
  assert.equal(host.count(list), 3);
  clock.advance({ hours: 23 });
  assert.equal((await at.run('update:check', '--scheduled')).json.status, 'not_due');
  clock.advance({ hours: 1 });
  assert.equal((await at.run('update:check', '--scheduled')).json.offer.version, '1.1.0');
  assert.equal(host.count(list), 4);
});

test('whoever asks to be left alone is, for as long as it said', async () => {
  await using host = await Host.start();
  const clock = new SettableClock('2026-01-15T03:00:00Z');
  using at = siteOf(host, { clock });
  for (const [status, headers, seconds] of [
    [429, { 'retry-after': '120' }, 120],
    [
      403,
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.floor(clock.now().epochMilliseconds / 1000) + 600 + 121),
      },
      600,
    ],
    [429, {}, 60],
  ] as const) {
    host.answers.set(list, (_request, response) => response.writeHead(status, headers).end());
    const asked = host.count(list);
    for (let time = 0; time < 2; time += 1)
      assert.equal((await at.run('update:check', '--force')).json.error.code, 'rate_limited');
    assert.equal(host.count(list), asked + 1);
    clock.advance({ seconds: seconds - 1 });
    assert.equal((await at.run('update:check', '--force')).json.error.code, 'rate_limited');
    assert.equal(host.count(list), asked + 1);
    clock.advance({ seconds: 2 });
  }
  host.json(list, [await release(host, '1.1.0')]);
  assert.equal((await at.run('update:check', '--force')).json.offer.version, '1.1.0');
});

test('the token goes to the server it is for, and to none it leads to', async () => {
  await using host = await Host.start();
  await using cdn = await Host.start();
  const found = await release(cdn, '1.1.0');
  host.answers.set('/asset', (_request, response) =>
    response.writeHead(302, { location: `${cdn.url}/assets/1.1.0.zip` }).end(),
  );
  const [asset] = found.assets;
  host.json(list, [{ ...found, assets: [{ ...asset, url: `${host.url}/asset` }] }]);
  using at = siteOf(host, { env: { UPDATE_SERVER_TOKEN: 'rahasia' } });
  assert.equal((await at.run('update:apply', '--force')).code, 0);
  assert.deepEqual(
    host.asked.map(({ headers }) => headers.authorization),
    ['Bearer rahasia', 'Bearer rahasia'],
  );
  assert.deepEqual(
    cdn.asked.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test('a package without a checksum, with another, too long, or that leads out is refused; the tree stays', async () => {
  await using host = await Host.start();
  const good = await release(host, '1.1.0');
  const [asset] = good.assets;
  const evil = Buffer.from(
    (await packageOf({ 'aa/bb/evil.txt': 'x' })).toString('latin1').replaceAll('aa/bb/', '../../'),
    'latin1',
  );
  host.file('/evil.zip', evil);
  const evilAsset = {
    browser_download_url: `${host.url}/evil.zip`,
    digest: `sha256:${sha256(evil)}`,
    size: evil.length,
  };
  for (const [change, code] of [
    [{ digest: null }, 'no_checksum'],
    [{ digest: `sha256:${'0'.repeat(64)}` }, 'checksum_differs'],
    [{ size: 10 }, 'too_large'],
    [evilAsset, 'package_refused'],
    [{ browser_download_url: 'http://example.com/a.zip' }, 'unsafe_address'],
  ] as const) {
    host.json(list, [{ ...good, assets: [{ ...asset, ...change }] }]);
    using at = siteOf(host);
    const said = await at.run('update:apply', '--force');
    assert.deepEqual([said.code, said.json.error.code], [1, code], said.out);
    assert.deepEqual([at.read('.version'), at.read('app/now.txt')], ['1.0.0\n', '1.0.0\n']);
    // The next attempt is unhindered.
    host.json(list, [good]);
    const next = await at.run('update:apply', '--force');
    assert.equal(next.code, 0, next.out);
  }
});

test('a download that breaks goes on where it was, in the same run and in the next', async () => {
  await using host = await Host.start();
  const found = await release(host, '1.1.0');
  const whole = host.answers.get('/assets/1.1.0.zip') ?? assert.fail('no asset');
  host.json(list, [found]);
  let breaks = 3;
  host.answers.set('/assets/1.1.0.zip', (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (breaks-- <= 0) return whole(request, response);
    response.writeHead(from === 0 ? 200 : 206, from === 0 ? {} : { 'content-range': `bytes ${from}-/*` });
    response.write('x'.repeat(0));
    response.flushHeaders();
    response.destroy();
  });
  using at = siteOf(host);
  const failed = await at.run('update:apply', '--force');
  assert.equal(failed.json.error.code, 'unreachable', failed.out);
  breaks = 0;
  assert.equal((await at.run('update:apply', '--force')).code, 0);
});

test('going back is refused unless it is allowed', async () => {
  await using host = await Host.start();
  host.json('/check', {
    version: '0.9.0',
    download_url: '/assets/0.9.0.zip',
    checksum: (await release(host, '0.9.0')).assets[0]?.digest,
  });
  const env = { UPDATE_SOURCE: 'custom', UPDATE_CHECK_URL: `${host.url}/check` };
  using at = siteOf(host, { env });
  assert.equal((await at.run('update:check')).json.is, 'none');
  using may = siteOf(host, { env: { ...env, ALLOW_DOWNGRADE: 'true' } });
  assert.equal((await may.run('update:apply', '--force')).code, 0);
  assert.equal(may.read('.version'), '0.9.0\n');
});

test('what a dry run lists is what would change, and nothing is changed', async () => {
  await using host = await Host.start();
  host.json(list, [await release(host, '1.1.0')]);
  using at = siteOf(host);
  const { json } = await at.run('update:apply', '--dry-run');
  assert.deepEqual(json.changes, [
    { action: 'create', path: 'app/big.txt' },
    { action: 'update', path: 'app/now.txt' },
  ]);
  assert.deepEqual([at.read('app/now.txt'), at.read('app/big.txt')], ['1.0.0\n', undefined]);
  assert.deepEqual((await at.run('update:history')).json.data, []);
});
