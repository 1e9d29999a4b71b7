import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileApp, testPassword } from '../../../test/support/file-app.ts';

const app = await fileApp();

async function signIn() {
  const answer = await app.request({
    method: 'POST',
    url: '/api/login',
    body: { email: 'admin@nadi.test', password: testPassword, session: true },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.token, null);
  const session = answer.cookies.find((cookie) => cookie.name === 'nadi_session');
  const csrf = answer.cookies.find((cookie) => cookie.name === 'XSRF-TOKEN');
  assert.ok(session && csrf);
  return { session, csrf, cookies: { nadi_session: session.value } };
}

test('a browser gets a cookie that scripts cannot read, and a CSRF value that they can', async () => {
  const { session, csrf, cookies } = await signIn();
  assert.equal(session.httpOnly, true);
  assert.equal(session.sameSite, 'Lax');
  assert.equal(csrf.httpOnly, undefined);
  assert.equal((await app.request({ url: '/api/me', cookies })).status, 200);
});

test('a change by cookie needs the CSRF value of that very session', async () => {
  const one = await signIn();
  const two = await signIn();
  const logout = (value: string | undefined) =>
    app.request({
      method: 'POST',
      url: '/api/logout',
      cookies: one.cookies,
      headers: value === undefined ? {} : { 'x-xsrf-token': value },
    });
  for (const value of [undefined, '', two.csrf.value]) {
    const refused = await logout(value);
    assert.equal(refused.status, 403);
    assert.equal(refused.body.code, 'csrf_mismatch');
  }
  const done = await logout(one.csrf.value);
  assert.equal(done.status, 200);
  assert.deepEqual(
    done.cookies.map((cookie) => [cookie.name, cookie.value]),
    [
      ['nadi_session', ''],
      ['XSRF-TOKEN', ''],
    ],
  );
  assert.equal((await app.request({ url: '/api/me', cookies: one.cookies })).status, 401);
  assert.equal((await app.request({ url: '/api/me', cookies: two.cookies })).status, 200);
});

test('/sanctum/csrf-cookie repeats the value of the session, and gives anyone else a value of no use', async () => {
  const { csrf, cookies } = await signIn();
  const again = await app.request({ url: '/sanctum/csrf-cookie', cookies });
  assert.equal(again.status, 204);
  assert.equal(again.cookies[0]?.value, csrf.value);
  const stranger = await app.request({ url: '/sanctum/csrf-cookie' });
  assert.notEqual(stranger.cookies[0]?.value, csrf.value);
});

test('a session’s text is not a bearer token, nor a bearer token a session', async () => {
  const { session } = await signIn();
  assert.equal((await app.request({ url: '/api/me', token: session.value })).status, 401);
  const { body } = await app.request({
    method: 'POST',
    url: '/api/login',
    body: { email: 'admin@nadi.test', password: testPassword },
  });
  assert.equal((await app.request({ url: '/api/me', cookies: { nadi_session: body.token } })).status, 401);
});

test('a session lives 12 hours after its last use, and 30 days in all', async () => {
  const { cookies } = await signIn();
  const used = async () => (await app.request({ url: '/api/me', cookies })).status;
  app.clock.advance({ hours: 11 });
  assert.equal(await used(), 200);
  app.clock.advance({ hours: 11 });
  assert.equal(await used(), 200);
  app.clock.advance({ hours: 12 });
  assert.equal(await used(), 401);
  const longest = await signIn();
  for (let hours = 0; hours < 30 * 24 - 11; hours += 11) {
    assert.equal((await app.request({ url: '/api/me', cookies: longest.cookies })).status, 200);
    app.clock.advance({ hours: 11 });
  }
  app.clock.advance({ hours: 6 });
  assert.equal((await app.request({ url: '/api/me', cookies: longest.cookies })).status, 401);
});

test('what ran out is deleted by the hourly job', async () => {
  await signIn();
  await app.request({
    method: 'POST',
    url: '/api/login',
    body: { email: 'x@example.test', password: 'wrong' },
  });
  app.clock.advance({ hours: 24 * 40 });
  const purge = app.edition.jobs.find((job) => job.name === 'identity.purge_expired');
  await purge?.run({}, AbortSignal.timeout(60_000));
  const { rows } = await app.kit.pool.query(
    `select (select count(*)::int from personal_access_tokens where expires_at is not null) as tokens,
            (select count(*)::int from personal_access_tokens) > 0 as others,
            (select count(*)::int from login_throttles) as throttles`,
  );
  assert.deepEqual(rows[0], { tokens: 0, others: true, throttles: 0 });
});
