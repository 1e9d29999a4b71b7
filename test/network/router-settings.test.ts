import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

interface Router {
  readonly id: string;
  readonly name: string;
  readonly is_default: boolean;
  readonly has_radius: boolean;
}

const given = { username: 'nadi', password: 'rahasia-router-1' };

test('a router is added with spec 3’s defaults; its secrets are sealed and never shown', async () => {
  await using nadi = await testApp();
  const body = { host: '192.168.88.1', ...given, radius_secret: 'rahasia-radius-1' };
  const made = await ok<Router>(nadi, { method: 'POST', url: '/api/router-settings', body });
  const { id, created_at: _, updated_at: __, ...shown } = made as Router & Record<string, unknown>;
  assert.deepEqual(shown, {
    name: 'Main Router',
    host: '192.168.88.1',
    port: 8728,
    username: 'nadi',
    ssl: false,
    tls_trust: 'fingerprint',
    tls_fingerprint: null,
    code_page: 'windows-1252',
    has_radius: true,
    coa_port: 3799,
    use_radius: false,
    template_profile: 'default',
    is_active: true,
    is_default: true,
    last_connected_at: null,
  });
  const { rows } = await nadi.kit.pool.query('select password, radius_secret from router_settings');
  const opened = [
    nadi.kit.secrets.open(rows[0].password, `router_settings.password:${id}`),
    nadi.kit.secrets.open(rows[0].radius_secret, `router_settings.radius_secret:${id}`),
  ];
  assert.deepEqual(opened, ['rahasia-router-1', 'rahasia-radius-1']);
  const { rows: told } = await nadi.kit.pool.query('select json_agg(a)::text as log from audit_logs a');
  assert.doesNotMatch(told[0].log + nadi.logged(), /rahasia/);
  // Left out, they stay; null takes the shared secret away.
  const url = `/api/router-settings/${id}`;
  await ok(nadi, { method: 'PUT', url, body: { name: 'Pusat', radius_secret: null } });
  const after = (await nadi.kit.pool.query('select password, radius_secret from router_settings')).rows[0];
  assert.deepEqual([after.password, after.radius_secret], [rows[0].password, null]);
});

test('one router is the default, also when two become it at once, and another when it goes', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const add = (n: number) => {
    nadi.clock.advance({ minutes: 1 });
    const body = { name: `R${n}`, host: `10.0.0.${n}`, ...given };
    return ok<Router>(nadi, { method: 'POST', url: '/api/router-settings', body });
  };
  const [first, second, third] = [await add(1), await add(2), await add(3)];
  assert.deepEqual([first.is_default, second.is_default], [true, false]);
  await Promise.all(
    [second, third].map(({ id }, n) =>
      ok(n === 0 ? nadi : other, {
        method: 'PUT',
        url: `/api/router-settings/${id}`,
        body: { is_default: true },
      }),
    ),
  );
  const defaults = async () =>
    (await ok<{ data: Router[] }>(nadi, { url: '/api/router-settings' })).data.filter(
      (one) => one.is_default,
    );
  const [now, ...more] = await defaults();
  assert.equal(more.length, 0);
  await ok(nadi, { method: 'DELETE', url: `/api/router-settings/${now?.id}` });
  assert.deepEqual(
    (await defaults()).map(({ name }) => name),
    ['R1'],
  );
});

test('what a router cannot be is refused by name', async () => {
  await using nadi = await testApp();
  const send = (body: object) => nadi.request({ method: 'POST', url: '/api/router-settings', body });
  await ok(nadi, {
    method: 'POST',
    url: '/api/router-settings',
    body: { name: 'Pusat', host: 'Pusat.example.id', ...given },
  });
  for (const [field, change] of [
    ['host', { host: 'http://192.168.88.1' }],
    ['host', { host: '192.168.88.1:8728' }],
    ['host', { host: 'pusat.EXAMPLE.id' }],
    ['name', { name: 'PUSAT' }],
    ['port', { port: 0 }],
    ['tls_fingerprint', { ssl: true }],
    ['tls_fingerprint', { ssl: true, tls_fingerprint: 'ab:cd' }],
    ['is_default', { is_default: false }],
    ['code_page', { code_page: 'latin-99' }],
    ['radius_secret', { use_radius: true }],
  ] as const) {
    const answer = await send({ name: 'Cabang', host: '10.9.9.9', ...given, ...change });
    assert.equal(answer.statusCode, 422, JSON.stringify(change));
    assert.deepEqual(Object.keys(answer.json().errors), [field]);
  }
  assert.equal(
    (await send({ name: 'Cabang', host: '10.9.9.9', ...given, ssl: true, tls_trust: 'none' })).statusCode,
    201,
  );
});
