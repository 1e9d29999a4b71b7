import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { fileApp, testPassword } from '../../../test/support/file-app.ts';

const mails: string[] = [];
let refuseMail = false;
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (refuseMail) return done(new Error('busy'));
      mails.push(Buffer.concat(chunks).toString());
      done();
    });
  },
});
await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
after(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
// An SMTP server listens on a socket, which always has an address of this form.
const { port } = smtp.server.address() as AddressInfo;
const app = await fileApp({
  MAIL_HOST: '127.0.0.1',
  MAIL_PORT: String(port),
  MAIL_ENCRYPTION: 'none',
  FRONTEND_URL: 'https://console.example.test/',
});

const forgot = (email: string) =>
  app.request({ method: 'POST', url: '/api/forgot-password', body: { email } });
const reset = (body: object) => app.request({ method: 'POST', url: '/api/reset-password', body });
const login = (email: string, password: string) =>
  app.request({ method: 'POST', url: '/api/login', body: { email, password } });

/** The link in the newest mail, undoing quoted-printable. */
function mailedLink(): URL {
  const text = (mails.at(-1) ?? '').replace(/=\r?\n/g, '').replace(/=3D/g, '=');
  return new URL(/https:\/\/\S+/.exec(text)?.[0] ?? 'about:blank');
}

test('a reset link is mailed in both languages and works once; every session ends', async () => {
  const { body: before } = await login('operator@nadi.test', testPassword);
  assert.equal((await forgot('operator@nadi.test')).status, 200);
  const queued = await app.kit.pool.query('select payload from graphile_worker._private_jobs');
  assert.deepEqual(queued.rows, [{ payload: { email: 'operator@nadi.test' } }]);
  await app.drainJobs();
  assert.equal(mails.length, 1);
  assert.match(mails[0] ?? '', /Halo operator[\s\S]*Hello operator/);
  const link = mailedLink();
  assert.equal(link.origin + link.pathname, 'https://console.example.test/reset-password');
  const token = link.searchParams.get('token');
  assert.equal(link.searchParams.get('email'), 'operator@nadi.test');
  const stored = await app.kit.pool.query('select token from password_reset_tokens');
  assert.match(stored.rows[0].token, /^[0-9a-f]{64}$/);
  const input = { email: 'operator@nadi.test', token, password: 'chosen after reset' };
  assert.equal((await reset(input)).status, 200);
  assert.equal((await app.request({ url: '/api/me', token: before.token })).status, 401);
  assert.equal((await login('operator@nadi.test', 'chosen after reset')).status, 200);
  assert.equal((await login('operator@nadi.test', testPassword)).status, 422);
  const again = await reset(input);
  assert.equal(again.status, 422);
  assert.ok(again.body.errors.token);
});

test('the answer is the same for an address without account, and nothing is sent', async () => {
  const known = await forgot('viewer@nadi.test');
  const unknown = await forgot('nobody@example.test');
  assert.deepEqual(unknown.body, known.body);
  await app.drainJobs();
  assert.equal(mails.length, 2);
});

test('within a minute no second mail is sent', async () => {
  await forgot('viewer@nadi.test');
  await app.drainJobs();
  assert.equal(mails.length, 2);
  app.clock.advance({ seconds: 61 });
  await forgot('viewer@nadi.test');
  await forgot('viewer@nadi.test');
  await app.drainJobs();
  assert.equal(mails.length, 3);
});

test('a link dies after an hour, with a newer link, and for another address', async () => {
  const admin = { email: 'admin@nadi.test', password: 'chosen after reset' };
  await forgot(admin.email);
  await app.drainJobs();
  const first = mailedLink().searchParams.get('token');
  app.clock.advance({ minutes: 2 });
  await forgot(admin.email);
  await app.drainJobs();
  const second = mailedLink().searchParams.get('token');
  assert.equal((await reset({ ...admin, token: first })).status, 422);
  assert.equal((await reset({ ...admin, email: 'viewer@nadi.test', token: second })).status, 422);
  app.clock.advance({ minutes: 60 });
  assert.equal((await reset({ ...admin, token: second })).status, 422);
  app.clock.advance({ minutes: -1 });
  assert.equal((await reset({ ...admin, token: second, password: 'password123' })).status, 422);
  assert.equal((await reset({ ...admin, token: second })).status, 200);
});

test('a mail that the server refuses is tried again later', async () => {
  refuseMail = true;
  const sent = mails.length;
  await forgot('super_owner@nadi.test');
  await app.drainJobs();
  refuseMail = false;
  const { rows } = await app.kit.pool.query('select attempts, last_error from graphile_worker._private_jobs');
  assert.equal(rows.length, 1);
  assert.doesNotMatch(rows[0].last_error, /token=/);
  await app.kit.pool.query(`update graphile_worker._private_jobs set run_at = '2020-01-01'`);
  await app.drainJobs();
  assert.equal(mails.length, sent + 1);
});

test('a reset lifts the lock of the e-mail', async () => {
  for (let failure = 0; failure < 5; failure += 1) await login('viewer@nadi.test', 'wrong');
  assert.equal((await login('viewer@nadi.test', testPassword)).status, 429);
  const issued = await app.request({
    as: 'super_owner',
    method: 'POST',
    url: `/api/users/${app.userIds.viewer}/reset-password`,
  });
  assert.equal(issued.status, 200);
  const query = new URL(issued.body.reset_url).searchParams;
  const input = { email: query.get('email'), token: query.get('token'), password: 'handed over by hand' };
  assert.equal((await reset(input)).status, 200);
  assert.equal((await login('viewer@nadi.test', 'handed over by hand')).status, 200);
});

test('changing one’s own password asks for the present one and ends the other sessions', async () => {
  const email = 'viewer@nadi.test';
  const [here, there] = [
    await login(email, 'handed over by hand'),
    await login(email, 'handed over by hand'),
  ];
  const change = (current_password: string, new_password: string) =>
    app.request({
      token: here.body.token,
      method: 'PUT',
      url: '/api/me/password',
      body: { current_password, new_password },
    });
  assert.ok((await change('wrong', 'my own choice now')).body.errors.current_password);
  assert.ok((await change('handed over by hand', email)).body.errors.new_password);
  assert.equal((await change('handed over by hand', 'my own choice now')).status, 204);
  assert.equal((await app.request({ url: '/api/me', token: here.body.token })).status, 200);
  assert.equal((await app.request({ url: '/api/me', token: there.body.token })).status, 401);
  for (let guess = 0; guess < 5; guess += 1)
    assert.equal((await change('wrong', 'my own choice now')).status, 422);
  assert.equal((await change('my own choice now', 'my own choice two')).status, 429);
});

test('no secret of a reset is in the audit log', async () => {
  const { rows } = await app.kit.pool.query(`select * from audit_logs where action like 'password.%'`);
  assert.deepEqual([...new Set(rows.map((row) => row.action))].sort(), [
    'password.changed',
    'password.reset',
    'password.reset_issued',
  ]);
  assert.doesNotMatch(app.logged(), /token=|chosen after reset/);
  assert.doesNotMatch(JSON.stringify(rows), /token=|chosen after reset|handed over by hand|my own choice/);
});

test('without mail the answer is the same and nothing waits', async () => {
  const without = await fileApp();
  const asked = await without.request({
    method: 'POST',
    url: '/api/forgot-password',
    body: { email: 'admin@nadi.test' },
  });
  assert.equal(asked.status, 200);
  const { rows } = await without.kit.pool.query('select from graphile_worker._private_jobs');
  assert.equal(rows.length, 0);
});
