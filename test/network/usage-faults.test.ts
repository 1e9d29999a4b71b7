import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { pollRouter } from '../../server/modules/usage/index.ts';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import {
  addRouter,
  type Provisioned,
  packageOf,
  provisioned,
  startSimulated,
  subscribed,
} from './provisioned.ts';
import {
  bytesOf,
  look,
  lookAt,
  onlineNow,
  pass,
  plus,
  routerOnline,
  sessionOf,
  usedBy,
} from './usage-support.ts';

/** A router with a customer online, whose session is counted. */
async function withBudi() {
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await provisioned());
  const { subscriptionId, password } = await subscribed(world.nadi, await packageOf(world.nadi), 'budi');
  await world.nadi.drainJobs();
  world.router.plug({ username: 'budi', password });
  pass(world, 600);
  await lookAt(world);
  const owned = cleanup.move();
  return { ...world, subscriptionId, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const assertExact = async (world: Provisioned & { readonly subscriptionId: string }) =>
  assert.deepEqual(await usedBy(world.nadi, world.subscriptionId), bytesOf(sessionOf(world, 'budi')));

test('killed between reading and writing: the next look counts it, once', async () => {
  await using world = await withBudi();
  const { nadi, routerId } = world;
  const url = nadi.kit.config.databaseUrl ?? '';
  pass(world, 600);
  await nadi.kit.pool.query('update usage_polls set next_at = null');
  const client = await nadi.kit.pool.connect();
  await client.query('begin');
  await client.query('lock table usage_counters in access exclusive mode');
  const words = [join(import.meta.dirname, 'poll-child.ts'), url, routerId, String(nadi.clock.now())];
  const child = spawn(process.execPath, words, {
    env: { ...process.env, NADI_TEST_DATABASE: url },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  for (let waits = 0; waits === 0; ) {
    const { rows } = await client.query(
      `select count(*)::int as n from pg_locks where relation = 'usage_counters'::regclass and not granted`,
    );
    waits = rows[0].n;
    assert.equal(child.exitCode, null);
  }
  child.kill('SIGKILL');
  await ended;
  await client.query('rollback');
  client.release();
  // For a while the router is the dead one’s.
  assert.equal(await look(nadi, routerId), 'idle');
  pass(world, 301);
  await lookAt(world);
  await assertExact(world);
});

test('two workers: one reads; one that was taken for dead counts nothing of what it read', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId } = world;
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  pass(world, 600);
  other.clock.set(String(nadi.clock.now()));
  await nadi.kit.pool.query('update usage_polls set next_at = null');
  const results = await Promise.all([pollRouter(nadi.kit, routerId), pollRouter(other.kit, routerId)]);
  assert.deepEqual(results.sort(), ['done', 'idle']);
  await assertExact(world);
  pass(world, 600);
  router.faults.add({ do: 'delay', milliseconds: 1500, command: '/queue/simple/print', times: 1 });
  const asked = router.stats.commands.get('/queue/simple/print') ?? 0;
  const late = look(nadi, routerId);
  while (router.stats.commands.get('/queue/simple/print') === asked) await nadi.kit.pool.query('select');
  other.clock.set(nadi.clock.now().add({ seconds: 301 }).toString());
  router.advance(301);
  assert.equal(await look(other, routerId), 'done');
  await assertExact(world);
  assert.equal(await late, 'late');
  await assertExact(world);
});

test('who dials again while the router is read is counted at the next look', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId } = world;
  const before = await usedBy(nadi, world.subscriptionId);
  pass(world, 600);
  router.faults.add({ do: 'delay', milliseconds: 700, command: '/ppp/active/print', times: 1 });
  const asked = router.stats.commands.get('/ppp/active/print') ?? 0;
  const looking = look(nadi, routerId);
  while (router.stats.commands.get('/ppp/active/print') === asked) await nadi.kit.pool.query('select');
  router.hangUp(sessionOf(world, 'budi'));
  router.advance(11);
  sessionOf(world, 'budi');
  assert.equal(await looking, 'done');
  assert.deepEqual(await usedBy(nadi, world.subscriptionId), before);
  pass(world, 300);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, world.subscriptionId), plus(before, bytesOf(sessionOf(world, 'budi'))));
});

test('a router without the hotspot’s package is read for what it has; one that refuses is not read', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId } = world;
  const hotspot = { command: '/ip/hotspot/active/print', do: 'trap' } as const;
  const back = router.faults.add({ ...hotspot, message: 'no such command prefix' });
  pass(world, 600);
  await lookAt(world);
  await assertExact(world);
  back();
  router.faults.add({ ...hotspot, message: 'not enough permissions (9)' });
  assert.equal(await look(nadi, routerId), 'failed');
  assert.match((await routerOnline(nadi, routerId)).error?.en ?? '', /refuses: not enough permissions/);
});

