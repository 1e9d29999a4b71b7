import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { losesLastAdministrator, passwordFault } from './rules.ts';
import { networkOf } from './throttle.ts';

test('hashes are salted PHC strings and verify by the cost they name', async () => {
  const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword('correct horse', one), true);
  assert.equal(await verifyPassword('Correct horse', one), false);
  assert.equal(isOutdated(one), false);
  // From the tests of the reference implementation (phc-winner-argon2, src/test.c).
  const reference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
  assert.equal(await verifyPassword('password', reference), true);
  assert.equal(await verifyPassword('passwort', reference), false);
  assert.equal(isOutdated(reference), true);
});

test('no hash, a damaged one, or one of absurd cost never verifies', async () => {
  for (const stored of [
    undefined,
    '',
    'plain',
    '$2y$10$abc',
    '$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaa',
  ]) {
    assert.equal(await verifyPassword('plain', stored), false);
  }
});

test('an unknown e-mail takes as long as a wrong password', async () => {
  const stored = await hashPassword('correct horse');
  const fastest = async (hash: string | undefined) => {
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const start = performance.now();
      await verifyPassword('wrong', hash);
      times.push(performance.now() - start);
    }
    return Math.min(...times);
  };
  assert.ok((await fastest(undefined)) > (await fastest(stored)) / 3);
});

test('one letter typed in two ways is one password', async () => {
  assert.equal(await verifyPassword('re\u0301sume\u0301', await hashPassword('r\u00e9sum\u00e9')), true);
});

test('a flood of sign-ins is refused instead of waiting without end', async () => {
  const results = await Promise.allSettled(Array.from({ length: 210 }, () => verifyPassword('x', undefined)));
  assert.equal(results.filter((result) => result.status === 'rejected').length, 8);
});

test('obvious passwords and the e-mail are refused', () => {
  assert.ok(passwordFault('too short', 'a@b.test'));
  assert.ok(passwordFault('PASSWORD123', 'a@b.test'));
  assert.ok(passwordFault('someone@b.test', 'Someone@b.test'));
  assert.ok(passwordFault('1111111111', 'a@b.test'));
  assert.equal(passwordFault('kuda baterai staples', 'a@b.test'), undefined);
});

test('the last active administrator and the last owner cannot go', () => {
  const admin = { id: '1', role: 'admin', is_active: true } as const;
  const owner = { id: '2', role: 'super_owner', is_active: true } as const;
  const asleep = { id: '3', role: 'admin', is_active: false } as const;
  assert.equal(losesLastAdministrator([admin, asleep], '1', undefined), true);
  assert.equal(losesLastAdministrator([admin, asleep], '1', { role: 'operator', is_active: true }), true);
  assert.equal(losesLastAdministrator([admin, asleep], '1', { role: 'admin', is_active: true }), false);
  assert.equal(losesLastAdministrator([admin, asleep], '3', undefined), false);
  assert.equal(losesLastAdministrator([admin, owner], '1', undefined), false);
  assert.equal(losesLastAdministrator([admin, owner], '2', { role: 'admin', is_active: true }), true);
});

test('addresses of one IPv6 network count as one', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:0db8:1:2:ffff:ffff:ffff:ffff'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('::1'), '0:0:0:0::/64');
  assert.equal(networkOf('::ffff:203.0.113.9'), '203.0.113.9');
  assert.equal(networkOf('203.0.113.9'), '203.0.113.9');
});
