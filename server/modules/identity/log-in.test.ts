import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApp } from './test-rig.ts';

await using app = await testApp();

const login = (email: string, password: string, more: object = {}, language = 'en') =>
  app.request({
    method: 'POST',
    url: '/api/login',
    body: { email, password, ...more },
    headers: { 'accept-language': language },
  });

const forget = () => app.kit.pool.query('delete from login_throttles');

test('signs in with spec 3’s answer, and the token opens /api/me', async () => {
  const answer = await login('Admin@Example.test', 'admin password');
  assert.equal(answer.status, 200);
  assert.match(answer.body.token, /^\d+\|[\w-]{43}$/);
  assert.equal(answer.body.user.email, 'admin@example.test');
  assert.equal('password' in answer.body.user, false);
  const me = await app.request({ url: '/api/me', token: answer.body.token });
  assert.deepEqual(me.body, answer.body.user);
});

test('a wrong password and an unknown e-mail are answered alike, in both languages', async () => {
  const wrong = await login('admin@example.test', 'not the password');
  const unknown = await login('nobody@example.test', 'not the password');
  assert.equal(wrong.status, 422);
  assert.deepEqual(wrong.body.errors, { email: ['The provided credentials are incorrect.'] });
  assert.deepEqual(unknown.body, wrong.body);
  const indonesian = await login('admin@example.test', 'not the password', {}, 'id');
  assert.deepEqual(indonesian.body.errors, { email: ['Email atau kata sandi salah.'] });
  await forget();
});

test('"deactivated" is said only after the right password', async () => {
  await app.kit.pool.query(`update users set is_active = false where email = 'viewer@example.test'`);
  const wrong = await login('viewer@example.test', 'not the password');
  assert.deepEqual(wrong.body.errors, { email: ['The provided credentials are incorrect.'] });
  const right = await login('viewer@example.test', 'viewer password');
  assert.equal(right.status, 422);
  assert.deepEqual(right.body.errors, { email: ['Your account has been deactivated.'] });
  await app.kit.pool.query(`update users set is_active = true where email = 'viewer@example.test'`);
  await forget();
});

for (const [who, email] of [
  ['an account', 'operator@example.test'],
  ['no account', 'ghost@example.test'],
] as const) {
  test(`the fifth failure locks the e-mail of ${who}, for longer each time`, async () => {
    for (let failure = 1; failure <= 5; failure += 1) {
      assert.equal((await login(email, 'wrong')).status, 422, `failure ${failure}`);
    }
    const locked = await login(email, 'operator password');
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
  const guesses = Array.from({ length: 49 }, () => login('operator@example.test', 'wrong'));
  const statuses = (await Promise.all(guesses)).map((answer) => answer.status);
  assert.equal(statuses.filter((status) => status === 422).length, 5);
  assert.equal(statuses.filter((status) => status === 429).length, 44);
  await forget();
});

test('a success forgets the failures of the e-mail, not those of the address', async () => {
  for (let failure = 1; failure <= 4; failure += 1) await login('operator@example.test', 'wrong');
  assert.equal((await login('operator@example.test', 'operator password')).status, 200);
  const { rows } = await app.kit.pool.query('select failures from login_throttles');
  assert.deepEqual(rows, [{ failures: 4 }]);
  await forget();
});

test('fifty failures lock an address, and then no e-mail is counted', async () => {
  for (let failure = 1; failure <= 50; failure += 1) {
    assert.equal((await login(`user${failure}@example.test`, 'wrong')).status, 422);
  }
  assert.equal((await login('admin@example.test', 'admin password')).status, 429);
  const { rows } = await app.kit.pool.query('select count(*)::int as n from login_throttles');
  assert.equal(rows[0].n, 51);
  await forget();
});

test('sign-ins and failures are audited, without passwords or the e-mail that was tried', async () => {
  await app.kit.pool.query('delete from audit_logs');
  await login('admin@example.test', 'sesame-wrong');
  await login('nobody-here@example.test', 'sesame-wrong');
  await login('admin@example.test', 'admin password');
  await forget();
  const { rows } = await app.kit.pool.query('select * from audit_logs order by id');
  assert.deepEqual(
    rows.map((row) => [row.action, row.subject_id === app.ids.get('admin'), row.actor]),
    [
      ['login.failed', true, 'anonymous'],
      ['login.failed', false, 'anonymous'],
      ['login', true, 'admin@example.test'],
      ['token.created', true, 'admin@example.test'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(rows), /sesame|nobody-here|admin password/);
});

test('logging out revokes the token in use and no other', async () => {
  const [one, two] = await Promise.all([
    login('admin@example.test', 'admin password'),
    login('admin@example.test', 'admin password'),
  ]);
  const out = await app.request({ method: 'POST', url: '/api/logout', token: one.body.token });
  assert.deepEqual(out.body, { message: 'Logged out successfully' });
  assert.equal((await app.request({ url: '/api/me', token: one.body.token })).status, 401);
  assert.equal((await app.request({ url: '/api/me', token: two.body.token })).status, 200);
});

test('signing in and out works while Nadi is read-only; changing the password does not', async () => {
  await app.readOnly.set(true, 'test');
  const { status, body } = await login('admin@example.test', 'admin password');
  assert.equal(status, 200);
  const change = await app.request({
    method: 'PUT',
    url: '/api/me/password',
    token: body.token,
    body: { current_password: 'admin password', new_password: 'another good one' },
  });
  assert.equal(change.status, 503);
  assert.equal((await app.request({ method: 'POST', url: '/api/logout', token: body.token })).status, 200);
  await app.readOnly.set(false, null);
});
