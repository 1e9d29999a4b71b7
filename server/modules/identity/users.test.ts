import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Role } from '#contract';
import { fileApp } from '../../../test/support/file-app.ts';

const app = await fileApp();

let count = 0;
beforeEach(() => {
  count += 1;
});

async function newUser(role: Role) {
  const email = `${role}-${count}@example.test`;
  const body = { name: 'Someone', email, password: 'a decent password', role };
  const made = await app.request({ as: 'super_owner', method: 'POST', url: '/api/users', body });
  assert.equal(made.status, 201);
  const { body: signedIn } = await app.request({
    method: 'POST',
    url: '/api/login',
    body: { email, password: body.password },
  });
  return {
    id: made.body.id as string,
    email,
    token: signedIn.token as string,
    url: `/api/users/${made.body.id}`,
  };
}

test('administrators add, show, list, change and delete users', async () => {
  const { id, url } = await newUser('operator');
  const shown = await app.request({ as: 'admin', url });
  assert.equal(shown.body.role, 'operator');
  const found = await app.request({
    as: 'admin',
    url: `/api/users?search=OPERATOR-${count}&role=operator&is_active=true`,
  });
  assert.deepEqual(
    found.body.data.map((user: { id: string }) => user.id),
    [id],
  );
  assert.doesNotMatch(JSON.stringify(found.body), /argon2/);
  const changed = await app.request({ as: 'admin', method: 'PUT', url, body: { name: 'Renamed' } });
  assert.equal(changed.body.name, 'Renamed');
  assert.equal((await app.request({ as: 'admin', method: 'DELETE', url })).status, 204);
  assert.equal((await app.request({ as: 'admin', url })).status, 404);
});

test('an e-mail is used once, whatever its capitals', async () => {
  const { email, url } = await newUser('operator');
  const body = { name: 'Twin', email: email.toUpperCase(), password: 'a decent password' };
  const twin = await app.request({ as: 'admin', method: 'POST', url: '/api/users', body });
  assert.equal(twin.status, 422);
  assert.ok(twin.body.errors.email);
  const moved = await app.request({ as: 'admin', method: 'PUT', url, body: { email: 'admin@nadi.test' } });
  assert.equal(moved.status, 422);
});

test('passwords that are short, obvious or the e-mail are refused', async () => {
  for (const password of ['short', 'Password123', 'aaaaaaaaaaaa', 'weak@example.test', 'x'.repeat(129)]) {
    const body = { name: 'Weak', email: 'weak@example.test', password };
    const refused = await app.request({ as: 'admin', method: 'POST', url: '/api/users', body });
    assert.equal(refused.status, 422, password);
    assert.ok(refused.body.errors.password);
  }
});

test('only owners add, change, reset or delete owners', async () => {
  const owner = await newUser('super_owner');
  const forbidden = [
    {
      method: 'POST',
      url: '/api/users',
      body: { name: 'O', email: 'o@example.test', password: 'a decent password', role: 'super_owner' },
    },
    { method: 'PUT', url: owner.url, body: { name: 'Taken' } },
    { method: 'PUT', url: `/api/users/${app.userIds.admin}`, body: { role: 'super_owner' } },
    { method: 'POST', url: `${owner.url}/reset-password` },
    { method: 'DELETE', url: `${owner.url}/two-factor` },
    { method: 'DELETE', url: owner.url },
  ] as const;
  for (const request of forbidden) {
    assert.equal(
      (await app.request({ as: 'admin', ...request })).status,
      403,
      `${request.method} ${request.url}`,
    );
  }
  assert.equal((await app.request({ as: 'super_owner', method: 'DELETE', url: owner.url })).status, 204);
});

test('operators and viewers reach none of it', async () => {
  const url = `/api/users/${app.userIds.viewer}`;
  for (const as of ['operator', 'viewer'] as const) {
    assert.equal((await app.request({ as, url: '/api/users' })).status, 403);
    assert.equal((await app.request({ as, method: 'PUT', url, body: { role: 'admin' } })).status, 403);
  }
});

test('nobody deletes or resets oneself', async () => {
  const url = `/api/users/${app.userIds.admin}`;
  for (const request of [
    { method: 'DELETE', url },
    { method: 'POST', url: `${url}/reset-password` },
    { method: 'DELETE', url: `${url}/two-factor` },
  ] as const) {
    const refused = await app.request({ as: 'admin', ...request });
    assert.equal(refused.status, 409);
    assert.equal(refused.body.code, 'own_account');
  }
  const password = await app.request({
    as: 'admin',
    method: 'PUT',
    url,
    body: { password: 'a decent password' },
  });
  assert.equal(password.status, 422);
});

