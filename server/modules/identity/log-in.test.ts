import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileApp, testPassword } from '../../../test/support/file-app.ts';

const app = await fileApp();

const login = (email: string, password: string, more: object = {}, language = 'en') =>
  app.request({
    method: 'POST',
    url: '/api/login',
    body: { email, password, ...more },
    headers: { 'accept-language': language },
  });

const forget = () => app.kit.pool.query('delete from login_throttles');

test('signs in with spec 3’s answer, and the token opens /api/me', async () => {
  const answer = await login('Admin@Nadi.test', testPassword);
  assert.equal(answer.status, 200);
  assert.match(answer.body.token, /^\d+\|[\w-]{43}$/);
  assert.equal(answer.body.user.email, 'admin@nadi.test');
  assert.equal('password' in answer.body.user, false);
  const me = await app.request({ url: '/api/me', token: answer.body.token });
  assert.deepEqual(me.body, answer.body.user);
});

test('a wrong password and an unknown e-mail are answered alike, in both languages', async () => {
  const wrong = await login('admin@nadi.test', 'not the password');
  const unknown = await login('nobody@example.test', 'not the password');
  assert.equal(wrong.status, 422);
  assert.deepEqual(wrong.body.errors, { email: ['The provided credentials are incorrect.'] });
  assert.deepEqual(unknown.body, wrong.body);
  const indonesian = await login('admin@nadi.test', 'not the password', {}, 'id');
  assert.deepEqual(indonesian.body.errors, { email: ['Email atau kata sandi salah.'] });
  await forget();
});

test('"deactivated" is said only after the right password', async () => {
  await app.kit.pool.query(`update users set is_active = false where email = 'viewer@nadi.test'`);
  const wrong = await login('viewer@nadi.test', 'not the password');
  assert.deepEqual(wrong.body.errors, { email: ['The provided credentials are incorrect.'] });
  const right = await login('viewer@nadi.test', testPassword);
  assert.equal(right.status, 422);
  assert.deepEqual(right.body.errors, { email: ['Your account has been deactivated.'] });
  await app.kit.pool.query(`update users set is_active = true where email = 'viewer@nadi.test'`);
  await forget();
});

for (const [who, email] of [
  ['an account', 'operator@nadi.test'],
  ['no account', 'ghost@example.test'],
] as const) {
  test(`the fifth failure locks the e-mail of ${who}, for longer each time`, async () => {
    for (let failure = 1; failure <= 5; failure += 1) {
      assert.equal((await login(email, 'wrong')).status, 422, `failure ${failure}`);
    }
    const locked = await login(email, testPassword);
    assert.equal(locked.status, 429);
    assert.equal(locked.body.code, 'too_many_requests');
    assert.equal(locked.headers['retry-after'], '60');
    app.clock.advance({ seconds: 61 });
    assert.equal((await login(email, 'wrong')).status, 422);
    assert.equal((await login(email, 'wrong')).headers['retry-after'], '120');
    app.clock.advance({ minutes: 20 });
    assert.equal((await login(email, 'wrong')).status, 422);
    assert.equal((await login(email, 'wrong')).status, 422, 'the window has passed: counting starts anew');
    await forget();
  });
}

test('fifty guesses at the same moment get no more than five looks at the password', async () => {
  const guesses = Array.from({ length: 49 }, () => login('operator@nadi.test', 'wrong'));
  const statuses = (await Promise.all(guesses)).map((answer) => answer.status);
  assert.equal(statuses.filter((status) => status === 422).length, 5);
  assert.equal(statuses.filter((status) => status === 429).length, 44);
  await forget();
});

test('a success forgets the failures of the e-mail, not those of the address', async () => {
  for (let failure = 1; failure <= 4; failure += 1) await login('operator@nadi.test', 'wrong');
  assert.equal((await login('operator@nadi.test', testPassword)).status, 200);
  const { rows } = await app.kit.pool.query('select failures from login_throttles');
  assert.deepEqual(rows, [{ failures: 4 }]);
  await forget();
});

test('fifty failures lock an address, and then no e-mail is counted', async () => {
  for (let failure = 1; failure <= 50; failure += 1) {
    assert.equal((await login(`user${failure}@example.test`, 'wrong')).status, 422);
  }
  assert.equal((await login('admin@nadi.test', testPassword)).status, 429);
  const { rows } = await app.kit.pool.query('select count(*)::int as n from login_throttles');
  assert.equal(rows[0].n, 51);
  const elsewhere = await app.request({
    method: 'POST',
    url: '/api/login',
    body: { email: 'admin@nadi.test', password: testPassword },
    remoteAddress: '203.0.113.5',
  });
  assert.equal(elsewhere.status, 200);
  await forget();
});

test('sign-ins and failures are audited, without passwords or the e-mail that was tried', async () => {
  await app.kit.pool.query('delete from audit_logs');
  await login('admin@nadi.test', 'sesame-wrong');
  await login('nobody-here@example.test', 'sesame-wrong');
  await login('admin@nadi.test', testPassword);
  await forget();
  const { rows } = await app.kit.pool.query(
    'select * from audit_logs order by action, subject_id nulls last',
  );
  assert.deepEqual(
    rows.map((row) => [row.action, row.subject_id === app.userIds.admin, row.actor]),
    [
      ['login', true, 'admin@nadi.test'],
      ['login.failed', true, 'anonymous'],
      ['login.failed', false, 'anonymous'],
      ['token.created', true, 'admin@nadi.test'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(rows), /sesame|nobody-here|admin password|correct horse battery/);
});

test('a hash of another cost is made anew when its password is known', async () => {
  const stored = async () => {
    const { rows } = await app.kit.pool.query(`select password from users where email = 'viewer@nadi.test'`);
    return rows[0].password.split('$')[3];
  };
  await app.kit.pool.query(
    `update users set password = (select password from users where email = 'super_owner@nadi.test')
     where email = 'viewer@nadi.test'`,
  );
  assert.equal(await stored(), 'm=64,t=1,p=1');
  assert.equal((await login('viewer@nadi.test', testPassword)).status, 200);
  assert.equal(await stored(), 'm=19456,t=2,p=1');
  assert.equal((await login('viewer@nadi.test', testPassword)).status, 200);
});

test('nothing that was logged holds a password or a token', async () => {
  const answer = await login('admin@nadi.test', testPassword);
  assert.equal(app.logged().includes(testPassword), false);
  assert.equal(app.logged().includes(answer.body.token.split('|')[1]), false);
});

test('logging out revokes the token in use and no other', async () => {
  const [one, two] = await Promise.all([
    login('admin@nadi.test', testPassword),
    login('admin@nadi.test', testPassword),
  ]);
  const out = await app.request({ method: 'POST', url: '/api/logout', token: one.body.token });
  assert.deepEqual(out.body, { message: 'Logged out successfully' });
  assert.equal((await app.request({ url: '/api/me', token: one.body.token })).status, 401);
  assert.equal((await app.request({ url: '/api/me', token: two.body.token })).status, 200);
});

test('signing in and out works while Nadi is read-only; changing the password does not', async () => {
  await app.edition.readOnly.set(app.kit.db, true, 'test');
  const { status, body } = await login('admin@nadi.test', testPassword);
  assert.equal(status, 200);
  const change = await app.request({
    method: 'PUT',
    url: '/api/me/password',
    token: body.token,
    body: { current_password: testPassword, new_password: 'another good one' },
  });
  assert.equal(change.status, 503);
  assert.equal((await app.request({ method: 'POST', url: '/api/logout', token: body.token })).status, 200);
  await app.edition.readOnly.set(app.kit.db, false, null);
});
