import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { ok, payAll } from '../support/provider.ts';
import {
  addRouter,
  assertSettled,
  intentsOf,
  isOnline,
  letLapse,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
  wake,
} from './provisioned.ts';

const stateOf = async (nadi: Parameters<typeof ok>[0]) =>
  (await ok<{ data: Record<string, unknown>[] }>(nadi, { url: '/api/provisioning/routers' })).data[0] ?? {};

test('a router that is down for a day delays and loses nothing; who waits longest is shown', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const off = router.faults.add({ do: 'refuse' });
  const first = await subscribed(nadi, pack, 'budi');
  const since = nadi.clock.now().toString({ fractionalSecondDigits: 3 });
  await nadi.drainJobs();
  let state = await stateOf(nadi);
  assert.deepEqual([state.state, state.waiting, state.failures], ['unreachable', 1, 1]);
  const attempts = router.stats.connections;
  nadi.clock.advance({ seconds: 2 });
  await subscribed(nadi, pack, 'ayu');
  await nadi.drainJobs();
  assert.equal(router.stats.connections, attempts, 'it rests after a failure');
  for (let hour = 0; hour < 24; hour += 1) {
    nadi.clock.advance({ hours: 1 });
    await wake(nadi);
  }
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${first.subscriptionId}/suspend` });
  state = await stateOf(nadi);
  assert.deepEqual([state.waiting, state.oldest_wait, state.failures], [2, since, 25]);
  off();
  nadi.clock.advance({ hours: 1 });
  await wake(nadi);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  assert.equal(rowOf(router, 'ppp/secret', 'ayu').disabled, 'false');
  await assertSettled(nadi, routerId);
  state = await stateOf(nadi);
  assert.deepEqual([state.state, state.waiting, state.oldest_wait, state.error], ['ok', 0, null, null]);
});

test('a refused login is told in words, and not tried again every minute', async () => {
  await using world = await provisioned();
  const { nadi, routerId, router } = world;
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { password: 'salah' } });
  await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const state = await stateOf(nadi);
  assert.equal(state.state, 'refused');
  assert.match(JSON.stringify(state.error), /username atau password/);
  const { refusedLogins } = router.stats;
  nadi.clock.advance({ minutes: 5 });
  await wake(nadi);
  assert.equal(router.stats.refusedLogins, refusedLogins);
  // Corrected, it goes on at once.
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { password: 'rahasia' } });
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
});

test('a router that answers done without doing stays unverified, and says so', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password });
  const honest = router.faults.add({ do: 'lie', command: '/ppp/secret/set' });
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${budi.subscriptionId}/suspend` });
  await nadi.drainJobs();
  const shown = await ok<{ provisioning: { status: string; fault: { code: string } }[] }>(nadi, {
    url: `/api/subscriptions/${budi.subscriptionId}`,
  });
  assert.deepEqual(
    shown.provisioning.map(({ status, fault }) => [status, fault.code]),
    [['failed', 'not_applied']],
  );
  honest();
  nadi.clock.advance({ minutes: 1 });
  await wake(nadi);
  assert.ok(!isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});

