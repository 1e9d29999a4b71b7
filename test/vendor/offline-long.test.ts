import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { signToken } from '#license-token';
import { currentOnlineKey, rotateTrust } from '../../server/modules/trust/index.ts';
import { beating, call, done, paired, pairing, refusedWith } from '../licensing/licensing-support.ts';
import { author } from './signers.ts';
import { wholeVendor } from './whole-vendor.ts';

const nadi = await wholeVendor();
after(() => nadi[Symbol.asyncDispose]());
const { kit } = nadi;

const partOf = (jwt: string, at: 0 | 1) =>
  JSON.parse(Buffer.from(jwt.split('.')[at] ?? '', 'base64url').toString());
const kidOf = (jwt: string): string => partOf(jwt, 0).kid;

/** A new online key, signed and known. */
async function rotate(online: 'new' | 'compromised'): Promise<void> {
  await rotateTrust(kit, author, { online });
  await nadi.sign();
  await nadi.watch(2);
}

const jwks = async (): Promise<string[]> =>
  (await nadi.request({ as: 'nobody', url: '/api/license/keys' }))
    .json()
    .keys.map(({ kid }: { kid: string }) => kid);

test('who was offline while the online key changed twice comes back by its old token', async () => {
  const { token, beat, key, machine } = await paired(nadi);
  const other = await paired(nadi);
  await rotate('new');
  await rotate('new');
  await nadi.watch(40);
  assert.deepEqual(await jwks(), [(await currentOnlineKey(kit, kit.db)).kid]);
  const answer = await beat(token, 1);
  assert.equal(answer.statusCode, 200, answer.body);
  const { token: fresh } = answer.json();
  assert.ok(kidOf(fresh) !== kidOf(token) && (await jwks()).includes(kidOf(fresh)));
  await done(nadi, 'heartbeat', beating(key, machine, 2), { token: fresh });
  await done(nadi, 'rotate-token', undefined, { token: other.token });
});

test('after an online key was stolen its tokens let nobody in, but together with the secret of the installation', async () => {
  const mine = await paired(nadi);
  const thief = await paired(nadi);
  const stolen = await currentOnlineKey(kit, kit.db);
  const claims = partOf(mine.token, 1);
  const forged = await signToken({ ...claims, serial: claims.serial + 5 }, stolen);
  await rotateTrust(kit, author, { online: 'compromised' });
  // Also before the offline keys have signed it.
  for (const signed of [false, true]) {
    if (signed) await nadi.sign();
    assert.ok(!(await jwks()).includes(stolen.kid));
    assert.match(
      refusedWith(await mine.beat(mine.token, 1), 'TOKEN_INVALID'),
      /again with installation_secret/,
    );
    for (const secret of [undefined, thief.secret, 'x', mine.key])
      refusedWith(await mine.beat(forged, 1, { installation_secret: secret }), 'TOKEN_INVALID');
    refusedWith(await call(nadi, 'rotate-token', {}, { token: forged }), 'TOKEN_INVALID');
    const asThief = beating(thief.key, thief.machine, 1, { installation_secret: thief.secret });
    refusedWith(await call(nadi, 'heartbeat', asThief, { token: forged }), 'TOKEN_INVALID');
  }
  const back = await mine.beat(mine.token, 1, { installation_secret: mine.secret });
  assert.equal(back.statusCode, 200, back.body);
  const { token: fresh } = back.json();
  assert.deepEqual(await jwks(), [kidOf(fresh)]);
  assert.equal((await mine.beat(fresh, 2)).statusCode, 200);
  // The secret makes no newer one of a token that was replaced.
  refusedWith(await mine.beat(mine.token, 3, { installation_secret: mine.secret }), 'TOKEN_REPLACED');
});

test('the secret makes no token of what nobody of ours has signed', async () => {
  const { token, secret, beat } = await paired(nadi);
  const { privateKey } = generateKeyPairSync('ed25519');
  const serial = nadi.clock.now().epochMilliseconds;
  for (const kid of ['a'.repeat(64), kidOf(token), (await currentOnlineKey(kit, kit.db)).kid]) {
    // A copy that would never again be found to be one.
    const own = await signToken({ ...partOf(token, 1), serial }, { kid, privateKey });
    refusedWith(await beat(own, 1, { installation_secret: secret }), 'TOKEN_INVALID');
  }
  assert.equal((await beat(token, 1, { installation_secret: 'passed over' })).statusCode, 200);
});

test('a thief with the online key cannot put the serial out of reach', async () => {
  const { token, key, machine, beat } = await paired(nadi);
  const stolen = await currentOnlineKey(kit, kit.db);
  const claims = partOf(token, 1);
  for (const serial of [Number.MAX_SAFE_INTEGER, nadi.clock.now().epochMilliseconds + 90_000_000]) {
    const forged = await signToken({ ...claims, serial }, stolen);
    refusedWith(await call(nadi, 'rotate-token', {}, { token: forged }), 'TOKEN_INVALID');
  }
  const now = await signToken({ ...claims, serial: nadi.clock.now().epochMilliseconds + 1000 }, stolen);
  await done(nadi, 'rotate-token', {}, { token: now });
  refusedWith(await beat(token, 1), 'TOKEN_REPLACED');
  // The owner is told what to do, and that ends it.
  nadi.clock.advance({ hours: 1 });
  const { token: again } = await done(nadi, 'pair', pairing(key, machine));
  assert.equal((await beat(again, 1)).statusCode, 200);
  refusedWith(await call(nadi, 'rotate-token', {}, { token: now }), 'TOKEN_REPLACED');
});
