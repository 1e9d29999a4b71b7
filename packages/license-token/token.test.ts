import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import {
  type Components,
  digestOf,
  fingerprintOf,
  type LicenseClaims,
  sameMachine,
  signToken,
  tokenEnd,
  verifyToken,
} from './index.ts';

const pair = (kid: string) => ({ kid, ...generateKeyPairSync('ed25519') });
const [old, current, stranger] = [pair('old'), pair('current'), pair('stranger')];
const keys = [old, current];
const at = Temporal.Instant.from('2026-01-15T03:00:00Z');
const claims: LicenseClaims = {
  sub: '0194f000-0000-7000-8000-000000000001',
  install_id: '0194f000-0000-7000-8000-000000000002',
  agent_code: 'AG-1',
  plan: 'Standalone Pro',
  features: { channel_manager: true },
  limits: { max_rooms: 100 },
  fingerprint: 'sha256:00',
  valid_until: '2027-01-15T00:00:00Z',
  status: 'active',
  serial: 7,
  directive_version: 3,
  iat: at.epochMilliseconds / 1000,
  exp: tokenEnd(at, null).epochMilliseconds / 1000,
};

test('a token says what it was signed with, under each key that is known', async () => {
  for (const key of keys) {
    const token = await signToken(claims, key);
    const verified = await verifyToken(token, { keys, at });
    assert.equal(verified.fault, undefined);
    assert.partialDeepStrictEqual(verified.claims, claims);
  }
});

test('a token lasts thirty days, and no longer than thirty days after the paid time', async () => {
  const token = await signToken(claims, current);
  const after = async (hours: number) => (await verifyToken(token, { keys, at: at.add({ hours }) })).fault;
  assert.equal(await after(30 * 24 - 1), undefined);
  assert.equal(await after(30 * 24), 'expired');
  const end = (validUntil: string) => String(tokenEnd(at, Temporal.Instant.from(validUntil)));
  assert.equal(end('2027-01-15T00:00:00Z'), '2026-02-14T03:00:00Z');
  assert.equal(end('2026-01-05T00:00:00Z'), '2026-02-04T00:00:00Z');
});

test('clocks that are wrong by years are told apart from tokens that are wrong', async () => {
  const token = await signToken(claims, current);
  const verified = async (instant: string) =>
    (await verifyToken(token, { keys, at: Temporal.Instant.from(instant) })).fault;
  assert.equal(await verified('1970-01-01T00:00:00Z'), 'not_yet');
  assert.equal(await verified('2021-01-15T00:00:00Z'), 'not_yet');
  assert.equal(await verified('2026-01-14T20:00:00Z'), undefined);
  assert.equal(await verified('2099-01-01T00:00:00Z'), 'expired');
});

test('what was not signed by a known key, or was changed, is not believed', async () => {
  const fault = async (token: string) => (await verifyToken(token, { keys, at })).fault;
  const good = await signToken(claims, current);
  assert.equal(await fault(await signToken(claims, stranger)), 'unknown_key');
  assert.equal(await fault(await signToken(claims, { ...stranger, kid: 'current' })), 'bad_signature');
  const [head, body = '', signature] = good.split('.');
  const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace('100', '999')).toString(
    'base64url',
  );
  assert.equal(await fault([head, changed, signature].join('.')), 'bad_signature');
  const unsigned = new UnsecuredJWT({ ...claims }).encode();
  const none = (text: string) => Buffer.from(text).toString('base64url');
  for (const token of [
    '',
    '.',
    'a.b.c',
    unsigned,
    `${none('{"alg":"none","kid":"current"}')}.${body}.`,
    `${good}.x`,
    'x'.repeat(9999),
  ])
    assert.match(String(await fault(token)), /malformed|unknown_key/);
  // The public key is no secret: it must not do as one (RFC 8725 §2.1).
  const secret = current.publicKey.export({ format: 'der', type: 'spki' });
  const confused = await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: 'current' })
    .sign(secret);
  assert.equal(await fault(confused), 'malformed');
  const foreign = await new SignJWT({ ...claims, iss: 'nadi-vendor', aud: 'elsewhere' })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'current' })
    .sign(current.privateKey);
  assert.equal(await fault(foreign), 'malformed');
});

test('any text at all is no token', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      assert.notEqual((await verifyToken(text, { keys, at })).fault, undefined);
    }),
  );
});

const parts = { machine_id: 'abc', mac: '00:11', disk: 'WD-1', cpu: 'i5', hostname: 'hotel' };

test('a machine stays itself while three of five parts do, and nothing is equal by being unknown', () => {
  const own = fingerprintOf(parts, 'salt');
  const same = (other: Partial<Record<keyof typeof parts, string | null>>) =>
    sameMachine(own.components, fingerprintOf({ ...parts, ...other }, 'salt').components);
  assert.ok(same({}));
  assert.ok(same({ mac: '00:22', disk: 'SSD-2' }));
  assert.ok(!same({ mac: '00:22', disk: 'SSD-2', cpu: 'i7' }));
  const nothing: Components = { machine_id: null, mac: null, disk: null, cpu: null, hostname: null };
  assert.ok(!sameMachine(nothing, nothing));
  assert.ok(!sameMachine(own.components, fingerprintOf(parts, 'another salt').components));
});

test('the digest is of all parts, and of no other order', () => {
  const { digest, components } = fingerprintOf(parts, 'salt');
  assert.match(digest, /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(digestOf({ ...components, mac: components.disk, disk: components.mac }), digest);
});
