import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { SignJWT, UnsecuredJWT } from 'jose';
import {
  beating,
  box,
  call,
  done,
  paired,
  pairing,
  refusedWith,
  rowsOf,
  signer,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

const partOf = (jwt: string, at: 0 | 1) =>
  JSON.parse(Buffer.from(jwt.split('.')[at] ?? '', 'base64url').toString());
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a token that only looks like one of ours is none', async () => {
  const { token, beat } = await paired(nadi);
  const [header, body, signature] = token.split('.');
  const claims = partOf(token, 1);
  const { kid, privateKey } = await signer.current();
  const [own] = await signer.keys();
  const der = own?.publicKey.export({ format: 'der', type: 'spki' }) ?? Buffer.alloc(0);
  const hmac = (key: string | Buffer) => {
    const said = `${encoded({ alg: 'HS256', typ: 'JWT', kid })}.${body}`;
    return `${said}.${createHmac('sha256', key).update(said).digest('base64url')}`;
  };
  const jwt = (more: object, head: object = {}) =>
    new SignJWT({ ...claims, iss: 'nadi-vendor', aud: 'nadi-installation', ...more })
      .setProtectedHeader({ alg: 'EdDSA', kid, ...head })
      .sign(privateKey);
  const forged: Record<string, string> = {
    'without a signature': new UnsecuredJWT({ ...claims, iss: 'nadi-vendor' }).encode(),
    'with an empty signature': `${header}.${body}.`,
    'with alg none': `${encoded({ alg: 'none', kid })}.${body}.${signature}`,
    'by HMAC with the public key': hmac(der),
    'by HMAC with the public key in PEM': hmac(
      String(own?.publicKey.export({ format: 'pem', type: 'spki' })),
    ),
    'with more in it': `${header}.${encoded({ ...claims, limits: { max_rooms: 1e6 } })}.${signature}`,
    'for somebody else': await jwt({ aud: 'nadi-portal' }),
    'from somebody else': await jwt({ iss: 'hotelhub' }),
    'without a serial': await jwt({ serial: undefined }),
    'with a serial that is none': await jwt({ serial: -1 }),
    'with half a serial': await jwt({ serial: 1.5 }),
    'with a sub that is none': await jwt({ sub: "' or true --" }),
    'with a key id that is a path': `${encoded({ alg: 'EdDSA', kid: '../../etc/passwd' })}.${body}.${signature}`,
    'with a key id of prototypes': `${encoded({ alg: 'EdDSA', kid: '__proto__' })}.${body}.${signature}`,
    'with a critical header': `${encoded({ alg: 'EdDSA', kid, crit: ['exp'] })}.${body}.${signature}`,
    'with a header that is a list': `${encoded([])}.${body}.${signature}`,
    'with a fourth part': `${token}.x`,
  };
  for (const [name, shown] of Object.entries(forged)) {
    refusedWith(await beat(shown, 1), 'TOKEN_INVALID');
    const rotated = await call(nadi, 'rotate-token', {}, { token: shown });
    assert.equal(rotated.statusCode, 401, name);
    assert.equal((await call(nadi, 'unpair', { reason: 'x' }, { token: shown })).statusCode, 401, name);
  }
  assert.equal((await beat(token, 1)).statusCode, 200);
});

test('while the vendor’s clock is years ahead, and after it was set right, everybody goes on', async () => {
  const before = await paired(nadi);
  nadi.clock.advance({ hours: 10 * 8766 });
  const ahead = await paired(nadi);
  const during = (await before.beat(before.token, 1)).json().token;
  nadi.clock.advance({ hours: -10 * 8766 });
  let [one, two] = [during, ahead.token];
  for (let counter = 2; counter < 5; counter += 1) {
    nadi.clock.advance({ hours: 24 });
    one = (await done(nadi, 'heartbeat', beating(before.key, before.machine, counter), { token: one })).token;
    two = (await done(nadi, 'heartbeat', beating(ahead.key, ahead.machine, counter), { token: two })).token;
  }
  for (const token of [one, two])
    assert.ok(partOf(token, 1).iat * 1000 <= nadi.clock.now().epochMilliseconds);
  // Paired anew, the serials of then are still behind it.
  const { token: again } = await done(nadi, 'pair', pairing(ahead.key, ahead.machine));
  refusedWith(await ahead.beat(two, 9), 'TOKEN_REPLACED');
  assert.equal((await ahead.beat(again, 1)).statusCode, 200);
});

