import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { verifyToken } from '#license-token';
import { ok } from '../support/provider.ts';
import {
  addLicense,
  addPlan,
  box,
  call,
  done,
  drawKey,
  pairing,
  refusedWith,
  rowsOf,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

async function keys() {
  const { keys: given } = (await nadi.request({ as: 'nobody', url: '/api/license/keys' })).json();
  return given.map((jwk: { kid: string }) => ({
    kid: jwk.kid,
    publicKey: createPublicKey({ key: jwk as never, format: 'jwk' }),
  }));
}

test('a machine pairs, and its token verifies offline with the public keys', async () => {
  const { key, licenseId } = await addLicense(nadi, {
    license: { valid_until: '2026-06-01', limits: { max_users: 50 } },
  });
  const machine = box();
  const answer = await done(
    nadi,
    'pair',
    pairing(key, machine, { owner: { name: 'Budi' }, property: { rooms: 24 } }),
  );
  const { token, agent_code: code, installation_secret: secret, ...rest } = answer;
  assert.match(code, /^AG-/);
  assert.match(secret, /^[\w-]{43}$/);
  assert.match(String(rest.plan), /^Standalone/);
  const terms = {
    features: { channel_manager: true },
    limits: { max_rooms: 100, max_users: 50 },
    valid_until: '2026-05-31T17:00:00.000Z',
  };
  assert.deepEqual(
    { ...rest, plan: '' },
    {
      status: 'paired',
      plan: '',
      ...terms,
      grace_days: 30,
      grace_until: '2026-02-14T03:00:00.000Z',
      server_time: '2026-01-15T03:00:00.000Z',
    },
  );
  const { claims, fault } = await verifyToken(token, { keys: await keys(), at: nadi.clock.now() });
  assert.equal(fault, undefined);
  assert.partialDeepStrictEqual(claims, {
    ...terms,
    install_id: machine.installId,
    agent_code: code,
    serial: nadi.clock.now().epochMilliseconds,
    status: 'active',
  });
  const shown = await ok<Record<string, unknown>>(nadi, { url: `/api/licenses/${licenseId}` });
  assert.partialDeepStrictEqual(shown, {
    nodes: 1,
    installations: [{ state: 'paired', hostname: machine.hostname, property: { rooms: 24 } }],
  });
  const [log] = await rowsOf(
    nadi,
    `select actor, new_values from audit_logs where action = 'installation.paired' and subject_id = $1`,
    [claims?.sub],
  );
  assert.equal(log?.actor, `installation:${claims?.sub}`);
  assert.ok(!JSON.stringify(log).includes(secret));
});

test('the key may be typed in any way', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  for (const typed of [key.toLowerCase(), key.replaceAll('-', ''), ` ${key.replaceAll('-', ' ')} `]) {
    await done(nadi, 'pair', { ...pairing(key, machine), license_key: typed });
  }
});

test('the same machine gets its installation back, however often, also after a lost answer', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const machine = box();
  const first = await done(nadi, 'pair', pairing(key, machine));
  const again = await done(nadi, 'pair', pairing(key, machine));
  const reinstalled = await done(nadi, 'pair', pairing(key, { ...machine, installId: randomUUID() }));
  assert.deepEqual([again.agent_code, reinstalled.agent_code], [first.agent_code, first.agent_code]);
  assert.equal(
    new Set([first, again, reinstalled].flatMap(({ token, installation_secret: s }) => [token, s])).size,
    6,
  );
  assert.equal((await ok<{ nodes: number }>(nadi, { url: `/api/licenses/${licenseId}` })).nodes, 1);
});

test('a machine that changed two of five parts is the same, one that changed three is told where the license lives', async () => {
  const { key } = await addLicense(nadi);
  const machine = box();
  const { agent_code: code } = await done(nadi, 'pair', pairing(key, machine));
  const parts = { ...machine.parts, mac: 'new', disk: null };
  assert.equal((await done(nadi, 'pair', pairing(key, { ...machine, parts }))).agent_code, code);
  // What it no longer told is unknown now: of the four that are known, two are equal.
  const other = { ...parts, machine_id: 'new', cpu: 'new' };
  refusedWith(await call(nadi, 'pair', pairing(key, { ...machine, parts: other })), 'FINGERPRINT_MISMATCH');
  const said = refusedWith(await call(nadi, 'pair', pairing(key, box(other))), 'ALREADY_PAIRED');
  assert.equal(said, `This license runs on "${machine.hostname}" since 15 January 2026.`);
});

test('a cluster has as many nodes as its license, and the next is told of all', async () => {
  const { key } = await addLicense(nadi, { plan: { max_nodes: 2 } });
  const nodes = [box(), box(), box()] as const;
  await done(nadi, 'pair', pairing(key, nodes[0]));
  await done(nadi, 'pair', pairing(key, nodes[1]));
  const said = refusedWith(await call(nadi, 'pair', pairing(key, nodes[2])), 'NODE_LIMIT');
  for (const { hostname } of nodes.slice(0, 2)) assert.ok(said.includes(`"${hostname}"`), said);
  await done(nadi, 'pair', pairing(key, nodes[0]));
});

test('two machines at once for the last node: one of them has it', async () => {
  const { key, licenseId } = await addLicense(nadi, { plan: { max_nodes: 3 } });
  const answers = await Promise.all(Array.from({ length: 8 }, () => call(nadi, 'pair', pairing(key, box()))));
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode).sort(),
    [200, 200, 200, 409, 409, 409, 409, 409],
  );
  assert.equal((await ok<{ nodes: number }>(nadi, { url: `/api/licenses/${licenseId}` })).nodes, 3);
});

test('one machine that asks many times at once has one installation', async () => {
  const { key } = await addLicense(nadi, { plan: { max_nodes: 3 } });
  const machine = box();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => done(nadi, 'pair', pairing(key, machine))),
  );
  assert.equal(new Set(answers.map(({ agent_code: code }) => code)).size, 1);
});

test('after another key was drawn the old one is unknown, and the machine pairs with the new one as itself', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const machine = box();
  const { agent_code: code } = await done(nadi, 'pair', pairing(key, machine));
  const newKey = await drawKey(nadi, licenseId);
  refusedWith(await call(nadi, 'pair', pairing(key, machine)), 'KEY_NOT_FOUND');
  // The new key is another salt, so no part can be compared.
  assert.equal((await done(nadi, 'pair', pairing(newKey, machine))).agent_code, code);
  refusedWith(await call(nadi, 'pair', pairing(newKey, box())), 'ALREADY_PAIRED');
});

test('a license whose package has no plan allows one node and is paired all the same', async () => {
  const { customerId } = await addPlan(nadi);
  const pack = { name: 'Tanpa rencana', type: 'license', price: '0' };
  const { id: packageId } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const body = { customer_id: customerId, package_id: packageId };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/licenses', body });
  const key = await drawKey(nadi, id);
  const answer = await done(nadi, 'pair', pairing(key, box()));
  assert.deepEqual([answer.plan, answer.limits, answer.valid_until], ['Tanpa rencana', {}, null]);
  refusedWith(await call(nadi, 'pair', pairing(key, box())), 'ALREADY_PAIRED');
});
