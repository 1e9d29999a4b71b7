import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { markStatement, reconcileRouter } from '../../server/modules/provisioning/index.ts';
import { mustDrop, mustDropAllOf } from '../../server/modules/provisioning/intent-queries.ts';
import { approveHeld, lockHeld } from '../../server/modules/provisioning/queries.ts';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import {
  assertSettled,
  type Customer,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
  wake,
} from './provisioned.ts';

test('two workers: one serves the router, and looks once more for what the other came for', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const pack = await packageOf(nadi);
  for (let n = 0; n < 20; n += 1) await subscribed(nadi, pack, `rumah${n}`);
  const secrets = router.table('ppp/secret');
  let late: Promise<unknown> | undefined;
  secrets.watch(() => {
    // While the first writes, somebody subscribes, and the second worker is woken for that.
    late ??= subscribed(other, pack, 'terlambat').then(() => reconcileRouter(other.kit, routerId));
  });
  const results = await Promise.all([
    reconcileRouter(nadi.kit, routerId),
    reconcileRouter(other.kit, routerId),
  ]);
  await late;
  assert.deepEqual(results.sort(), ['busy', 'done']);
  await nadi.drainJobs();
  assert.equal(secrets.size, 21);
  assert.equal(router.stats.commands.get('/ppp/secret/add'), 21);
  await assertSettled(nadi, routerId);
});