test('any number of wrong tokens and secrets from an address locks nobody out', async () => {
  const { token, secret, beat, key, machine } = await paired(nadi);
  const unknown = `${encoded({ alg: 'EdDSA', kid: 'a'.repeat(64) })}.${token.split('.')[1]}.${'A'.repeat(86)}`;
  let limited = 0;
  for (let n = 0; n < 700; n += 1) {
    const more = n % 2 === 0 ? {} : { installation_secret: `guess-${n}` };
    const { statusCode } = await beat(n % 3 === 0 ? 'x' : unknown, 1, more);
    assert.ok(statusCode === 401 || statusCode === 429, String(statusCode));
    if (statusCode === 429) limited += 1;
  }
  assert.ok(limited > 50, String(limited));
  assert.equal((await beat(token, 1, { installation_secret: secret })).statusCode, 200);
  await done(nadi, 'pair', pairing(key, machine));
});

test('whatever is done at once to a license, nothing fails, and it runs where it may and nowhere else', async () => {
  for (let round = 0; round < 6; round += 1) {
    const { key, licenseId, machine, token, customerId } = await paired(nadi, {
      plan: { max_nodes: 2, free_moves: 3 },
    });
    const office = (verb: string, body: object) => () =>
      nadi.request({ method: 'POST', url: `/api/licenses/${licenseId}/${verb}`, body });
    const wire =
      (...[path, body, how]: [Parameters<typeof call>[1], unknown, { token?: string }?]) =>
      () =>
        call(nadi, path, body, how);
    const boxes = Array.from({ length: 4 }, () => box());
    const acts = [
      office('suspend', { reason: 'x' }),
      office('resume', { reason: 'x' }),
      office('renew', { valid_until: '2027-01-15' }),
      office('renew', { valid_until: '2025-01-15' }),
      office('transfer', { customer_id: customerId, reason: 'x' }),
      office('moves', { count: 1, reason: 'x' }),
      ...boxes.map((one) => wire('pair', pairing(key, one))),
      ...boxes.map((one) => wire('migrate', { ...pairing(key, one), reason: 'x' })),
      ...[1, 2, 3].map((counter) => wire('heartbeat', beating(key, machine, counter), { token })),
      wire('rotate-token', {}, { token }),
      wire('pair', pairing(key, machine)),
      wire('unpair', { reason: 'x' }, { token }),
    ];
    const mixed = acts
      .map((act, at) => ({ act, by: (at * 7 + round * 5) % acts.length }))
      .sort((a, b) => a.by - b.by);
    const answers = await Promise.all(mixed.map(({ act }) => act()));
    for (const answer of answers) assert.ok(answer.statusCode < 500, answer.body);
    const [now] = await rowsOf(
      nadi,
      `select count(*) filter (where state = 'paired')::int as paired,
        count(*) filter (where state in ('paired', 'unpaired'))::int as places,
        (select count(*)::int from license_moves where license_id = $1) as moves,
        count(*) filter (where state = 'moved')::int as moved from installations where license_id = $1`,
      [licenseId],
    );
    const { paired: nodes, places, moves, moved } = now as Record<string, number>;
    assert.ok(Number(nodes) <= 2 && Number(places) <= 2 && Number(moves) <= 4, JSON.stringify(now));
    assert.equal(moves, moved);
  }
});