test('a worker killed between writing and reading back: the next one finds it done, without doubles', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const names = Array.from({ length: 100 }, (_, n) => `rumah${n}`);
  for (const name of names) await subscribed(nadi, pack, name);
  const url = nadi.kit.config.databaseUrl ?? '';
  const child = spawn(process.execPath, [join(import.meta.dirname, 'reconcile-child.ts'), url, routerId], {
    env: { ...process.env, NADI_TEST_DATABASE: url },
    stdio: 'ignore',
  });
  const secrets = router.table('ppp/secret');
  secrets.watch(() => {
    if (secrets.size === 30) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  assert.ok(secrets.size >= 30);
  // For a while the router is the dead one’s; then the next worker takes it.
  await nadi.drainJobs();
  const verified = async () => (await intentsOf(nadi, routerId)).filter((intent) => intent.verified).length;
  assert.equal(await verified(), 0);
  nadi.clock.advance({ minutes: 1 });
  await wake(nadi);
  assert.equal(secrets.size, names.length);
  await assertSettled(nadi, routerId);
});

test('a connection that breaks in the middle of 1,000 changes: all are done, each once', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.kit.pool.query(
    `with s as (insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
       select gen_random_uuid(), customer_id, package_id, 'massal' || n, start_date, end_date, billed_until, anchor_day, created_at, updated_at
       from subscriptions, generate_series(1, 999) n where id = $1 returning id, customer_id, mikrotik_username, created_at)
     insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, created_at, updated_at)
     select gen_random_uuid(), customer_id, id, mikrotik_username, 'x', created_at, created_at from s`,
    [budi.subscriptionId],
  );
  await nadi.drainJobs();
  router.faults.add({ do: 'reset', when: 'after', command: '/ppp/secret/add', skip: 500, times: 1 });
  router.faults.add({ do: 'reset', when: 'before', command: '/ppp/secret/add', skip: 700, times: 1 });
  await ok(nadi, { method: 'POST', url: `/api/routers/${routerId}/sync` });
  await nadi.drainJobs();
  assert.equal(router.table('ppp/secret').size, 1000);
  assert.equal(
    new Set([...router.table('ppp/secret').rows()].map(({ values }) => values.comment)).size,
    1000,
  );
  await assertSettled(nadi, routerId);
});

test('entries that are not Nadi’s stay as they are, also where one has the name', async () => {
  const mine = { name: 'budi', password: 'lama', profile: 'default', comment: 'punya Pak RT' };
  await using world = await provisioned({
    router: { rows: { 'ppp/secret': [mine, { name: 'lain', password: 'x' }] } },
  });
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const secret = rowOf(router, 'ppp/secret', 'budi');
  assert.deepEqual([secret.password, secret.comment], ['lama', 'punya Pak RT']);
  assert.equal((await intentsOf(nadi, routerId))[0]?.last_error, 'name_taken');
  router.plug({ username: 'budi', password: 'lama' });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${budi.subscriptionId}` });
  await nadi.drainJobs();
  assert.ok(isOnline(router, 'budi'));
  assert.equal(router.table('ppp/secret').size, 2);
  await assertSettled(nadi, routerId);
});

test('what somebody changed by hand on the router is found by a full comparison, and put right', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const [budi, ayu, eka] = [
    await subscribed(nadi, pack, 'budi'),
    await subscribed(nadi, pack, 'ayu'),
    await subscribed(nadi, pack, 'eka'),
  ];
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${eka.subscriptionId}/suspend` });
  await nadi.drainJobs();
  const secrets = router.table('ppp/secret');
  const row = (name: string) => secrets.named(name)[0] ?? assert.fail();
  secrets.update(row('budi'), { name: 'budi-lama', profile: 'default' });
  secrets.delete(row('ayu'));
  secrets.update(row('eka'), { disabled: 'false' });
  router.plug({ username: 'eka', password: eka.password });
  assert.ok(isOnline(router, 'eka'));
  const diff = await ok<{ total: number; disable: number }>(nadi, {
    url: `/api/provisioning/routers/${routerId}/diff`,
  });
  assert.deepEqual([diff.total, diff.disable], [3, 1]);
  assert.ok(isOnline(router, 'eka'), 'a preview writes nothing');
  nadi.clock.advance({ minutes: 20 });
  await wake(nadi);
  assert.deepEqual(
    [row('budi').values.disabled, row('ayu').values.disabled, row('eka').values.disabled],
    ['false', 'false', 'true'],
  );
  assert.equal(row('budi').values.comment, `nadi:${budi.subscriptionId}`);
  assert.equal(row('ayu').values.comment, `nadi:${ayu.subscriptionId}`);
  assert.ok(!isOnline(router, 'eka'));
  await assertSettled(nadi, routerId);
  // In sync, a comparison writes nothing.
  const { writes } = router.stats;
  await ok(nadi, { method: 'POST', url: `/api/routers/${routerId}/sync` });
  await nadi.drainJobs();
  assert.equal(router.stats.writes, writes);
});

