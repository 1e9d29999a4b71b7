import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { isOnline, packageOf, provisioned, subscribed } from './provisioned.ts';
import { look, lookAt, onlineNow, pass, routerOnline, sessionOf, usageOf } from './usage-support.ts';

async function withBudi() {
  await using cleanup = new AsyncDisposableStack();
  const world = cleanup.use(await provisioned());
  const budi = await subscribed(world.nadi, await packageOf(world.nadi), 'budi');
  await world.nadi.drainJobs();
  world.router.plug({ username: 'budi', password: budi.password, upload: 1_000_000, download: 2_000_000 });
  pass(world, 600);
  const owned = cleanup.move();
  return { ...world, ...budi, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const trafficOf = (nadi: TestApp, id: string) =>
  ok<Record<string, unknown>>(nadi, { url: `/api/subscriptions/${id}/traffic` });
const disconnect = (nadi: TestApp, id: string) =>
  ok<{ success: boolean; message: string }>(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${id}/disconnect`,
  });

/** What the accounting of a session tells. */
const account = (nadi: TestApp, routerId: string, status: string, username: string) =>
  nadi.kit.pool.query(
    `select radius.account($1, $2, 'u-' || $3, '81', $3, '10.0.0.1', '1', '', $4, 0, 60, 500, 0, 600, 0, '', 'AA:BB', '', '', 'PPP', '10.10.0.5', '', '', '', '')`,
    [routerId, status, username, Math.floor(nadi.clock.now().epochMilliseconds / 1000)],
  );

test('who is online: from the last look and from the accounting in one list, with whose it is', async () => {
  await using world = await withBudi();
  const { nadi, routerId, subscriptionId, customerId } = world;
  await lookAt(world);
  const ayu = await subscribed(nadi, await packageOf(nadi, { name: 'Cepat' }), 'ayu');
  await account(nadi, routerId, 'Start', 'ayu');
  const { address, mac, traffic } = sessionOf(world, 'budi');
  const [first, second, ...more] = await onlineNow(nadi);
  assert.deepEqual(
    [
      first?.source,
      first?.username,
      first?.subscription_id,
      first?.package_name,
      first?.address,
      more.length,
    ],
    ['radius', 'ayu', ayu.subscriptionId, 'Cepat', '10.10.0.5', 0],
  );
  const { id: _, ...seen } = second ?? {};
  assert.deepEqual(seen, {
    source: 'router',
    kind: 'pppoe',
    username: 'budi',
    subscription_id: subscriptionId,
    package_name: '10 Mbps',
    customer_id: customerId,
    customer_name: 'budi',
    router_id: routerId,
    router_name: 'Pusat',
    address,
    caller_id: mac,
    started_at: '2026-01-15T03:00:00.000Z',
    seen_at: '2026-01-15T03:10:00.000Z',
    bytes_in: traffic.rx.bytes,
    bytes_out: traffic.tx.bytes,
  });
  const names = async (query: string) => (await onlineNow(nadi, query)).map(({ username }) => username);
  assert.deepEqual(await names(`?customer_id=${customerId}`), ['budi']);
  assert.deepEqual(await names(`?subscription_id=${ayu.subscriptionId}`), ['ayu']);
  assert.deepEqual(await names('?username=budi'), ['budi']);
  assert.deepEqual(await names(`?router_id=${routerId}`), ['ayu', 'budi']);
  assert.deepEqual(await names(`?router_id=${ayu.subscriptionId}`), []);
  const { next_cursor: cursor } = await ok(nadi, { url: '/api/sessions?per_page=1' });
  assert.deepEqual(await names(`?per_page=1&cursor=${cursor}`), ['budi']);
  const counted = await routerOnline(nadi, routerId);
  assert.deepEqual([counted.state, counted.online, counted.source], ['ok', 2, 'router']);
  // What is not counted yet is in the days as well.
  assert.equal((await usageOf(nadi, ayu.subscriptionId)).bytes_in, 500);
});

test('what passes now is asked of the router: of a session, of a guest, of a static address', async () => {
  await using world = await withBudi();
  const { nadi, router, subscriptionId } = world;
  const near = (bps: unknown, rate: number) =>
    assert.ok(Number(bps) > rate * 0.8 && Number(bps) < rate * 1.2, `${bps} is not about ${rate}`);
  const traffic = await trafficOf(nadi, subscriptionId);
  near(traffic.upload_bps, 1_000_000);
  near(traffic.download_bps, 2_000_000);
  assert.deepEqual(
    [traffic.online, traffic.since, traffic.address],
    [true, '2026-01-15T03:00:00.000Z', sessionOf(world, 'budi').address],
  );
  router.unplug('budi');
  const nobody = { online: false, upload_bps: 0, download_bps: 0, since: null, address: null };
  assert.deepEqual(await trafficOf(nadi, subscriptionId), nobody);

  const guest = await subscribed(nadi, await packageOf(nadi, { type: 'hotspot' }), 'tamu');
  const office = await subscribed(nadi, await packageOf(nadi, { type: 'static' }), 'kantor', {
    remote_address: '10.20.0.5',
  });
  await nadi.drainJobs();
  assert.deepEqual(await trafficOf(nadi, guest.subscriptionId), nobody);
  router.hotspotLogin('tamu', guest.password);
  const seen = router.stats.commands.get('/ip/hotspot/active/print') ?? 0;
  const asked = trafficOf(nadi, guest.subscriptionId);
  while ((router.stats.commands.get('/ip/hotspot/active/print') ?? 0) === seen)
    await nadi.kit.pool.query('select');
  router.advance(1);
  const { upload_bps: up, online } = await asked;
  assert.equal(online, true);
  near(up, 500_000);

  assert.deepEqual(await trafficOf(nadi, office.subscriptionId), { ...nobody, address: '10.20.0.5' });
  const [queue] = router.table('queue/simple').named('kantor');
  assert.ok(queue);
  router.table('queue/simple').update(queue, { rate: '3000/4000' });
  const {
    upload_bps: sent,
    download_bps: received,
    online: moves,
  } = await trafficOf(nadi, office.subscriptionId);
  assert.deepEqual([sent, received, moves], [3000, 4000, true]);

  router.faults.add({ do: 'refuse' });
  const answer = await nadi.request({ url: `/api/subscriptions/${subscriptionId}/traffic` });
  assert.equal(answer.json().code, 'router_trouble');
  assert.equal(
    (await nadi.request({ url: `/api/subscriptions/${guest.customerId}/traffic` })).statusCode,
    404,
  );
});

test('a subscription is disconnected by the router’s API, and what the router says is not believed', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId, subscriptionId } = world;
  await lookAt(world);
  assert.deepEqual(await disconnect(nadi, subscriptionId), {
    success: true,
    message: 'The session has ended.',
  });
  assert.equal(isOnline(router, 'budi'), false);
  const { rows } = await nadi.kit.pool.query(
    `select subject_id, new_values from audit_logs where action = 'subscription.disconnected'`,
  );
  assert.deepEqual(rows, [
    {
      subject_id: subscriptionId,
      new_values: { username: 'budi', router_id: routerId, sessions: 1, left: 0 },
    },
  ]);
  assert.match((await disconnect(nadi, subscriptionId)).message, /not connected/);
  pass(world, 10);
  assert.equal(isOnline(router, 'budi'), true);
  router.faults.add({ do: 'lie', command: '/ppp/active/remove', times: 1 });
  assert.equal((await disconnect(nadi, subscriptionId)).success, false);
  router.faults.add({ do: 'refuse' });
  const { success, message } = await disconnect(nadi, subscriptionId);
  assert.equal(success, false);
  assert.match(message, /cannot be reached/);
  const office = await subscribed(nadi, await packageOf(nadi, { type: 'static' }), 'kantor', {
    remote_address: '10.20.0.5',
  });
  assert.match((await disconnect(nadi, office.subscriptionId)).message, /static/);
  await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body: { is_active: false } });
  assert.match((await disconnect(nadi, subscriptionId)).message, /switched off/);
  assert.equal(await look(nadi, routerId), 'inactive');
});

test('what RADIUS cannot end, the router’s API does', async () => {
  await using world = await withBudi();
  const { nadi, router, routerId, subscriptionId } = world;
  await account(nadi, routerId, 'Start', 'budi');
  // The router has no secret for RADIUS, so nobody can ask it that way.
  assert.equal((await disconnect(nadi, subscriptionId)).success, true);
  assert.equal(isOnline(router, 'budi'), false);
  assert.deepEqual(await onlineNow(nadi), []);
});
