import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { formatKey, makeKey } from '#license-token';
import { databaseDigest } from '../contract/digest.ts';
import { ok } from '../support/provider.ts';
import {
  addLicense,
  beating,
  box,
  call,
  done,
  pairing,
  refusedWith,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

const raw = (path: string, payload: string, headers: Record<string, string> = {}) =>
  nadi.app.inject({
    method: 'POST',
    url: `/api/license/${path}`,
    payload,
    headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
  });

test('what is no request at all is refused in the shape of the wire', async () => {
  for (const path of ['pair', 'heartbeat', 'migrate', 'unpair']) {
    for (const body of ['{', 'nope', '{"license_key":']) refusedWith(await raw(path, body), 'INVALID_JSON');
    for (const body of ['[]', '7', '"text"', 'null', '{}', ''])
      refusedWith(await raw(path, body), 'VALIDATION_FAILED');
    const said = refusedWith(await raw(path, JSON.stringify({ a: 'x'.repeat(65 * 1024) })), 'BODY_TOO_LARGE');
    assert.match(said, /64 KB/);
    refusedWith(await raw(path, '{}', { 'content-type': 'text/xml' }), 'UNSUPPORTED_MEDIA_TYPE');
    refusedWith(await raw(path, '{}', { 'content-encoding': 'gzip' }), 'UNSUPPORTED_MEDIA_TYPE');
  }
});

test('fields that nobody knows are passed over, those that are known are checked and named', async () => {
  const { key } = await addLicense(nadi);
  const good = pairing(key, box());
  await done(nadi, 'pair', { ...good, is_admin: true, fingerprint: { ...good.fingerprint, tpm: 'x' } });
  const { components } = good.fingerprint;
  const bad: readonly (readonly [string, object])[] = [
    ['install_id', { install_id: 'not-a-uuid' }],
    ['license_key', { license_key: 5 }],
    ['license_key', { license_key: 'x'.repeat(10_000) }],
    ['app_version', { app_version: '' }],
    ['hostname', { hostname: 'a\0b' }],
    ['hostname', { hostname: 'x'.repeat(256) }],
    ['fingerprint', { fingerprint: 'x' }],
    ['fingerprint.digest', { fingerprint: { ...good.fingerprint, digest: 'md5' } }],
    [
      'fingerprint.components.mac',
      { fingerprint: { ...good.fingerprint, components: { ...components, mac: '00:11:22' } } },
    ],
    ['fingerprint.components', { fingerprint: { ...good.fingerprint, components: { cpu: components.cpu } } }],
    ['owner', { owner: Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`f${n}`, 'x'])) }],
    ['property.rooms', { property: { rooms: { $gt: 0 } } }],
    ['client_time', { client_time: 'yesterday' }],
  ];
  for (const [field, changed] of bad) {
    const answer = await call(nadi, 'pair', { ...good, ...changed });
    refusedWith(answer, 'VALIDATION_FAILED');
    assert.ok(
      Object.keys(answer.json().errors).some((name) => name.startsWith(field)),
      `${field}: ${answer.body}`,
    );
  }
});

test('refused requests change nothing', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const digest = await databaseDigest(nadi.kit.pool);
  const before = await digest.take();
  const beat = beating(key, machine, 1);
  await Promise.all([
    call(nadi, 'pair', pairing(key, box())),
    call(nadi, 'pair', pairing(formatKey(makeKey()), box())),
    call(nadi, 'migrate', { ...pairing(key, box()), reason: '' }),
    call(nadi, 'heartbeat', { ...beat, counter: -1 }, { token }),
    call(nadi, 'heartbeat', { ...beat, usage: { rooms: 1.5 } }, { token }),
    call(nadi, 'heartbeat', { ...beat, usage: { __proto__: 1, Rooms: 1 } }, { token }),
    call(nadi, 'heartbeat', beat, { token: `${token}x` }),
    call(nadi, 'unpair', { reason: '' }, { token }),
    call(nadi, 'rotate-token', {}, {}),
  ]).then((answers) => {
    for (const answer of answers) assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, answer.body);
  });
  assert.deepEqual(await digest.take(), before);
});

test('any number of wrong keys from an address locks nobody out who has a right one', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const ip = '198.51.100.200';
  const answers = await Promise.all(
    Array.from({ length: 650 }, () => call(nadi, 'pair', pairing(formatKey(makeKey()), machine), { ip })),
  );
  const limited = answers.filter(({ statusCode }) => statusCode === 429);
  assert.equal(limited.length, 50);
  for (const answer of limited) assert.ok(Number(answer.headers['retry-after']) > 0);
  assert.equal((await call(nadi, 'pair', pairing(key, machine), { ip })).statusCode, 200);
  const { token: now } = await done(nadi, 'pair', pairing(key, machine), { ip });
  assert.equal((await call(nadi, 'heartbeat', beating(key, machine, 1), { ip, token: now })).statusCode, 200);
  refusedWith(await call(nadi, 'heartbeat', beating(key, machine, 1), { ip, token }), 'TOKEN_REPLACED');
  refusedWith(
    await call(nadi, 'pair', pairing(formatKey(makeKey()), machine), { ip: '198.51.100.201' }),
    'KEY_NOT_FOUND',
  );
  nadi.clock.advance({ minutes: 1 });
  refusedWith(await call(nadi, 'pair', pairing(formatKey(makeKey()), machine), { ip }), 'KEY_NOT_FOUND');
});

test('no key, secret, token or part of a machine stands in the log, or clear in the database', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const machine = box();
  const { token, installation_secret: secret } = await done(nadi, 'pair', pairing(key, machine));
  await call(nadi, 'pair', { ...pairing(key, box()), hostname: 5 });
  await done(nadi, 'heartbeat', beating(key, machine, 1), { token });
  const dump = await nadi.kit.pool.query(
    `select (select jsonb_agg(to_jsonb(l)) from licenses l) as licenses, (select jsonb_agg(to_jsonb(i)) from installations i) as installations,
       (select jsonb_agg(to_jsonb(a)) from audit_logs a) as audit`,
  );
  const kept =
    JSON.stringify(dump.rows) +
    nadi.logged() +
    JSON.stringify(await ok(nadi, { url: `/api/licenses/${licenseId}` }));
  for (const text of [key, key.replaceAll('-', ''), secret, token, String(machine.parts.mac)])
    assert.ok(!kept.includes(text), text);
});
