import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { TlsOptions as ServerOptions } from 'node:tls';
import { CertificateRefused, connectRouter, InvalidInput, RouterTimeout, type TlsOptions } from '#routeros';
import { SettableTimers, scriptedRouter } from '../../test/support/scripted-router.ts';
import { selfSignedCertificate } from '../../test/support/self-signed.ts';

const { cert, key } = selfSignedCertificate('127.0.0.1');
const sha256 = new X509Certificate(cert).fingerprint256;
const another = sha256.replaceAll(/[0-7]/g, '8');

/** True if the login was reached and done; otherwise how it was refused. */
async function connects(tls: TlsOptions, server: ServerOptions = { cert, key }): Promise<unknown> {
  await using router = await scriptedRouter(server);
  const connecting = connectRouter({
    host: '127.0.0.1',
    port: router.port,
    user: 'nadi',
    password: 'x',
    tls,
  });
  const admitted = router.accept().then((side) => side.admit().catch(() => undefined));
  try {
    await using connection = await connecting;
    await admitted;
    return connection.open;
  } catch (error) {
    return error;
  }
}

test('a router is known by its authority', async () => {
  assert.equal(await connects({ verify: 'authority', ca: cert }), true);
  assert.ok((await connects({ verify: 'authority' })) instanceof CertificateRefused);
  const misnamed = await connects({ verify: 'authority', ca: cert, servername: 'other.example' });
  assert.ok(misnamed instanceof CertificateRefused);
});

test('a router is known by the fingerprint of its own certificate', async () => {
  assert.equal(await connects({ verify: 'fingerprint', sha256 }), true);
  assert.equal(
    await connects({ verify: 'fingerprint', sha256: sha256.replaceAll(':', '').toLowerCase() }),
    true,
  );
  const refused = await connects({ verify: 'fingerprint', sha256: another });
  assert.ok(refused instanceof CertificateRefused);
  assert.equal(refused.sha256, sha256);
});

test('nothing is sent to a router with another certificate', async () => {
  await using router = await scriptedRouter({ cert, key });
  const tls = { verify: 'fingerprint', sha256: another } as const;
  const connecting = connectRouter({
    host: '127.0.0.1',
    port: router.port,
    user: 'nadi',
    password: 'x',
    tls,
  });
  await assert.rejects(connecting, CertificateRefused);
  assert.equal(await router.sentencesInAll(), 0);
});

test('a fingerprint that is none is refused before connecting', async () => {
  const tls = { verify: 'fingerprint', sha256: 'AB:CD' } as const;
  await assert.rejects(
    connectRouter({ host: '127.0.0.1', port: 1, user: 'nadi', password: 'x', tls }),
    InvalidInput,
  );
});

test('verification is left out only when asked', async () => {
  assert.equal(await connects({ verify: 'none' }), true);
});

test('a router without a certificate is reached by anonymous Diffie-Hellman', async () => {
  const anonymous = { ciphers: 'ADH:@SECLEVEL=0', dhparam: 'auto', maxVersion: 'TLSv1.2' } as const;
  assert.equal(await connects({ verify: 'anonymous' }, anonymous), true);
});

test('a handshake that never comes ends with the connect timeout', async () => {
  await using router = await scriptedRouter();
  const timers = new SettableTimers();
  const tls = { verify: 'none' } as const;
  const connecting = connectRouter({
    host: '127.0.0.1',
    port: router.port,
    user: 'u',
    password: 'x',
    tls,
    timers,
  });
  const refused = assert.rejects(connecting, RouterTimeout);
  const side = await router.accept().catch(() => undefined);
  timers.advance(10_000);
  await refused;
  await side?.closed;
  assert.equal(timers.size, 0);
});
