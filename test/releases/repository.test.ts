import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { unzipSync } from 'fflate';
import { act, published, releasesApp } from './store-app.ts';

const nadi = await releasesApp({
  env: { APP_URL: 'https://rilis.example.com', RELEASES_REPOSITORY: 'Vendor/nadi' },
});
after(() => nadi[Symbol.asyncDispose]());
nadi.standIns.know('AG-1', 'KUNCI-1', 'active');
nadi.standIns.know('AG-2', 'KUNCI-2', 'suspended');
nadi.standIns.know('AG-3', 'KUNCI-3', 'expired');

const root = '/repos/vendor/nadi/releases';
const get = (url: string, headers: Record<string, string> = { authorization: 'Bearer AG-1:KUNCI-1' }) =>
  nadi.request({ as: 'nobody', url, headers });

const ids = new Map<string, string>();
for (const [version, more] of [
  ['1.0.0', {}],
  ['1.10.0', { force: true, changelog: 'Perbaikan penting' }],
  ['1.9.0', {}],
  ['2.0.0-beta.1', { channel: 'beta' }],
] as const)
  ids.set(version, await published(nadi, version, [{ name: 'app.php', data: version }], more));

test('releases are listed by version, with what an updater of spec 2 reads', async () => {
  const answer = await get(root);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  const list = answer.json();
  assert.deepEqual(
    list.map(({ tag_name, draft, prerelease }: Record<string, unknown>) => [tag_name, draft, prerelease]),
    [
      ['v2.0.0-beta.1', false, true],
      ['v1.10.0', false, false],
      ['v1.9.0', false, false],
      ['v1.0.0', false, false],
    ],
  );
  const [asset] = list[1].assets;
  assert.equal(list[1].body, 'Perbaikan penting');
  assert.match(list[1].published_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(
    [asset.state, asset.name, asset.content_type],
    ['uploaded', 'nadi-1.10.0.zip', 'application/zip'],
  );
  assert.match(asset.digest, /^sha256:[0-9a-f]{64}$/);
  assert.match(
    asset.browser_download_url,
    /^https:\/\/rilis\.example\.com\/repos\/vendor\/nadi\/releases\/download\/v1\.10\.0\//,
  );
  assert.equal((await get(`${root}/latest`)).json().tag_name, 'v1.10.0');
  for (const tag of ['v1.9.0', '1.9.0'])
    assert.equal((await get(`${root}/tags/${tag}`)).json().tag_name, 'v1.9.0');
  assert.equal((await get(`${root}/tags/v3.0.0`)).statusCode, 404);
  assert.equal((await get('/repos/vendor/other/releases')).statusCode, 404);
});

test('the package is fetched by its address alone, whole and in parts, and is what its digest says', async () => {
  const [asset] = (await get(`${root}/latest`)).json().assets;
  const { pathname, search } = new URL(asset.browser_download_url);
  const whole = await get(pathname + search, {});
  assert.equal(whole.statusCode, 200, whole.body);
  assert.equal(`sha256:${createHash('sha256').update(whole.rawPayload).digest('hex')}`, asset.digest);
  assert.equal(whole.rawPayload.length, asset.size);
  assert.deepEqual(Object.keys(unzipSync(whole.rawPayload)), ['app.php']);
  const etag = String(whole.headers.etag);
  const part = await get(pathname + search, { range: 'bytes=10-19' });
  assert.deepEqual([part.statusCode, part.headers['content-range']], [206, `bytes 10-19/${asset.size}`]);
  assert.deepEqual(part.rawPayload, whole.rawPayload.subarray(10, 20));
  const rest = await get(pathname + search, { range: 'bytes=20-', 'if-range': etag });
  assert.deepEqual(rest.rawPayload, whole.rawPayload.subarray(20));
  assert.equal((await get(pathname + search, { range: 'bytes=20-', 'if-range': '"other"' })).statusCode, 200);
  assert.equal((await get(pathname + search, { range: `bytes=${asset.size}-` })).statusCode, 416);
  assert.equal((await get(pathname + search, { 'if-none-match': etag })).statusCode, 304);
  assert.equal((await get(pathname)).statusCode, 200);
});

test('an updater that takes it for a server of its own kind finds the same under spec 2’s names', async () => {
  const release = (await get(`${root}/latest?t=${nadi.clock.now().epochMilliseconds}`)).json();
  const [asset] = release.assets;
  assert.deepEqual(
    [release.version, release.changelog, release.download_size, `sha256:${release.checksum}`],
    ['1.10.0', 'Perbaikan penting', asset.size, asset.digest],
  );
  for (const link of [release.download_url, release.zipball_url]) {
    const { pathname, search } = new URL(link);
    const { rawPayload } = await get(pathname + search, { 'user-agent': 'GuzzleHttp/7' });
    assert.equal(createHash('sha256').update(rawPayload).digest('hex'), release.checksum);
  }
});

test('an address that was changed, is over, or of another package is nobody’s', async () => {
  const [asset] = (await get(`${root}/latest`)).json().assets;
  const { pathname, search } = new URL(asset.browser_download_url);
  const forged = [
    pathname,
    pathname + search.replace(/signature=./, 'signature=z'),
    pathname + search.replace(/until=\d+/, 'until=9999999999'),
    pathname.replaceAll('1.10.0', '1.9.0') + search,
  ];
  for (const url of forged) assert.equal((await get(url, {})).statusCode, 401, url);
  assert.equal((await get(pathname.replace('nadi-1', 'other-1') + search, {})).statusCode, 404);
  nadi.clock.advance({ hours: 49 });
  assert.equal((await get(pathname + search, {})).statusCode, 401);
});

test('who has no token, a wrong one, or a license that ended is told so', async () => {
  for (const headers of [
    {},
    { authorization: 'Bearer AG-1' },
    { authorization: 'Bearer AG-1:WRONG' },
    { authorization: 'Basic ?' },
  ])
    assert.equal((await get(root, headers)).statusCode, 401);
  assert.equal((await get(root, { authorization: 'token AG-1:KUNCI-1' })).statusCode, 200);
  const basic = `Basic ${Buffer.from('AG-1:KUNCI-1').toString('base64')}`;
  assert.equal((await get(root, { authorization: basic })).statusCode, 200);
  assert.equal((await get(root, { authorization: 'Bearer AG-2:KUNCI-2' })).statusCode, 403);
  const urgent = (await get(root, { authorization: 'Bearer AG-3:KUNCI-3' })).json();
  assert.deepEqual(
    urgent.map(({ tag_name }: Record<string, unknown>) => tag_name),
    ['v1.10.0'],
  );
  assert.equal((await get(`${root}/tags/v1.9.0`, { authorization: 'Bearer AG-3:KUNCI-3' })).statusCode, 404);
});

test('pages are linked, what is known costs nothing, and more than 5,000 an hour are told to wait', async () => {
  const first = await get(`${root}?per_page=3`);
  assert.equal(
    first.headers.link,
    '<https://rilis.example.com/repos/vendor/nadi/releases?per_page=3&page=2>; rel="next", <https://rilis.example.com/repos/vendor/nadi/releases?per_page=3&page=2>; rel="last"',
  );
  const second = await get(`${root}?per_page=3&page=2`);
  assert.equal(second.json().length, 1);
  assert.match(String(second.headers.link), /page=1>; rel="first".*page=1>; rel="prev"$/);
  assert.deepEqual((await get(`${root}?page=9`)).json(), []);
  const left = Number(second.headers['x-ratelimit-remaining']);
  const known = await get(`${root}?per_page=3`, {
    authorization: 'Bearer AG-1:KUNCI-1',
    'if-none-match': String(first.headers.etag),
  });
  assert.deepEqual([known.statusCode, known.body], [304, '']);
  const next = await get(`${root}?per_page=3`);
  assert.equal(Number(next.headers['x-ratelimit-remaining']), left - 2);
  assert.equal(next.headers['x-ratelimit-limit'], '5000');
  assert.ok(Number(next.headers['x-ratelimit-reset']) * 1000 > nadi.clock.now().epochMilliseconds);
});

test('what is held is not listed, and changes the ETag', async () => {
  const before = (await get(root)).headers.etag;
  await act(nadi, ids.get('1.10.0') ?? '', 'hold', { reason: 'Galat' });
  const after = await get(root, { authorization: 'Bearer AG-1:KUNCI-1', 'if-none-match': String(before) });
  assert.equal(after.statusCode, 200);
  assert.equal((await get(`${root}/latest`)).json().tag_name, 'v1.9.0');
  await act(nadi, ids.get('1.10.0') ?? '', 'unhold');
});

test('where releases are public nobody needs a token', async () => {
  await using open = await releasesApp({
    env: { RELEASES_PUBLIC: 'true', RELEASES_REPOSITORY: 'vendor/nadi' },
  });
  await published(open, '1.0.0', [{ name: 'app.php', data: 'x' }]);
  const { assets } = (await open.request({ as: 'nobody', url: `${root}/latest` })).json();
  const { pathname, search } = new URL(assets[0].browser_download_url);
  assert.equal(search, '');
  assert.equal((await open.request({ as: 'nobody', url: pathname })).statusCode, 200);
});
