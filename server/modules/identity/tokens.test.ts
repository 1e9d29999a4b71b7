import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '#kit/crypto.ts';
import { fileApp, type Request, testPassword } from '../../../test/support/file-app.ts';

const app = await fileApp();

const create = (by: Partial<Request>, body: object) =>
  app.request({ ...by, method: 'POST', url: '/api/tokens', body });

test('a token is shown once, kept as a hash, and listed without its text', async () => {
  const made = await create({ as: 'admin' }, { name: 'backup script', abilities: ['customers:read'] });
  assert.equal(made.status, 201);
  assert.equal(typeof made.body.id, 'number');
  const [id, secret] = made.body.token.split('|');
  assert.equal(Number(id), made.body.id);
  const { rows } = await app.kit.pool.query('select token from personal_access_tokens where id = $1', [id]);
  assert.deepEqual(rows, [{ token: sha256Hex(secret) }]);
  const list = await app.request({ as: 'admin', url: '/api/tokens' });
  assert.equal(list.body.total, 2);
  assert.equal(list.body.data[0].name, 'backup script');
  assert.deepEqual(
    list.body.data.map((token: { is_current: boolean }) => token.is_current),
    [false, true],
  );
  assert.doesNotMatch(JSON.stringify(list.body), new RegExp(secret));
});