test('deactivating ends every token, and reactivating does not bring them back', async () => {
  const { url, token } = await newUser('operator');
  assert.equal((await app.request({ url: '/api/me', token })).status, 200);
  await app.request({ as: 'admin', method: 'PUT', url, body: { is_active: false } });
  assert.equal((await app.request({ url: '/api/me', token })).status, 401);
  await app.request({ as: 'admin', method: 'PUT', url, body: { is_active: true } });
  assert.equal((await app.request({ url: '/api/me', token })).status, 401);
});

test('a password set by an administrator ends every token', async () => {
  const { url, token, email } = await newUser('operator');
  await app.request({ as: 'admin', method: 'PUT', url, body: { password: 'set by the admin' } });
  assert.equal((await app.request({ url: '/api/me', token })).status, 401);
  const body = { email, password: 'set by the admin' };
  assert.equal((await app.request({ method: 'POST', url: '/api/login', body })).status, 200);
});

test('the last owner, and the last active administrator, stay', async () => {
  const { pool } = app.kit;
  const owner = `/api/users/${app.userIds.super_owner}`;
  const lost = await app.request({ as: 'super_owner', method: 'PUT', url: owner, body: { role: 'admin' } });
  assert.equal(lost.status, 409);
  assert.equal(lost.body.code, 'last_administrator');
  await pool.query(
    `update users set is_active = false where role in ('super_owner', 'admin') and email <> 'admin@nadi.test'`,
  );
  const url = `/api/users/${app.userIds.admin}`;
  for (const body of [{ role: 'operator' }, { is_active: false }]) {
    assert.equal(
      (await app.request({ as: 'admin', method: 'PUT', url, body })).body.code,
      'last_administrator',
    );
  }
  await pool.query('update users set is_active = true');
});

test('two administrators who deactivate each other at the same moment: one stays', async () => {
  const { pool } = app.kit;
  const [one, two] = [await newUser('admin'), { ...(await newUser('viewer')) }];
  await pool.query(`update users set role = 'admin' where id = $1`, [two.id]);
  await pool.query(`update users set is_active = false where id not in ($1, $2)`, [one.id, two.id]);
  // Both are let in and then wait for the same rows, so that neither is refused for having been deactivated already.
  const gate = await pool.connect();
  await gate.query('begin');
  await gate.query('select from users for update');
  const both = Promise.all([
    app.request({ token: one.token, method: 'PUT', url: two.url, body: { is_active: false } }),
    app.request({ token: two.token, method: 'PUT', url: one.url, body: { role: 'viewer' } }),
  ]);
  for (let waiting = 0; waiting < 2; ) {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    waiting = rowCount ?? 0;
  }
  await gate.query('commit');
  gate.release();
  const answers = await both;
  const { rows } = await pool.query(
    `select count(*)::int as n from users where is_active and role = 'admin'`,
  );
  await pool.query('update users set is_active = true');
  assert.equal(rows[0].n, 1);
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
});

test('what a deleted person did stays in the audit log, under the name alone', async () => {
  const { id, email, token } = await newUser('admin');
  await app.request({
    token,
    method: 'PUT',
    url: `/api/users/${app.userIds.viewer}`,
    body: { name: 'By a leaver' },
  });
  await app.request({ as: 'super_owner', method: 'DELETE', url: `/api/users/${id}` });
  const { rows } = await app.kit.pool.query(
    `select user_id, actor, new_values from audit_logs where action = 'user.updated' and actor = $1`,
    [email],
  );
  assert.deepEqual(rows, [{ user_id: null, actor: email, new_values: { name: 'By a leaver' } }]);
  const deleted = await app.kit.pool.query(
    `select old_values from audit_logs where action = 'user.deleted' and subject_id = $1`,
    [id],
  );
  assert.equal(deleted.rows[0].old_values.email, email);
});

test('the audit log holds no password and no hash', async () => {
  const { rows } = await app.kit.pool.query('select * from audit_logs');
  assert.ok(rows.length > 20);
  assert.doesNotMatch(JSON.stringify(rows), /argon2|decent password|set by the admin/);
});
