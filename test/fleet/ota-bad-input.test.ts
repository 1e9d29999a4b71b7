import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { TestApp } from '../support/test-app.ts';
import { addInstallations, addRelease, type Client, fleetApp, post, wireOf } from './fleet-world.ts';

let nadi: TestApp;
let clients: readonly Client[];

before(async () => {
  nadi = await fleetApp();
  clients = await addInstallations(nadi, 10);
  await addRelease(nadi, '1.1.0');
});
after(() => nadi[Symbol.asyncDispose]());

const raw = (path: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
  nadi.app.inject({
    method: 'POST',
    url: `/ota/${path}`,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });

test('what cannot be read is refused in the envelope, with 400, 413 or 422', async () => {
  const bodies: readonly (readonly [string | Buffer, number])[] = [
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['"x"', 400],
    ['null', 400],
    [Buffer.from([0x7b, 0xff, 0x7d]), 400],
    ['['.repeat(30_000), 400],
    [JSON.stringify({ agent_code: 'x'.repeat(70_000) }), 413],
    ['{}', 422],
    ['{"agent_code":1,"license_key":true,"current_version":null,"version":[],"status":{}}', 422],
    [
      '{"agent_code":"a\\u0000b","license_key":"\\ud800","current_version":"1.0.0","version":"1.0.0","status":"success"}',
      422,
    ],
  ];
  for (const path of ['check', 'heartbeat', 'report']) {
    for (const [body, status] of bodies) {
      const answer = await raw(path, body, { 'accept-language': 'id' });
      assert.equal(answer.statusCode, status, `${path} ${String(body).slice(0, 30)}: ${answer.body}`);
      const { message, has_update, server_message, status: said } = answer.json();
      assert.deepEqual([said, has_update], [status, false]);
      assert.match(message, /^[A-Z_]+$/);
      assert.ok(server_message.length > 10);
    }
  }
});

test('each fault is named', async () => {
  const answer = await raw('report', JSON.stringify({ agent_code: 'a', version: 'one', status: 'done' }));
  assert.deepEqual(Object.keys(answer.json().errors).sort(), ['license_key', 'status', 'version']);
});

test('unknown fields, other content types and what PHP writes for nothing are taken', async () => {
  const [one] = clients;
  assert.ok(one);
  const body = JSON.stringify({
    ...one,
    current_version: 'v1.0.0',
    client_info: [],
    is_admin: true,
    nested: { a: [1] },
  });
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
    assert.equal((await raw('heartbeat', body, { 'content-type': type })).statusCode, 200);
  assert.equal((await raw('heartbeat', `\ufeff${body}`)).statusCode, 200);
  const big = { ...one, current_version: '1.0.0', client_info: { php: 'x'.repeat(5000) } };
  assert.deepEqual(Object.keys((await post(nadi, 'heartbeat', big)).json().errors), ['client_info']);
});

test('a form is taken as JSON is, with its parts', async () => {
  const [, , , , , one] = clients;
  assert.ok(one);
  const form = (fields: Record<string, string>) =>
    new URLSearchParams({ agent_code: one.agent_code, license_key: one.license_key, ...fields }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const beat = form({
    current_version: '1.0.0',
    'client_info[php]': '8.2.20',
    'client_info[os]': 'Linux',
    'client_info[a][b]': 'x',
    '__proto__[a]': 'x',
  });
  assert.equal((await raw('heartbeat', beat, type)).statusCode, 200);
  const { rows } = await nadi.kit.pool.query(
    'select client_info from fleet_installations where installation_id = $1',
    [one.id],
  );
  assert.deepEqual(rows[0].client_info, { php: '8.2.20', os: 'Linux' });
  assert.equal((await raw('check', form({ current_version: '1.0.0' }), type)).json().version, '1.1.0');
  const failed = form({ version: '1.1.0', status: 'failed', error: 'Disk & penuh %' });
  assert.equal((await raw('report', failed, type)).json().message, 'REPORT_RECEIVED');
  assert.equal((await raw('check', '', type)).statusCode, 422);
  const twice = `${form({ current_version: '1.0.0' })}&license_key[x]=1`;
  assert.deepEqual((await raw('check', twice, type)).json().errors, { license_key: ['Send a text.'] });
});

test('versions that are none are refused by name, on every address', async () => {
  const [one] = clients;
  assert.ok(one);
  const versions = [
    '',
    '1',
    '1.0',
    '1.0.0.0',
    '01.0.0',
    'V1.0.0',
    '1.0.0-',
    '1.0.0-01',
    '99999999999.0.0',
    1,
    null,
    [],
    {},
  ];
  for (const version of [...versions, 'x'.repeat(101), '1.0.0\0'])
    for (const [path, field] of [
      ['check', 'current_version'],
      ['heartbeat', 'current_version'],
      ['report', 'version'],
    ] as const) {
      const answer = await post(nadi, path, { ...one, status: 'success', [field]: version });
      assert.equal(answer.statusCode, 422, `${path} ${version}`);
      assert.deepEqual(Object.keys(answer.json().errors), [field]);
    }
  for (const version of ['v1.0.0', '1.0.0+build.5', ' 1.0.0\n', '1.0.0-rc.1'])
    assert.equal((await post(nadi, 'check', { ...one, current_version: version })).statusCode, 200, version);
});

test('another method is refused in the envelope, with those that there are', async () => {
  for (const [method, url, allow] of [
    ['GET', '/ota/check', 'POST, OPTIONS'],
    ['PUT', '/ota/report', 'POST, OPTIONS'],
    ['POST', '/ota/download/1.1.0', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const answer = await nadi.app.inject({ method, url, headers: { 'accept-language': 'id' } });
    assert.deepEqual([answer.statusCode, answer.headers.allow], [405, allow]);
    const { server_message, ...rest } = answer.json();
    assert.deepEqual(rest, { status: 405, message: 'METHOD_NOT_ALLOWED', has_update: false });
    assert.match(server_message, /alamat/i);
  }
});

test('codes and keys are known however they are typed', async () => {
  const [one] = clients;
  assert.ok(one);
  const small = { ...one, agent_code: one.agent_code.toLowerCase(), current_version: '1.0.0' };
  assert.equal((await post(nadi, 'check', small)).statusCode, 200);
  const headers = { 'X-AGENT-CODE': small.agent_code, 'x-License-Key': ` ${one.license_key} ` };
  assert.equal((await nadi.app.inject({ url: '/ota/download/1.1.0', headers })).statusCode, 200);
});

test('a report is taken however its error is written', async () => {
  const [, one] = clients;
  assert.ok(one);
  const wire = wireOf(nadi, one);
  await wire.check('1.0.0');
  for (const error of ['a\0b', '\ud800', 'x'.repeat(10_000), null])
    assert.equal((await wire.report('1.1.0', 'failed', error)).message, 'REPORT_RECEIVED');
  const { rows } = await nadi.kit.pool.query<{ n: number }>(
    'select count(*)::int as n from fleet_reports where installation_id = $1',
    [one.id],
  );
  assert.equal(rows[0]?.n, 4);
});

test('whatever is sent, it never answers 5xx', async () => {
  const [, , one] = clients;
  assert.ok(one);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('check' as const, 'heartbeat' as const, 'report' as const),
      fc.record(
        {
          current_version: fc.anything(),
          client_info: fc.anything(),
          version: fc.anything(),
          status: fc.anything(),
          error: fc.anything(),
        },
        { requiredKeys: [] },
      ),
      async (path, fields) => {
        const answer = await raw(
          path,
          JSON.stringify({ ...fields, ...one }, (_key, value) =>
            typeof value === 'bigint' ? String(value) : value,
          ),
        );
        assert.ok(answer.statusCode < 500, answer.body);
      },
    ),
    { numRuns: 150 },
  );
});

test('guessing a key is slow; neighbours who had the right one go on, and others may come', async () => {
  const [, , , known, other] = clients;
  assert.ok(known && other);
  const from = (remoteAddress: string, who: Client, key = who.license_key) =>
    nadi.app.inject({
      method: 'POST',
      url: '/ota/check',
      payload: { agent_code: who.agent_code, license_key: key, current_version: '1.0.0' },
      remoteAddress,
    });
  assert.equal((await from('203.0.113.7', known)).statusCode, 200);
  const statuses: number[] = [];
  for (let n = 0; n < 70; n += 1) statuses.push((await from('203.0.113.7', other, `guess-${n}`)).statusCode);
  assert.equal(statuses.filter((status) => status === 401).length, 60);
  assert.equal(statuses.filter((status) => status === 429).length, 10);
  nadi.clock.advance({ seconds: 30 });
  assert.equal((await from('203.0.113.7', known)).statusCode, 200);
  const refused = await from('203.0.113.7', other);
  assert.equal(refused.statusCode, 429);
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal((await from('198.51.100.9', other)).statusCode, 200);
  nadi.clock.advance({ minutes: 1 });
  assert.equal((await from('203.0.113.7', other, 'guess')).statusCode, 401);
});