test('the list can be walked by cursor', async () => {
  for (let n = 0; n < 3; n += 1) await create({ as: 'viewer' }, { name: `token ${n}` });
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await app.request({ as: 'viewer', url: `/api/tokens?per_page=1${cursor}` });
    seen.push(page.body.data[0].name);
    cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`;
  } while (cursor !== '');
  assert.deepEqual(seen, ['token 2', 'token 1', 'token 0', 'test']);
});

test('unknown, damaged, expired, revoked tokens and those of deactivated users are all 401', async () => {
  const { body } = await create(
    { as: 'operator' },
    { name: 'short', expires_at: '2026-11-21T04:00:00+00:00' },
  );
  const use = async (token: string) => (await app.request({ url: '/api/me', token })).status;
  assert.equal(await use(body.token), 200);
  assert.equal(await use(`${body.token.slice(0, -1)}${body.token.endsWith('A') ? 'B' : 'A'}`), 401);
  assert.equal(await use(`9${body.token}`), 401);
  assert.equal(await use(body.token.split('|')[1]), 401);
  assert.equal(await use(`${'9'.repeat(18)}|${'a'.repeat(43)}`), 401);
  await app.kit.pool.query(`update users set is_active = false where email = 'operator@nadi.test'`);
  assert.equal(await use(body.token), 401);
  await app.kit.pool.query(`update users set is_active = true where email = 'operator@nadi.test'`);
  assert.equal(await use(body.token), 200);
  app.clock.set('2026-11-21T04:00:00Z');
  assert.equal(await use(body.token), 401);
  app.clock.set('2026-11-21T03:00:00Z');
  const { status } = await app.request({ as: 'operator', method: 'DELETE', url: `/api/tokens/${body.id}` });
  assert.equal(status, 204);
  assert.equal(await use(body.token), 401);
});

test('nobody revokes the token of someone else', async () => {
  const { body } = await create({ as: 'operator' }, { name: 'mine' });
  const refused = await app.request({ as: 'admin', method: 'DELETE', url: `/api/tokens/${body.id}` });
  assert.equal(refused.status, 404);
});

test('a token gets no more than its maker’s role', async () => {
  const refused = await create({ as: 'operator' }, { name: 'greedy', abilities: ['users:write'] });
  assert.equal(refused.status, 403);
  assert.equal(
    (await create({ as: 'operator' }, { name: 'modest', abilities: ['customers:write'] })).status,
    201,
  );
});

test('a limited token does only what it says, and makes no token that can or lasts more', async () => {
  const limited = await create(
    { as: 'admin' },
    { name: 'limited', abilities: ['users:read'], expires_at: '2026-12-01T00:00:00Z' },
  );
  const by = { token: limited.body.token };
  assert.equal((await app.request({ ...by, url: '/api/users' })).status, 200);
  const user = { name: 'X', email: 'x@example.test', password: 'a decent password' };
  assert.equal((await app.request({ ...by, method: 'POST', url: '/api/users', body: user })).status, 403);
  const until = { expires_at: '2026-11-30T00:00:00Z' };
  assert.equal((await create(by, { name: 'all', ...until })).status, 403);
  assert.equal(
    (await create(by, { name: 'more', abilities: ['users:read', 'audit:read'], ...until })).status,
    403,
  );
  assert.equal((await create(by, { name: 'longer', abilities: ['users:read'] })).status, 422);
  assert.equal((await create(by, { name: 'same', abilities: ['users:read'], ...until })).status, 201);
  const password = { current_password: testPassword, new_password: 'another good one' };
  assert.equal(
    (await app.request({ ...by, method: 'PUT', url: '/api/me/password', body: password })).status,
    403,
  );
  const { body } = await app.request({ as: 'admin', url: '/api/tokens' });
  const other = body.data.find((token: { name: string }) => token.name === 'test');
  assert.equal((await app.request({ ...by, method: 'DELETE', url: `/api/tokens/${other.id}` })).status, 403);
  assert.equal(
    (await app.request({ ...by, method: 'DELETE', url: `/api/tokens/${limited.body.id}` })).status,
    204,
  );
});

test('a token that may only manage users cannot make or take over one who may more', async () => {
  const { body } = await create({ as: 'admin' }, { name: 'hr', abilities: ['users:read', 'users:write'] });
  const by = { token: body.token };
  const user = { name: 'X', email: 'x@example.test', password: 'a decent password', role: 'admin' };
  assert.equal((await app.request({ ...by, method: 'POST', url: '/api/users', body: user })).status, 403);
  const operator = `/api/users/${app.userIds.operator}`;
  assert.equal(
    (await app.request({ ...by, method: 'PUT', url: operator, body: { email: 'y@example.test' } })).status,
    403,
  );
  assert.equal((await app.request({ ...by, method: 'POST', url: `${operator}/reset-password` })).status, 403);
});

test('expiry must lie ahead, within ten years', async () => {
  for (const expires_at of [
    '2026-11-21T02:59:59Z',
    '2040-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:00',
    'soon',
  ]) {
    const refused = await create({ as: 'admin' }, { name: 'odd', expires_at });
    assert.equal(refused.status, 422, expires_at);
    assert.ok(refused.body.errors.expires_at);
  }
});

test('the last use is noted at most once a minute', async () => {
  const { body } = await create({ as: 'admin' }, { name: 'busy' });
  const lastUse = async () => {
    await app.request({ url: '/api/me', token: body.token });
    const { rows } = await app.kit.pool.query(
      'select last_used_at, xmin from personal_access_tokens where id = $1',
      [body.id],
    );
    return rows[0];
  };
  const first = await lastUse();
  assert.equal(first.last_used_at, '2026-11-21T03:00:00.000Z');
  app.clock.advance({ seconds: 59 });
  assert.deepEqual(await lastUse(), first);
  app.clock.advance({ seconds: 2 });
  assert.equal((await lastUse()).last_used_at, '2026-11-21T03:01:01.000Z');
});

test('a role taken away counts at once for tokens that exist', async () => {
  const { body } = await create({ as: 'operator' }, { name: 'old', abilities: ['customers:write'] });
  await app.kit.pool.query(`update users set role = 'admin' where email = 'operator@nadi.test'`);
  const admin = await create({ as: 'operator' }, { name: 'admin for a day', abilities: ['users:read'] });
  assert.equal((await app.request({ token: admin.body.token, url: '/api/users' })).status, 200);
  assert.equal((await app.request({ token: body.token, url: '/api/users' })).status, 403);
  await app.kit.pool.query(`update users set role = 'operator' where email = 'operator@nadi.test'`);
  assert.equal((await app.request({ token: admin.body.token, url: '/api/users' })).status, 403);
});
