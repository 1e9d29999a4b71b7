import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { allEndpoints } from '#contract';
import { contractApp } from './contract-app.ts';
import { databaseDigest } from './digest.ts';
import { examplesOf } from './examples.ts';
import { attemptOf, refusalOf, send, urlOf } from './send.ts';
import { onlyReads, sharingWorlds } from './shared-world.ts';
import { newWorld } from './world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const aliases: Readonly<Record<string, readonly string[]>> = { GET: ['GET', 'HEAD'], PUT: ['PUT', 'PATCH'] };

test('an address answers its own methods, and 405 with Allow to the others', async () => {
  const world = await newWorld(nadi);
  const before = await digest.take();
  for (const [path, endpoints] of Map.groupBy(allEndpoints, ({ spec }) => spec.path)) {
    const taken = endpoints.flatMap(({ spec }) => aliases[spec.method] ?? [spec.method]);
    const params = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, world.ids.customer ?? '']);
    const url = urlOf(path, Object.fromEntries(params), '');
    for (const method of methods.filter((name) => !taken.includes(name))) {
      const answer = await nadi.app.inject({ method, url, headers: { 'accept-language': 'id' } });
      assert.equal(answer.statusCode, 405, `${method} ${url}: ${answer.body}`);
      assert.deepEqual(String(answer.headers.allow).split(', ').sort(), [...taken, 'OPTIONS'].sort());
      if (method !== 'HEAD') assert.equal(refusalOf(answer, url).code, 'method_not_allowed');
    }
  }
  assert.deepEqual(await digest.take(), before);
});

test('HEAD answers as GET does, without a body', async () => {
  const prepared = await sharingWorlds(nadi);
  for (const endpoint of allEndpoints.filter(onlyReads)) {
    const { first: example } = await prepared(endpoint);
    const { url } = attemptOf(endpoint, example);
    const headers = { authorization: `Bearer ${example.token}`, ...example.headers };
    const head = await nadi.app.inject({ method: 'HEAD', url, headers });
    assert.equal(head.statusCode, endpoint.spec.status, url);
    assert.equal(head.body, '');
    if (endpoint.spec.permission === 'public') continue;
    assert.equal((await nadi.app.inject({ method: 'HEAD', url })).statusCode, 401, url);
  }
});

test('PATCH does what PUT does', async () => {
  for (const endpoint of allEndpoints.filter(({ spec }) => spec.method === 'PUT')) {
    const world = await newWorld(nadi);
    const [example] = await examplesOf(endpoint, world, nadi);
    assert.ok(example);
    const { url, payload } = attemptOf(endpoint, example);
    const headers = { authorization: `Bearer ${example.token}`, 'content-type': 'application/json' };
    const answer = await nadi.app.inject({ method: 'PATCH', url, headers, payload: payload ?? '' });
    assert.equal(answer.statusCode, endpoint.spec.status, `${url}: ${answer.body}`);
  }
});

test('a trailing slash makes no difference', async () => {
  const prepared = await sharingWorlds(nadi);
  for (const endpoint of allEndpoints.filter(onlyReads)) {
    const { first: example } = await prepared(endpoint);
    const attempt = attemptOf(endpoint, example);
    const [path, query] = attempt.url.split('?');
    const answer = await send(nadi, { ...attempt, url: `${path}/${query ? `?${query}` : ''}` });
    assert.equal(answer.statusCode, endpoint.spec.status, `${endpoint.name}: ${answer.body}`);
  }
  for (const { name, spec } of allEndpoints) {
    const params = [...spec.path.matchAll(/:(\w+)/g)].map(([, param = '']) => [param, '1']);
    const url = urlOf(spec.path, Object.fromEntries(params), '');
    const headers = { 'accept-language': 'id' };
    const [slashed, plain] = await Promise.all(
      [`${url}/`, url].map((each) => nadi.app.inject({ method: spec.method, url: each, headers })),
    );
    assert.equal(slashed?.statusCode, plain?.statusCode, name);
    assert.equal(slashed?.body, plain?.body, name);
  }
});

test('an address that is none is answered in the error model, whatever it looks like', async () => {
  const urls = [
    '/',
    '/api',
    '/api/nothing',
    '//',
    '/api//customers',
    '/API/customers',
    '/api/../etc/passwd',
    '/.env',
    '/%zz',
    '/%00',
    '/api/customers;a=1',
    '/..%2f..%2fetc%2fpasswd',
    `/${'a'.repeat(10_000)}`,
    '/docs/../../../../etc/passwd',
    '/docs/%2e%2e/%2e%2e/package.json',
  ];
  for (const url of urls) {
    for (const method of ['GET', 'POST', 'TRACE'] as const) {
      const answer = await nadi.app.inject({ method, url, headers: { 'accept-language': 'id' } });
      const { code } = refusalOf(answer, `${method} ${url.slice(0, 50)}`);
      assert.ok(['route_not_found', 'bad_request'].includes(code), `${method} ${url}: ${code}`);
    }
  }
});
