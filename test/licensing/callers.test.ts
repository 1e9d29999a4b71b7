import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { instantText } from '#kit/clock.ts';
import { findCallers, hashCallerKey } from '../../server/modules/licensing/index.ts';
import { ok } from '../support/provider.ts';
import { addLicense, beating, box, call, done, drawKey, pairing, vendorApp } from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

const callers = (...pairs: [agentCode: string, key: string][]) =>
  findCallers(
    nadi.kit.db,
    pairs.map(([agentCode, key]) => ({ agentCode, keyHash: hashCallerKey(key) })),
    instantText(nadi.clock.now()),
  );

test('callers are found by agent code with the license’s key or their own secret, in their order', async () => {
  const foreign = await addLicense(nadi);
  const { agent_code: code } = await ok<{ agent_code: string }>(nadi, {
    method: 'POST',
    url: `/api/licenses/${foreign.licenseId}/installations`,
  });
  const own = await addLicense(nadi);
  const { agent_code: ownCode, installation_secret: secret } = await done(
    nadi,
    'pair',
    pairing(own.key, box()),
  );
  const found = await callers(
    [ownCode, secret],
    ['AG-NONE', foreign.key],
    [code, foreign.key.toLowerCase()],
    [ownCode, foreign.key],
    [ownCode, own.key],
    [code, foreign.key],
    [code, ''],
  );
  assert.deepEqual(
    found.map((caller) => caller?.licenseId),
    [own.licenseId, undefined, foreign.licenseId, undefined, own.licenseId, foreign.licenseId, undefined],
  );
  assert.partialDeepStrictEqual(found[2], {
    packageId: foreign.packageId,
    status: 'active',
    validUntil: null,
  });
  assert.deepEqual(await callers(), []);
});

test('they stand as their license does, and who moved, unpaired or has an old key is nobody', async () => {
  const { key, licenseId } = await addLicense(nadi, { license: { valid_until: '2026-01-10' } });
  const machine = box();
  const { agent_code: code, token } = await done(nadi, 'pair', pairing(key, machine));
  const statusOf = async (shown: string) => (await callers([code, shown]))[0]?.status;
  assert.equal(await statusOf(key), 'active');
  await ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/suspend`, body: { reason: 'Tes' } });
  assert.equal(await statusOf(key), 'suspended');
  await ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/revoke`, body: { reason: 'Tes' } });
  assert.equal(await statusOf(key), 'revoked');
  await ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/resume` });
  await ok(nadi, {
    method: 'POST',
    url: `/api/licenses/${licenseId}/renew`,
    body: { valid_until: '2025-12-01' },
  });
  assert.equal(await statusOf(key), 'expired');
  await ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/renew`, body: { valid_until: null } });
  const newKey = await drawKey(nadi, licenseId);
  assert.deepEqual([await statusOf(key), await statusOf(newKey)], [undefined, 'active']);
  await done(nadi, 'unpair', { reason: 'Tutup' }, { token });
  assert.equal(await statusOf(newKey), undefined);
});

test('a secret whose successor was lost on the way works until the successor is used', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  const first = await done(nadi, 'pair', pairing(key, machine));
  const lost = await done(nadi, 'pair', pairing(key, machine));
  const last = await done(nadi, 'pair', pairing(key, machine));
  const known = async () => {
    const pairs = [first, lost, last].map(
      ({ installation_secret: secret }) => [first.agent_code, secret] as [string, string],
    );
    return (await callers(...pairs)).map((caller) => caller !== undefined);
  };
  assert.deepEqual(await known(), [true, false, true]);
  await done(nadi, 'heartbeat', beating(key, machine, 1), { token: last.token });
  assert.deepEqual(await known(), [false, false, true]);
});

test('an agent code needs a place, and is what an application that never pairs is known by', async () => {
  const { licenseId, key } = await addLicense(nadi);
  const url = `/api/licenses/${licenseId}/installations`;
  const added = await ok<{ state: string }>(nadi, { method: 'POST', url });
  assert.equal(added.state, 'ready');
  assert.equal((await nadi.request({ method: 'POST', url })).json().code, 'license_nodes_full');
  assert.equal((await call(nadi, 'pair', pairing(key, box()))).statusCode, 200);
});
