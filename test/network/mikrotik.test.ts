import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Router, type RouterOptions, startRouter } from '#simulators';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const account = { name: 'nadi', password: 'rahasia-router' };
const rows = {
  'ppp/profile': [
    { name: '10M', 'rate-limit': '5M/10M', 'local-address': '10.9.0.1', 'remote-address': '10.9.0.2' },
  ],
  'ppp/secret': [
    { name: 'budi', password: 'kunci-budi', service: 'pppoe', profile: '10M' },
    { name: 'ayu', password: 'kunci-ayu', service: 'pppoe', profile: '10M', comment: 'nadi:0190' },
  ],
};

async function world(options: RouterOptions = {}, settings: object = {}) {
  await using cleanup = new AsyncDisposableStack();
  const router = cleanup.use(await startRouter({ accounts: [account], rows, ...options }));
  const nadi = cleanup.use(await testApp());
  const body = {
    name: 'Pusat',
    host: router.host,
    port: router.port,
    username: account.name,
    password: account.password,
    ...settings,
  };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/router-settings', body });
  const owned = cleanup.move();
  return { router, nadi, id: String(id), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const call = async (
  nadi: TestApp,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
) => {
  const answer = await nadi.request({ method, url: `/api/mikrotik/${path}`, ...(body ? { body } : {}) });
  return { status: answer.statusCode, ...answer.json() };
};
const list = async (nadi: TestApp, path: string) =>
  ok<Record<string, unknown>[]>(nadi, { url: `/api/mikrotik/${path}` });
const secretNamed = (router: Router, name: string) => router.table('/ppp/secret').named(name)[0]?.values;

test('what a router says of itself, its interfaces, profiles, users and sessions; no password', async () => {
  await using w = await world({ cpe: [{ username: 'budi', password: 'kunci-budi' }] });
  w.router.advance(60);
  const tested = await call(w.nadi, 'GET', 'test');
  assert.deepEqual([tested.success, typeof tested.identity], [true, 'string']);
  const system = await call(w.nadi, 'GET', 'system');
  assert.ok(system.total_memory > 0 && typeof system.version === 'string', JSON.stringify(system));
  const interfaces = await list(w.nadi, 'interfaces');
  assert.ok(interfaces.some(({ name }) => name === '<pppoe-budi>'));
  const traffic = await call(w.nadi, 'GET', 'interface-traffic?interface=ether1');
  assert.equal(traffic.name, 'ether1');
  assert.equal((await call(w.nadi, 'GET', 'interface-traffic?interface=ether99')).status, 404);
  const [budi] = await list(w.nadi, 'active');
  assert.deepEqual([budi?.name, budi?.address, budi?.radius], ['budi', '10.9.0.2', false]);
  assert.ok(
    (await list(w.nadi, 'profiles')).some(
      ({ name, 'rate-limit': rate }) => name === '10M' && rate === '5M/10M',
    ),
  );
  const answer = await w.nadi.request({ url: `/api/mikrotik/secrets?router_id=${w.id}` });
  assert.deepEqual(
    answer.json().map(({ name }: { name: string }) => name),
    ['budi', 'ayu'],
  );
  assert.doesNotMatch(answer.body, /kunci/);
  const { last_connected_at: last } = await ok(w.nadi, { url: `/api/router-settings/${w.id}` });
  assert.notEqual(last, null);
});

test('users are added, changed, switched and removed by hand; those of subscriptions are left alone', async () => {
  await using w = await world();
  const made = await call(w.nadi, 'POST', 'secrets', {
    username: 'tamu',
    password: 'rahasia-tamu',
    comment: 'tamu RT',
  });
  assert.equal(made.success, true);
  assert.equal(secretNamed(w.router, 'tamu')?.service, 'pppoe');
  const path = `secrets/${made.id}`;
  await call(w.nadi, 'PUT', path, { profile: '10M', password: 'rahasia-baru' });
  assert.equal(secretNamed(w.router, 'tamu')?.profile, '10M');
  await call(w.nadi, 'POST', `${path}/disable`);
  assert.equal(secretNamed(w.router, 'tamu')?.disabled, 'true');
  await call(w.nadi, 'POST', `${path}/enable`);
  assert.equal(secretNamed(w.router, 'tamu')?.disabled, 'false');
  const odd = await call(w.nadi, 'PUT', path, { profile: 'tidak-ada' });
  assert.deepEqual([odd.status, Object.keys(odd.errors)], [422, ['profile']]);
  const twice = await call(w.nadi, 'POST', 'secrets', { username: 'tamu', password: 'x' });
  assert.deepEqual([twice.status, twice.code], [409, 'router_trouble']);
  assert.equal((await call(w.nadi, 'DELETE', path)).success, true);
  assert.equal((await call(w.nadi, 'DELETE', path)).status, 404);
  const ayu = (await list(w.nadi, 'secrets')).find(({ name }) => name === 'ayu')?.['.id'];
  for (const [method, url, body] of [
    ['PUT', `secrets/${ayu}`, { profile: 'default' }],
    ['DELETE', `secrets/${ayu}`, undefined],
    ['POST', `secrets/${ayu}/disable`, undefined],
    ['POST', 'secrets', { username: 'palsu', password: 'x', comment: 'nadi:0190' }],
  ] as const) {
    assert.equal((await call(w.nadi, method, url, body)).code, 'router_entry_owned', `${method} ${url}`);
  }
  assert.equal((await call(w.nadi, 'DELETE', 'secrets/budi')).status, 422);
  const { rows: log } = await w.nadi.kit.pool.query(
    "select action, new_values::text as said from audit_logs where action like 'router.secret%' order by id",
  );
  assert.deepEqual(
    log.map(({ action }) => action).sort(),
    ['created', 'deleted', 'disabled', 'enabled', 'updated'].map((what) => `router.secret_${what}`),
  );
  assert.doesNotMatch(JSON.stringify(log) + w.nadi.logged(), /rahasia-(tamu|baru)/);
});

test('a session is ended, and what the router says is not believed', async () => {
  await using w = await world({ cpe: [{ username: 'budi', password: 'kunci-budi' }] });
  const before = (await list(w.nadi, 'active'))[0]?.['.id'];
  assert.deepEqual(await call(w.nadi, 'POST', 'disconnect', { name: 'budi' }), {
    status: 200,
    success: true,
  });
  assert.notEqual((await list(w.nadi, 'active'))[0]?.['.id'], before);
  w.router.faults.add({ do: 'lie', command: '/ppp/active/remove' });
  const lied = await call(w.nadi, 'POST', 'disconnect', { name: 'budi' });
  assert.deepEqual([lied.status, lied.success], [200, false]);
  const nobody = await call(w.nadi, 'POST', 'disconnect', { name: 'siapa' });
  assert.deepEqual([nobody.status, nobody.success, typeof nobody.message], [200, false, 'string']);
});

test('what is in the way of a router is said in plain words, and never with a password', async () => {
  for (const [name, options, settings, words] of [
    ['wrong password', {}, { password: 'salah-sekali' }, /password/i],
    ['nobody there', {}, { port: 1 }, /cannot be reached/],
    [
      'other certificate',
      { tls: 'certificate' },
      { ssl: true, tls_fingerprint: 'ab'.repeat(32) },
      /certificate/,
    ],
  ] as const) {
    await using w = await world(options, settings);
    if ('ssl' in settings)
      await ok(w.nadi, {
        method: 'PUT',
        url: `/api/router-settings/${w.id}`,
        body: { port: w.router.tlsPort },
      });
    const tested = await call(w.nadi, 'GET', 'test');
    assert.deepEqual([tested.status, tested.success], [200, false], name);
    assert.match(tested.message, words);
    const read = await call(w.nadi, 'GET', 'secrets');
    assert.deepEqual([read.status, read.code], [409, 'router_trouble'], name);
    assert.doesNotMatch(JSON.stringify([tested, read]) + w.nadi.logged(), /salah-sekali|rahasia-router/);
  }
});

test('without a router, or with one that is switched off here, that is what is said', async () => {
  await using nadi = await testApp();
  assert.equal((await call(nadi, 'GET', 'system')).code, 'no_router');
  await using w = await world();
  await ok(w.nadi, { method: 'PUT', url: `/api/router-settings/${w.id}`, body: { is_active: false } });
  assert.equal((await call(w.nadi, 'GET', `system?router_id=${w.id}`)).code, 'no_router');
});
