import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { connectTo, loggedIn, values } from '../../../test/support/scripted-client.ts';
import { startRouter } from './start-router.ts';

const accounts = [{ name: 'nadi', password: 'r@hasia' }];

const answer = (password: string, challenge: string) =>
  `00${createHash('md5')
    .update(Buffer.concat([Buffer.of(0), Buffer.from(password), Buffer.from(challenge, 'hex')]))
    .digest('hex')}`;

test('the answer to a challenge is the protocol’s', () => {
  assert.equal(answer('test', '259e0bc05acd6f46926dc2f809ed1bba'), '00c7fd865183a43a772dde231f6d0bff13');
});

test('from 6.43 on the password is sent, and refused with its own words', async () => {
  await using router = await startRouter({ accounts, version: '6.49' });
  await using client = await connectTo(router.port);
  assert.deepEqual(await client.call('/login', '=name=nadi', '=password=wrong'), [
    ['!trap', '=message=invalid user name or password (6)'],
    ['!done'],
  ]);
  assert.equal(await client.trap('/login'), 'invalid user name or password (6)');
  assert.deepEqual(await client.call('/login', '=name=nadi', '=password=r@hasia'), [['!done']]);
  assert.equal((await client.rows('/system/identity/print')).length, 1);
  const log = (await client.rows('/log/print')).map(({ topics, message }) => `${topics}: ${message}`);
  assert.ok(log.includes('system,error,critical: login failure for user nadi from 127.0.0.1 via api'));
  assert.ok(log.includes('system,info,account: user nadi logged in from 127.0.0.1 via api'));
  assert.equal(router.stats.refusedLogins, 2);
});

test('before 6.43 every login is answered with a challenge, also one with a password', async () => {
  await using router = await startRouter({ accounts, version: '6.42' });
  await using client = await connectTo(router.port);
  const challenge = async () => {
    const [reply] = await client.call('/login', '=name=nadi', '=password=r@hasia');
    return values(reply ?? []).ret ?? assert.fail('There is no challenge.');
  };
  const wrong = answer('wrong', await challenge());
  assert.equal(await client.trap('/login', '=name=nadi', `=response=${wrong}`), 'cannot log in');
  const right = answer('r@hasia', await challenge());
  assert.deepEqual(await client.call('/login', '=name=nadi', `=response=${right}`), [['!done']]);
  assert.equal((await client.rows('/system/identity/print')).length, 1);
});

test('a disabled account is refused', async () => {
  await using router = await startRouter({ accounts: [...accounts, { name: 'lama', password: 'x' }] });
  await using client = await loggedIn(router.port, 'nadi', 'r@hasia');
  await client.call('/user/disable', '=.id=lama');
  await assert.rejects(loggedIn(router.port, 'lama', 'x'), /invalid user name or password/);
});

test('nothing is done before the login', async () => {
  await using router = await startRouter({ accounts });
  await using client = await connectTo(router.port);
  assert.deepEqual(await client.call('/ppp/secret/add', '=name=x'), [['!fatal', 'not logged in']]);
  await client.over;
  assert.equal(router.table('/ppp/secret').size, 0);
});

test('quit is told and closes', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  assert.deepEqual(await client.call('/quit'), [['!fatal', 'session terminated on request']]);
  await client.over;
});

test('with TLS it shows a certificate of its own, or none at all', async () => {
  await using router = await startRouter({ tls: 'certificate', identity: 'Menara' });
  const ca = router.certificate ?? assert.fail('There is no certificate.');
  await using client = await connectTo(router.tlsPort ?? 0, { ca });
  assert.deepEqual(await client.call('/login', '=name=admin', '=password='), [['!done']]);
  await using bare = await startRouter({ tls: 'anonymous' });
  await using other = await connectTo(bare.tlsPort ?? 0, {
    ciphers: 'aNULL:@SECLEVEL=0',
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  assert.deepEqual(await other.call('/login', '=name=admin', '=password='), [['!done']]);
});
