import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { fileApp, testPassword } from '../../../test/support/file-app.ts';

const app = await fileApp();

const email = 'operator@nadi.test';
const password = testPassword;
let secret = '';
let recoveryCodes: string[] = [];

const codeAt = (offsetSeconds = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({
    timestamp: app.clock.now().epochMilliseconds + offsetSeconds * 1000,
  });
const login = (code?: string) =>
  app.request({
    method: 'POST',
    url: '/api/login',
    body: { email, password, ...(code === undefined ? {} : { code }) },
  });
const post = (url: string, body: object) => app.request({ as: 'operator', method: 'POST', url, body });
const nextStep = () => app.clock.advance({ seconds: 30 });

test('setting up asks for the password and changes nothing until a code confirms it', async () => {
  assert.equal((await post('/api/two-factor/setup', { password: 'wrong' })).status, 422);
  assert.equal((await post('/api/two-factor/confirm', { code: '123456' })).body.code, 'two_factor_state');
  const setup = await post('/api/two-factor/setup', { password });
  assert.equal(setup.status, 200);
  assert.match(setup.body.otpauth_url, /^otpauth:\/\/totp\/Nadi:operator%40nadi.test\?/);
  secret = setup.body.secret;
  const { rows } = await app.kit.pool.query('select totp_secret from users where email = $1', [email]);
  assert.doesNotMatch(rows[0].totp_secret, new RegExp(secret));
  assert.equal((await login()).status, 200);
  assert.equal((await post('/api/two-factor/recovery-codes', { password })).body.code, 'two_factor_state');
  assert.ok((await post('/api/two-factor/confirm', { code: codeAt(300) })).body.errors.code);
  const confirmed = await post('/api/two-factor/confirm', { code: codeAt() });
  assert.equal(confirmed.status, 200);
  recoveryCodes = confirmed.body.recovery_codes;
  assert.equal(new Set(recoveryCodes).size, 10);
  assert.equal((await app.request({ as: 'operator', url: '/api/me' })).body.two_factor_enabled, true);
  assert.equal((await post('/api/two-factor/setup', { password })).body.code, 'two_factor_state');
});

test('signing in asks for a code, after the password only', async () => {
  nextStep();
  const asked = await login();
  assert.equal(asked.status, 422);
  assert.equal(asked.body.code, 'two_factor_required');
  assert.ok(asked.body.errors.code);
  const body = { email, password: 'wrong', code: codeAt() };
  const wrong = await app.request({ method: 'POST', url: '/api/login', body });
  assert.deepEqual(Object.keys(wrong.body.errors), ['email']);
  assert.equal((await login(codeAt())).status, 200);
});

test('a code works once, also for two sign-ins at the same moment', async () => {
  assert.equal((await login(codeAt())).body.code, 'two_factor_required');
  nextStep();
  const code = codeAt();
  const statuses = (await Promise.all([login(code), login(code), login(code)])).map(
    (answer) => answer.status,
  );
  assert.deepEqual(statuses.sort(), [200, 422, 422]);
  assert.equal((await login(codeAt(-30))).status, 422, 'an older code than the one used');
  await app.kit.pool.query('delete from login_throttles');
});

test('clocks may differ by one step, not by two', async () => {
  app.clock.advance({ minutes: 5 });
  assert.equal((await login(codeAt(60))).status, 422);
  assert.equal((await login(codeAt(-60))).status, 422);
  assert.equal((await login(codeAt(-30))).status, 200);
  assert.equal((await login(codeAt(30))).status, 200);
});

test('wrong codes count towards the lock', async () => {
  for (let failure = 0; failure < 5; failure += 1) assert.equal((await login('000000')).status, 422);
  assert.equal((await login(codeAt())).status, 429);
  await app.kit.pool.query('delete from login_throttles');
});

test('a recovery code works once, however it is typed; new ones replace the old', async () => {
  const [first = '', second = '', third = ''] = recoveryCodes;
  const statuses = (await Promise.all([login(first), login(first.toUpperCase())])).map(
    (answer) => answer.status,
  );
  assert.deepEqual(statuses.sort(), [200, 422]);
  assert.equal((await login(second.toUpperCase().replaceAll('-', ' '))).status, 200);
  const { rows } = await app.kit.pool.query('select code_hash from recovery_codes');
  assert.ok(rows.every((row) => /^[0-9a-f]{64}$/.test(row.code_hash)));
  assert.equal((await post('/api/two-factor/recovery-codes', { password: 'wrong' })).status, 422);
  const renewed = await post('/api/two-factor/recovery-codes', { password });
  assert.equal((await login(third)).status, 422);
  assert.equal((await login(renewed.body.recovery_codes[0])).status, 200);
  await app.kit.pool.query('delete from login_throttles');
});

test('switching off takes the password and a code', async () => {
  app.clock.advance({ minutes: 5 });
  const off = (body: object) =>
    app.request({ as: 'operator', method: 'DELETE', url: '/api/two-factor', body });
  assert.equal((await off({ password: 'wrong', code: codeAt() })).status, 422);
  assert.ok((await off({ password, code: '000000' })).body.errors.code);
  assert.equal((await off({ password, code: codeAt() })).status, 204);
  assert.equal((await login()).status, 200);
  const { rows } = await app.kit.pool.query('select from recovery_codes');
  assert.equal(rows.length, 0);
  assert.equal((await off({ password, code: codeAt(30) })).body.code, 'two_factor_state');
});

test('an administrator lets in one who lost the device', async () => {
  secret = (await post('/api/two-factor/setup', { password })).body.secret;
  await post('/api/two-factor/confirm', { code: codeAt() });
  const url = `/api/users/${app.userIds.operator}/two-factor`;
  assert.equal((await app.request({ as: 'admin', method: 'DELETE', url })).status, 204);
  assert.equal((await login()).status, 200);
  assert.equal((await app.request({ as: 'admin', method: 'DELETE', url })).body.code, 'two_factor_state');
});

test('the audit log tells what happened, without secrets or codes', async () => {
  const { rows } = await app.kit.pool.query(
    `select * from audit_logs where action like 'two_factor.%' order by action`,
  );
  assert.deepEqual(
    rows.map((row) => row.action),
    ['disabled', 'disabled', 'enabled', 'enabled', 'recovery_codes_renewed'].map(
      (verb) => `two_factor.${verb}`,
    ),
  );
  const all = JSON.stringify((await app.kit.pool.query('select * from audit_logs')).rows);
  for (const hidden of [secret, ...recoveryCodes]) assert.equal(all.includes(hidden), false);
});