test('changed while it is applied: what the router holds in the end is the last word', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const customers: Customer[] = [];
  for (let n = 0; n < 10; n += 1) customers.push(await subscribed(nadi, pack, `rumah${n}`));
  await nadi.drainJobs();
  const states = ['suspend', 'activate'] as const;
  let changes: Promise<unknown> = Promise.resolve();
  let turns = 0;
  router.table('ppp/secret').watch(() => {
    if (turns === 60) return;
    turns += 1;
    const turn = turns;
    const id = customers[turn % 10]?.subscriptionId;
    changes = changes.then(() =>
      nadi.request({ method: 'POST', url: `/api/subscriptions/${id}/${states[turn % 2]}` }),
    );
  });
  for (const { subscriptionId } of customers)
    await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/suspend` });
  for (let pass = 0; pass < 20; pass += 1) {
    await nadi.drainJobs();
    await changes;
  }
  await wake(nadi);
  await assertSettled(nadi, routerId);
  for (const { subscriptionId, username } of customers) {
    const { status } = await ok<{ status: string }>(nadi, { url: `/api/subscriptions/${subscriptionId}` });
    assert.equal(rowOf(router, 'ppp/secret', username).disabled, String(status !== 'active'));
  }
  assert.equal(router.table('ppp/secret').size, 10);
});

test('sets of intents that are marked at once from all sides do not lock each other out', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const pack = await packageOf(nadi);
  const customers: Customer[] = [];
  for (let n = 0; n < 12; n += 1) customers.push(await subscribed(nadi, pack, `rumah${n}`));
  const turns = Array.from({ length: 8 }, (_, turn) => turn);
  const answers = await Promise.all(
    turns.flatMap((turn) => [
      nadi.request({ method: 'PUT', url: `/api/packages/${pack}`, body: { bandwidth: `${turn + 1}M/20M` } }),
      other.request({
        method: 'PUT',
        url: '/api/organisation',
        body: { suspend_mode: turn % 2 === 0 ? 'isolir' : 'disable' },
      }),
      reconcileRouter(other.kit, routerId),
      ...customers.map(({ subscriptionId }, n) =>
        (n % 2 === 0 ? nadi : other).request({
          method: 'POST',
          url: `/api/subscriptions/${subscriptionId}/${(n + turn) % 2 === 0 ? 'suspend' : 'activate'}`,
        }),
      ),
    ]),
  );
  const failed = answers.filter((answer) => typeof answer === 'object' && answer.statusCode >= 300);
  assert.deepEqual(
    failed.map((answer) => (typeof answer === 'object' ? answer.body : answer)),
    [],
  );
  await nadi.drainJobs();
  nadi.clock.advance({ hours: 1 });
  await wake(nadi);
  await assertSettled(nadi, routerId);
  assert.equal(router.table('ppp/secret').size, 12);
});

test('an address that is given to somebody while it is being shut ends open', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const pack = await packageOf(nadi, { type: 'static' });
  const place = { remote_address: '10.20.0.2' };
  const { subscriptionId } = await subscribed(nadi, pack, 'budi', place);
  await nadi.drainJobs();
  router.faults.add({ do: 'delay', milliseconds: 500, command: '/ip/firewall/address-list/add', times: 1 });
  let late: Promise<unknown> | undefined;
  router.table('queue/simple').watch(() => {
    late ??= subscribed(nadi, pack, 'ayu', place);
  });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  await nadi.drainJobs();
  await late;
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'queue/simple', 'ayu').target, '10.20.0.2');
  assert.equal(router.table('ip/firewall/address-list').size, 0);
});

test('a router that is exchanged while it is compared: the new one holds everything when that is over', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await using exchanged = await startSimulated();
  await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const url = `/api/router-settings/${routerId}`;
  const body = { host: exchanged.host, port: exchanged.port };
  router.table('ppp/secret').delete(router.table('ppp/secret').named('budi')[0] ?? assert.fail());
  let late: Promise<unknown> | undefined;
  router.faults.add({ do: 'delay', milliseconds: 500, command: '/ppp/secret/print', skip: 1, times: 1 });
  router.table('ppp/secret').watch(() => {
    late ??= ok(nadi, { method: 'PUT', url, body });
  });
  await ok(nadi, { method: 'POST', url: `/api/routers/${routerId}/sync` });
  await nadi.drainJobs();
  await late;
  await nadi.drainJobs();
  assert.equal(rowOf(exchanged, 'ppp/secret', 'budi').disabled, 'false');
});

test('a password that is corrected while the wrong one is tried: it goes on at once', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const url = `/api/router-settings/${routerId}`;
  await subscribed(nadi, await packageOf(nadi), 'budi');
  await ok(nadi, { method: 'PUT', url, body: { password: 'salah' } });
  router.faults.add({ do: 'delay', milliseconds: 500, command: '/login', times: 1 });
  const { connections } = router.stats;
  const tried = nadi.drainJobs();
  while (router.stats.connections === connections) await new Promise(setImmediate);
  await ok(nadi, { method: 'PUT', url, body: { password: 'rahasia' } });
  await tried;
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'false');
});

test('many intents that are to lose their sessions while the run marks the same ones: neither is thrown out', async () => {
  await using world = await provisioned();
  const { nadi, routerId } = world;
  const { db, pool } = nadi.kit;
  const { rows } = await pool.query<{ id: string }>(
    `insert into provisioning_intents (subscription_id, router_id, changed_at, profile, state)
     select gen_random_uuid(), $1, '2026-01-15', 'x', 'on' from generate_series(1, 2000) returning subscription_id as id`,
    [routerId],
  );
  const ids = rows.map(({ id }) => id);
  const at = '2026-01-15T03:00:00Z';
  const mark = () => markStatement(sql`(select unnest(${ids}::uuid[]) as id)`, at).execute(db);
  for (let turn = 0; turn < 4; turn += 1) {
    await pool.query('update provisioning_intents set must_drop = false');
    await Promise.all([
      mark(),
      mustDropAllOf(db, routerId, ['x'], at),
      mark(),
      mustDrop(db, routerId, ids.toReversed()),
    ]);
  }
});

test('what is held after somebody looked is not approved with the rest', async () => {
  await using world = await provisioned();
  const { nadi, routerId } = world;
  const { db, pool } = nadi.kit;
  const hold = () =>
    pool.query(
      `insert into provisioning_intents (subscription_id, router_id, changed_at, last_error)
       values (gen_random_uuid(), $1, '2026-01-15', 'held')`,
      [routerId],
    );
  await hold();
  await db.transaction().execute(async (tx) => {
    const looked = await lockHeld(tx, routerId);
    await hold();
    await approveHeld(tx, routerId, looked);
  });
  const { rows } = await pool.query('select from provisioning_intents where approved_version is not null');
  assert.equal(rows.length, 1);
});
