import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { licenseWireErrors } from '#contract';
import { formatKey, makeKey, signToken, tokenEnd } from '#license-token';
import { ok } from '../support/provider.ts';
import {
  addLicense,
  beating,
  box,
  call,
  done,
  paired,
  pairing,
  refusedWith,
  signer,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

type Send = (language: 'id' | 'en') => Promise<LightMyRequestResponse>;

const decide = (id: string, verb: string) =>
  ok(nadi, { method: 'POST', url: `/api/licenses/${id}/${verb}`, body: { reason: 'Alasannya' } });

/** Every refusal of the wire, brought about. */
const refusals: Readonly<Record<string, () => Promise<Send>>> = {
  KEY_FORMAT: async () => (language) => call(nadi, 'pair', pairing('ABCDE-FGHJK', box()), { language }),
  KEY_NOT_FOUND: async () => (language) =>
    call(nadi, 'pair', pairing(formatKey(makeKey()), box()), { language }),
  ALREADY_PAIRED: async () => {
    const { key } = await paired(nadi);
    return (language) => call(nadi, 'pair', pairing(key, box()), { language });
  },
  NODE_LIMIT: async () => {
    const { key } = await paired(nadi, { plan: { max_nodes: 2 } });
    await done(nadi, 'pair', pairing(key, box()));
    return (language) => call(nadi, 'pair', pairing(key, box()), { language });
  },
  FINGERPRINT_MISMATCH: async () => {
    const { key, machine, token } = await paired(nadi);
    return (language) =>
      call(nadi, 'heartbeat', beating(key, box({}, machine.installId), 1), { token, language });
  },
  NOT_PAIRED: async () => {
    const { key, machine, token } = await paired(nadi);
    await done(nadi, 'unpair', { reason: 'Tutup' }, { token });
    return (language) => call(nadi, 'heartbeat', beating(key, machine, 1), { token, language });
  },
  TOKEN_INVALID: async () => {
    const { key, machine, token } = await paired(nadi);
    return (language) => call(nadi, 'heartbeat', beating(key, machine, 1), { token: `${token}x`, language });
  },
  TOKEN_REPLACED: async () => {
    const { key, machine, token } = await paired(nadi);
    await done(nadi, 'pair', pairing(key, machine));
    return (language) => call(nadi, 'heartbeat', beating(key, machine, 1), { token, language });
  },
  SUSPENDED: async () => {
    const { key, machine, licenseId } = await paired(nadi);
    await decide(licenseId, 'suspend');
    return (language) => call(nadi, 'pair', pairing(key, machine), { language });
  },
  REVOKED: async () => {
    const { token, licenseId } = await paired(nadi);
    await decide(licenseId, 'revoke');
    return (language) => call(nadi, 'rotate-token', {}, { token, language });
  },
  EXPIRED: async () => {
    const { key } = await addLicense(nadi, { license: { valid_until: '2025-12-01' } });
    return (language) => call(nadi, 'pair', pairing(key, box()), { language });
  },
  MOVES_EXCEEDED: async () => {
    const { key } = await paired(nadi, { plan: { free_moves: 0 } });
    return (language) => call(nadi, 'migrate', { ...pairing(key, box()), reason: 'Baru' }, { language });
  },
  VERSION_UNSUPPORTED: async () => {
    const { key } = await addLicense(nadi, { plan: { min_app_version: '1.10.0' } });
    return (language) => call(nadi, 'pair', pairing(key, box(), { app_version: '1.9.9' }), { language });
  },
  CLOCK_SKEW: async () => {
    const { key } = await addLicense(nadi);
    return (language) =>
      call(nadi, 'pair', pairing(key, box(), { client_time: '2021-01-01T00:00:00Z' }), { language });
  },
  RATE_LIMITED: async () => {
    const key = formatKey(makeKey());
    for (let n = 0; n < 20; n += 1) await call(nadi, 'pair', pairing(key, box()), { ip: `198.51.100.${n}` });
    return (language) => call(nadi, 'pair', pairing(key, box()), { language });
  },
};

test('every refusal of the wire is among these', () => {
  const codes = Object.keys(licenseWireErrors).map((code) => code.replace('license_', '').toUpperCase());
  assert.deepEqual(Object.keys(refusals).sort(), codes.sort());
});

for (const [code, bring] of Object.entries(refusals)) {
  test(`${code} is said in both languages, with what to do, and where to read more`, async () => {
    const send = await bring();
    const [english, indonesian] = [await send('en'), await send('id')];
    const said = [refusedWith(english, code), refusedWith(indonesian, code)];
    assert.notEqual(said[0], said[1]);
    assert.notEqual(english.json().action, indonesian.json().action);
    assert.deepEqual(Object.keys(english.json()), ['status', 'code', 'message', 'action', 'help_url']);
    if (code === 'RATE_LIMITED') assert.ok(Number(english.headers['retry-after']) > 0);
    const page = await nadi.request({ as: 'nobody', url: new URL(indonesian.json().help_url).pathname });
    assert.ok(page.body.includes(`id="${code}"`));
  });
}

test('what is mistyped in a key is said', async () => {
  const { key } = await addLicense(nadi);
  const said = async (typed: string) =>
    refusedWith(await call(nadi, 'pair', { ...pairing(key, box()), license_key: typed }), 'KEY_FORMAT');
  assert.match(await said(`O${key.slice(1)}`), /no "O"/);
  assert.match(await said(key.slice(0, -1)), /this has 24/);
  const other = key.startsWith('A') ? 'C' : 'A';
  assert.match(await said(other + key.slice(1)), /wrong/);
  assert.match(await said(''), /this has 0/);
});

test('tokens that are forged, of another key, or of nobody are told apart from those that are too old', async () => {
  const { key, machine, token } = await paired(nadi);
  const beat = (shown: string | undefined) =>
    call(nadi, 'heartbeat', beating(key, machine, 1), { token: shown });
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const { privateKey } = generateKeyPairSync('ed25519');
  const forged = await signToken({ ...claims, limits: { max_rooms: 1e6 } }, { kid, privateKey });
  const foreign = await signToken(claims, { kid: 'another', privateKey });
  for (const shown of [undefined, '', 'x', 'a.b.c', forged, foreign, token.slice(0, -3), 'x'.repeat(9000)])
    refusedWith(await beat(shown), 'TOKEN_INVALID');
  const at = nadi.clock.now();
  const issue = async (more: object, from = at) =>
    signToken(
      {
        ...claims,
        ...more,
        iat: from.epochMilliseconds / 1000,
        exp: tokenEnd(from, null).epochMilliseconds / 1000,
      },
      await signer.current(),
    );
  refusedWith(await beat(await issue({ sub: randomUUID() })), 'NOT_PAIRED');
  const wrongInstall = await call(
    nadi,
    'heartbeat',
    { ...beating(key, machine, 1), install_id: randomUUID() },
    { token },
  );
  refusedWith(wrongInstall, 'TOKEN_INVALID');
  // Years old, or from a time when the vendor's own clock was wrong: it is still the one that was given.
  for (const years of [-10, 10]) {
    const then = at.toZonedDateTimeISO('UTC').add({ years }).toInstant();
    assert.equal((await beat(await issue({}, then))).statusCode, 200);
  }
});

test('a clock is judged by the body or the header Date, and what cannot be read says nothing', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  const by = (more: object, headers: Record<string, string> = {}) =>
    call(nadi, 'pair', pairing(key, machine, more), headers);
  assert.match(
    refusedWith(await by({}, { date: 'Wed, 15 Jan 2031 03:00:00 GMT' }), 'CLOCK_SKEW'),
    /1826 days off: here it is 2026-01-15/,
  );
  for (const date of ['Thu, 15 Jan 2026 20:00:00 GMT', 'gestern', ''])
    assert.equal((await by({}, { date })).statusCode, 200);
  assert.equal((await by({ client_time: '2026-01-16T02:00:00+07:00' })).statusCode, 200);
});

test('versions that are none are older than any; without a least version all are taken', async () => {
  const strict = await addLicense(nadi, { plan: { min_app_version: 'v1.4' } });
  const open = await addLicense(nadi);
  for (const app_version of ['latest', '1.3.99', '0', '../../etc', '1'])
    refusedWith(await call(nadi, 'pair', pairing(strict.key, box(), { app_version })), 'VERSION_UNSUPPORTED');
  const machine = box();
  for (const app_version of ['1.4', '1.4.0-beta.1', 'v2', '10.0.0.0.1'])
    await done(nadi, 'pair', pairing(strict.key, machine, { app_version }));
  await done(nadi, 'pair', pairing(open.key, machine, { app_version: 'latest' }));
});