test('complaint 14: of a router that does not answer nobody counts as online, and it is said why', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId } = world;
  assert.equal((await onlineNow(nadi)).length, 1);
  assert.deepEqual(
    [(await routerOnline(nadi, routerId)).state, (await routerOnline(nadi, routerId)).online],
    ['ok', 1],
  );
  const repair = router.faults.add({ do: 'refuse' });
  pass(world, 600);
  assert.equal(await look(nadi, routerId), 'failed');
  assert.equal(await pollRouter(nadi.kit, routerId), 'idle'); // It rests.
  assert.deepEqual(await onlineNow(nadi), []);
  const silent = await routerOnline(nadi, routerId);
  assert.deepEqual([silent.state, silent.online], ['unreachable', null]);
  assert.match(silent.error?.en ?? '', /cannot be reached/);
  repair();
  // A change of its settings ends the rest.
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { name: 'Pusat 2' } });
  assert.equal(await pollRouter(nadi.kit, routerId), 'done');
  assert.equal((await onlineNow(nadi)).length, 1);
  await assertExact(world);
  // Nobody looks any more.
  nadi.clock.advance({ minutes: 16 });
  assert.deepEqual(await onlineNow(nadi), []);
  assert.deepEqual(
    [(await routerOnline(nadi, routerId)).state, (await routerOnline(nadi, routerId)).online],
    ['waiting', null],
  );
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { password: 'salah' } });
  assert.equal(await look(nadi, routerId), 'failed');
  assert.equal((await routerOnline(nadi, routerId)).state, 'refused');
  assert.doesNotMatch(nadi.logged(), /rahasia|salah/);
});

test('each router is looked at every few minutes by itself; one that asks RADIUS for its static addresses alone', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId } = world;
  await using second = await startSimulated();
  const secondId = await addRouter(nadi, second, 'Cabang');
  await nadi.drainJobs();
  const wake = async () => {
    const seen = [router, second].map(({ stats }) => stats.commands.get('/queue/simple/print') ?? 0);
    await nadi.kit.pool.query(`select graphile_worker.add_job('usage.wake')`);
    await nadi.drainJobs();
    return [router, second].map(
      ({ stats }, n) => (stats.commands.get('/queue/simple/print') ?? 0) - (seen[n] ?? 0),
    );
  };
  assert.deepEqual(await wake(), [0, 1]);
  assert.deepEqual(await wake(), [0, 0]);
  pass(world, 361);
  assert.deepEqual(await wake(), [1, 1]);
  await assertExact(world);
  const body = { use_radius: true, radius_secret: 'rahasia-radius' };
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${secondId}`, body });
  await nadi.drainJobs();
  pass(world, 361);
  assert.deepEqual(await wake(), [1, 0]);
  assert.deepEqual(await routerOnline(nadi, secondId), {
    router_id: secondId,
    name: 'Cabang',
    source: 'radius',
    state: 'ok',
    online: 0,
    seen_at: null,
    error: null,
  });
  await subscribed(
    nadi,
    await packageOf(nadi, { type: 'static' }),
    'kantor',
    { remote_address: '10.20.0.5' },
    { router_id: secondId },
  );
  await nadi.drainJobs();
  const before = second.stats.commands.get('/ppp/active/print');
  assert.deepEqual(await wake(), [0, 1]);
  assert.equal(second.stats.commands.get('/ppp/active/print'), before);
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { is_active: false } });
  assert.deepEqual(await onlineNow(nadi), []);
  assert.equal((await routerOnline(nadi, routerId)).state, 'inactive');
  assert.equal(await look(nadi, routerId), 'inactive');
});

test('a name on another router is somebody else’s', async () => {
  await using world = await withBudi();
  const { nadi, router } = world;
  await using second = await startSimulated({
    rows: {
      'ppp/secret': [{ name: 'budi', password: 'lain', service: 'pppoe', 'remote-address': '10.1.1.1' }],
    },
    cpe: [{ username: 'budi', password: 'lain' }],
  });
  const secondId = await addRouter(nadi, second, 'Cabang');
  second.advance(600);
  assert.equal(await look(nadi, secondId), 'done');
  await assertExact(world);
  assert.equal(router.sessions.length, 1);
  assert.deepEqual(
    (await onlineNow(nadi, '?username=budi'))
      .map(({ subscription_id: id }) => id === world.subscriptionId)
      .sort(),
    [false, true],
  );
});
