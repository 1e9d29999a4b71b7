import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { allEndpoints } from '#contract';
import { testApp } from '../support/test-app.ts';
import { wholeEdition } from '../support/whole-edition.ts';
import { addCustomerToken, portalOf } from './portal-world.ts';
import { refusalOf } from './send.ts';
import { newWorld } from './world.ts';

const ours = 'https://console.nadi.test';

function assertSafe({ headers }: LightMyRequestResponse, what: string): void {
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/, what);
  assert.equal(headers['x-content-type-options'], 'nosniff', what);
  assert.match(
    String(headers['content-security-policy']),
    /default-src 'none'.*frame-ancestors 'none'/,
    what,
  );
  assert.match(String(headers['strict-transport-security']), /max-age=\d{7,}/, what);
  assert.ok(headers['x-frame-options'] && headers['referrer-policy'], what);
  assert.equal(headers['x-powered-by'], undefined, what);
  assert.equal(headers.server, undefined, what);
}

test('every answer carries the security headers and a request id of its own', async () => {
  await using nadi = await testApp();
  const ids = new Set<unknown>();
  for (const { spec } of allEndpoints) {
    for (const as of ['nobody', 'viewer'] as const) {
      const answer = await nadi.request({
        as,
        method: spec.method,
        url: spec.path,
        headers: { 'x-request-id': 'forged' },
      });
      assertSafe(answer, `${spec.method} ${spec.path}`);
      ids.add(answer.headers['x-request-id']);
    }
  }
  assert.equal(ids.size, allEndpoints.length * 2);
  assertSafe(await nadi.request({ url: '/nothing' }), 'not found');
  assertSafe(
    await nadi.request({
      method: 'POST',
      url: '/api/customers',
      body: '{',
      headers: { 'content-type': 'application/json' },
    }),
    'bad JSON',
  );
});

test('only the origins of FRONTEND_URL may read answers, with credentials', async () => {
  await using nadi = await testApp({ env: { FRONTEND_URL: `${ours},https://two.nadi.test/` } });
  const from = async (origin: string, method: 'GET' | 'OPTIONS' = 'GET', headers = {}) =>
    (await nadi.request({ method, url: '/api/customers', headers: { origin, ...headers } })).headers;
  for (const origin of [ours, 'https://two.nadi.test']) {
    const headers = await from(origin);
    assert.equal(headers['access-control-allow-origin'], origin);
    assert.equal(headers['access-control-allow-credentials'], 'true');
    assert.match(String(headers.vary), /origin/i);
  }
  for (const origin of [
    'https://evil.test',
    'null',
    `${ours}.evil.test`,
    'http://console.nadi.test',
    ours.toUpperCase(),
  ]) {
    assert.equal((await from(origin))['access-control-allow-origin'], undefined, origin);
  }
  const asked = {
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'content-type,x-xsrf-token',
  };
  const preflight = await from(ours, 'OPTIONS', asked);
  assert.equal(preflight['access-control-allow-origin'], ours);
  assert.match(String(preflight['access-control-allow-methods']), /PUT.*PATCH.*DELETE/);
  assert.match(String(preflight['access-control-allow-headers']), /x-xsrf-token/);
  assert.equal((await from('https://evil.test', 'OPTIONS', asked))['access-control-allow-origin'], undefined);
  for (const { spec } of allEndpoints) {
    const answer = await nadi.request({ as: 'nobody', method: 'OPTIONS', url: spec.path });
    assert.equal(answer.statusCode, 204, `${spec.path}: ${answer.body}`);
  }
});

test('too many requests from one address are refused for a while, addresses that do not exist included', async () => {
  await using nadi = await testApp({ limitRates: true, env: { RATE_LIMIT_PER_MINUTE: '20' } });
  for (const url of ['/api/customers', '/nothing']) {
    const remoteAddress = url === '/nothing' ? '10.9.9.1' : '10.9.9.2';
    const answers: LightMyRequestResponse[] = [];
    for (let sent = 0; sent < 25; sent += 1) {
      answers.push(await nadi.request({ url, remoteAddress, headers: { 'accept-language': 'id' } }));
    }
    const refused = answers.filter((answer) => answer.statusCode === 429);
    assert.equal(refused.length, 5, url);
    for (const answer of refused) assert.equal(refusalOf(answer, url).code, 'too_many_requests');
    assert.notEqual((await nadi.request({ url, remoteAddress: '10.9.9.3' })).statusCode, 429);
  }
});

test('endpoints with a limit of their own keep it, by address or by customer', async () => {
  await using nadi = await testApp({ limitRates: true, edition: wholeEdition });
  const world = await newWorld(nadi);
  const { token, ids } = await portalOf(world, nadi);
  let last = 0;
  for (const { name, spec } of allEndpoints.filter((endpoint) => endpoint.spec.rateLimit !== undefined)) {
    last += 1;
    const limit = spec.rateLimit ?? 0;
    const remoteAddress = `10.8.0.${last}`;
    if (limit > 1000) {
      const { headers } = await nadi.request({
        method: spec.method,
        url: spec.path,
        remoteAddress,
        body: {},
      });
      assert.equal(headers['x-ratelimit-limit'], String(limit), name);
      continue;
    }
    const statuses: number[] = [];
    for (let sent = 0; sent <= limit; sent += 1) {
      statuses.push(
        (
          await nadi.request({
            method: spec.method,
            url: spec.path,
            body: {},
            ...(spec.permission === 'customer'
              ? { token, remoteAddress: `10.7.${last}.${sent}` }
              : { remoteAddress }),
          })
        ).statusCode,
      );
    }
    assert.equal(statuses.indexOf(429), limit, `${name}: ${statuses.join()}`);
    nadi.clock.advance({ minutes: 1 }); // A customer has one limit for all endpoints as well.
  }
  const all = Array.from({ length: 250 }, () => nadi.request({ token, url: '/api/portal/me' }));
  assert.equal((await Promise.all(all)).filter(({ statusCode }) => statusCode === 200).length, 240);
  const other = await addCustomerToken(nadi, world.ids.customer ?? '', `c${world.number}@world.test`);
  assert.notEqual(ids.customer, world.ids.customer);
  assert.equal((await nadi.request({ token: other, url: '/api/portal/me' })).statusCode, 200);
});

test('a forged X-Forwarded-For does not escape the limit where no proxy is trusted', async () => {
  await using nadi = await testApp({ limitRates: true, env: { RATE_LIMIT_PER_MINUTE: '5' } });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const headers = { 'x-forwarded-for': `203.0.113.${n}` };
    statuses.push((await nadi.request({ url: '/api/me', headers, remoteAddress: '10.7.0.1' })).statusCode);
  }
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
});
