import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Router } from '#simulators';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { counts, importFrom, livedProfiles, secret, total, verdicts } from './imported-router.ts';
import {
  addRouter,
  assertSettled,
  intentsOf,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
} from './provisioned.ts';

test('who is here already takes his entry over as it is on the router; who would change state is left', async () => {
  const rows = {
    'ppp/profile': livedProfiles,
    'ppp/secret': [
      secret('ayu', { password: 'lama', 'remote-address': '10.10.8.8' }),
      secret('tunda'),
      secret('hidup', { disabled: 'true' }),
    ],
  };
  await using world = await provisioned({ router: { rows } });
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const ayu = await subscribed(nadi, pack, 'ayu');
  const late = await subscribed(nadi, pack, 'tunda');
  await subscribed(nadi, pack, 'hidup');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${late.subscriptionId}/suspend` });
  await nadi.drainJobs();
  for (const [username, password] of [
    ['ayu', 'lama'],
    ['tunda', 'sandi-tunda'],
  ] as const)
    router.plug({ username, password });
  const sessions = router.sessions.map(({ id }) => id);
  assert.equal(sessions.length, 2);
  const done = await importFrom(nadi, routerId, { dry_run: false });
  assert.deepEqual(verdicts(done), { ayu: 'matches', tunda: 'skipped state', hidup: 'skipped state' });
  await nadi.drainJobs();
  assert.deepEqual(
    router.sessions.map(({ id }) => id),
    sessions,
  );
  const row = rowOf(router, 'ppp/secret', 'ayu');
  assert.deepEqual(
    [row.comment, row.password, row.profile, row['remote-address']],
    [`nadi:${ayu.subscriptionId}`, 'lama', '10M', '10.10.8.8'],
  );
  const faults = (await intentsOf(nadi, routerId)).map(({ last_error: fault }) => fault);
  assert.deepEqual(faults.sort(), ['name_taken', 'name_taken', null]);
  assert.equal(rowOf(router, 'ppp/secret', 'hidup').disabled, 'true');
});

test('one username on two routers is nobody’s to take: a free one is proposed, and both stay as they are', async () => {
  const rows = { 'ppp/profile': livedProfiles, 'ppp/secret': [secret('budi'), secret('ayu')] };
  await using world = await provisioned({ router: { rows } });
  const { nadi, routerId } = world;
  await using branch = await startSimulated({
    rows: { ...rows, 'ppp/secret': [secret('budi'), secret('budi-2'), secret('eka', { comment: 'ayu' })] },
  });
  const branchId = await addRouter(nadi, branch, 'Cabang');
  await packageOf(nadi);
  assert.deepEqual(counts(await importFrom(nadi, routerId, { dry_run: false })), [2, 0, 0, 0, 0]);
  const other = await importFrom(nadi, branchId, { dry_run: false });
  assert.deepEqual(verdicts(other), { budi: 'taken elsewhere', 'budi-2': 'new', eka: 'skipped customer' });
  assert.equal(other.rows[0]?.proposed_name, 'budi-3');
  await nadi.drainJobs();
  assert.equal(rowOf(branch, 'ppp/secret', 'budi').comment, undefined);
  await assertSettled(nadi, routerId);
  await assertSettled(nadi, branchId);
});

test('customers came before their routers: each takes over its own, and nothing is written before it is switched on', async () => {
  await using nadi = await testApp();
  const pack = await packageOf(nadi);
  const ayu = await subscribed(nadi, pack, 'ayu');
  const eka = await subscribed(nadi, pack, 'eka');
  const holding = (...names: string[]) =>
    startSimulated({
      rows: { 'ppp/profile': livedProfiles, 'ppp/secret': names.map((name) => secret(name)) },
    });
  await using centre = await holding('ayu');
  await using branch = await holding('eka');
  const add = async (router: Router, name: string) => {
    const body = {
      name,
      host: router.host,
      port: router.port,
      username: 'nadi',
      password: 'rahasia',
      is_active: false,
    };
    return (await ok(nadi, { method: 'POST', url: '/api/router-settings', body })).id;
  };
  const [centreId, branchId] = [await add(centre, 'Pusat'), await add(branch, 'Cabang')];
  for (const id of [branchId, centreId]) {
    await nadi.drainJobs();
    assert.deepEqual(counts(await importFrom(nadi, id, { dry_run: false })), [0, 0, 1, 0, 0]);
  }
  await nadi.drainJobs();
  assert.equal(rowOf(branch, 'ppp/secret', 'eka').comment, undefined);
  for (const id of [centreId, branchId])
    await ok(nadi, { method: 'PUT', url: `/api/router-settings/${id}`, body: { is_active: true } });
  await nadi.drainJobs();
  for (const [router, id, { subscriptionId, username }] of [
    [centre, centreId, ayu],
    [branch, branchId, eka],
  ] as const) {
    await assertSettled(nadi, id);
    assert.deepEqual(
      [...router.table('ppp/secret').rows()].map(({ values }) => [values.name, values.comment]),
      [[username, `nadi:${subscriptionId}`]],
    );
  }
});

test('two imports at one moment, and one that is cut off: everybody comes once', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `p${index}`);
  const rows = { 'ppp/profile': livedProfiles, 'ppp/secret': names.map((name) => secret(name)) };
  await using world = await provisioned({ router: { rows } });
  const { nadi, routerId } = world;
  await packageOf(nadi);
  // The database loses the connection in the middle of it.
  await nadi.kit.pool.query(`
    create function cut_off() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
    create trigger cut_off after insert on import_sources for each statement execute function cut_off()`);
  const cut = await nadi.request({
    method: 'POST',
    url: `/api/routers/${routerId}/import`,
    body: { dry_run: false },
  });
  assert.ok(cut.statusCode >= 500);
  await nadi.kit.pool.query('drop trigger cut_off on import_sources');
  assert.deepEqual([await total(nadi, 'customers'), await total(nadi, 'subscriptions')], [0, 0]);
  const both = await Promise.all([1, 2].map(() => importFrom(nadi, routerId, { dry_run: false })));
  assert.deepEqual(
    both.map((answer) => answer.new).sort((one, other) => one - other),
    [0, 300],
  );
  assert.deepEqual([await total(nadi, 'customers'), await total(nadi, 'subscriptions')], [300, 300]);
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
});

test('what cannot be imported is said: a router that is away, or asks RADIUS; a date; a package', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const send = async (body: object) => {
    const answer = await nadi.request({ method: 'POST', url: `/api/routers/${routerId}/import`, body });
    return { status: answer.statusCode, ...answer.json() };
  };
  assert.deepEqual(Object.keys((await send({ end_date: '2025-12-31' })).errors), ['end_date']);
  const unsold = await packageOf(nadi, { is_active: false });
  const mapped = await send({ packages: [{ profile: '10M', package_id: unsold }] });
  assert.deepEqual(Object.keys(mapped.errors), ['packages.0.package_id']);
  router.faults.add({ do: 'refuse', times: 1 });
  assert.equal((await send({})).code, 'router_trouble');
  const set = (body: object) => ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body });
  await set({ radius_secret: 'rahasia', use_radius: true });
  assert.match((await send({})).message, /RADIUS/);
});