test('taking many customers off at once is held until somebody approves just that', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const many = [];
  for (let n = 0; n < 30; n += 1) many.push(await subscribed(nadi, pack, `massal${n}`));
  await nadi.drainJobs();
  await letLapse(nadi);
  const fresh = await subscribed(nadi, pack, 'baru', { start_date: '2026-02-17', end_date: '2026-03-17' });
  await nadi.drainJobs();
  const enabled = () =>
    [...router.table('ppp/secret').rows()].filter(({ values }) => values.disabled === 'false').length;
  assert.equal(enabled(), 31, 'nothing dangerous is done, and what is harmless is');
  const state = await stateOf(nadi);
  const held = state.held as { fingerprint: string; disable: number };
  assert.deepEqual([state.state, held.disable], ['held', 30]);
  // One that pays meanwhile is no more among them: what was looked at is another set now.
  await payAll(nadi, many[0]?.subscriptionId ?? '');
  await nadi.drainJobs();
  const url = `/api/routers/${routerId}/approve`;
  const stale = await nadi.request({ method: 'POST', url, body: { fingerprint: held.fingerprint } });
  assert.equal(stale.json().code, 'nothing_held');
  const { fingerprint } = (await stateOf(nadi)).held as { fingerprint: string };
  await ok(nadi, { method: 'POST', url, body: { fingerprint } });
  await nadi.drainJobs();
  assert.equal(enabled(), 2);
  assert.equal(rowOf(router, 'ppp/secret', fresh.username).disabled, 'false');
  await assertSettled(nadi, routerId);
  assert.equal((await stateOf(nadi)).state, 'ok');
});

test('a customer moved to another router leaves the old one; a router in use cannot be removed', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await using second = await startSimulated();
  const otherId = await addRouter(nadi, second, 'Cabang');
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password });
  assert.ok(isOnline(router, 'budi'));
  await ok(nadi, { method: 'PUT', url: `/api/customers/${budi.customerId}`, body: { router_id: otherId } });
  await nadi.drainJobs();
  assert.equal(router.table('ppp/secret').size, 0);
  assert.ok(!isOnline(router, 'budi'));
  assert.equal(rowOf(second, 'ppp/secret', 'budi').comment, `nadi:${budi.subscriptionId}`);
  for (const id of [routerId, otherId]) await assertSettled(nadi, id);
  const used = await nadi.request({ method: 'DELETE', url: `/api/router-settings/${otherId}` });
  assert.equal(used.json().code, 'router_in_use');
  assert.equal(
    (await nadi.request({ method: 'DELETE', url: `/api/router-settings/${routerId}` })).statusCode,
    204,
  );
  const nowhere = await nadi.request({
    method: 'PUT',
    url: `/api/customers/${budi.customerId}`,
    body: { router_id: routerId },
  });
  assert.deepEqual(Object.keys(nowhere.json().errors), ['router_id']);
});

test('two accounts that swap their names while the router is away have each its own once it is back', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const [ayu, budi] = [await subscribed(nadi, pack, 'ayu'), await subscribed(nadi, pack, 'budi')];
  await nadi.drainJobs();
  const back = router.faults.add({ do: 'refuse' });
  const rename = ({ subscriptionId }: typeof ayu, name: string) =>
    ok(nadi, {
      method: 'PUT',
      url: `/api/subscriptions/${subscriptionId}`,
      body: { mikrotik_username: name },
    });
  await rename(ayu, 'sementara');
  await rename(budi, 'ayu');
  await rename(ayu, 'budi');
  await nadi.drainJobs();
  back();
  for (let minute = 0; minute < 30; minute += 10) {
    nadi.clock.advance({ minutes: 10 });
    await wake(nadi);
  }
  await assertSettled(nadi, routerId);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').password, ayu.password);
  assert.equal(rowOf(router, 'ppp/secret', 'ayu').password, budi.password);
  assert.equal(router.table('ppp/secret').size, 2);
});
