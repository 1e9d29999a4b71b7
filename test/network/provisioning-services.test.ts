import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import {
  addRouter,
  assertSettled,
  intentsOf,
  isOnline,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
  wake,
} from './provisioned.ts';

const act = (nadi: Parameters<typeof ok>[0], id: string, what: 'suspend' | 'activate') =>
  ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/${what}` });

test('isolir: a suspended customer comes back on the isolated profile, and a paying one on the own', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { suspend_mode: 'isolir', isolir_profile: 'isolir', isolir_address_list: 'belum-bayar' },
  });
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password, redialSeconds: 1 });
  const before = router.sessions[0];
  await act(nadi, budi.subscriptionId, 'suspend');
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').profile, 'isolir');
  const profile = rowOf(router, 'ppp/profile', 'isolir');
  assert.deepEqual([profile['address-list'], profile.comment], ['belum-bayar', 'nadi:isolir']);
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  assert.notEqual(router.sessions[0]?.id, before?.id);
  const listed = [...router.table('ip/firewall/address-list').rows()].map(({ values }) => values.list);
  assert.deepEqual(listed, ['belum-bayar']);
  await act(nadi, budi.subscriptionId, 'activate');
  await nadi.drainJobs();
  router.advance(60);
  assert.equal(router.table('ip/firewall/address-list').size, 0);
  assert.ok(isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
  // Whoever is suspended when the way of suspending changes is moved along.
  await act(nadi, budi.subscriptionId, 'suspend');
  await nadi.drainJobs();
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'disable' } });
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  assert.ok(!isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});

test('another speed reaches the profile, and every session comes back with it', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi, { burst: '8M/16M 4M/8M 8/8 10s/10s' });
  const names = ['budi', 'ayu', 'eka'];
  for (const name of names) await subscribed(nadi, pack, name);
  await nadi.drainJobs();
  for (const name of names) router.plug({ username: name, password: `sandi-${name}`, redialSeconds: 1 });
  const profileName = rowOf(router, 'ppp/secret', 'budi').profile ?? '';
  assert.equal(rowOf(router, 'ppp/profile', profileName)['rate-limit'], '5M/10M 8M/16M 4M/8M 10/10');
  const before = new Set(router.sessions.map(({ id }) => id));
  await ok(nadi, {
    method: 'PUT',
    url: `/api/packages/${pack}`,
    body: { bandwidth: '10M/20M', burst: null },
  });
  await nadi.drainJobs();
  router.advance(60);
  assert.equal(rowOf(router, 'ppp/profile', profileName)['rate-limit'], '10M/20M');
  assert.equal(router.sessions.length, 3);
  assert.ok(router.sessions.every(({ id }) => !before.has(id)));
  const limits = [...router.table('queue/simple').rows()].map(({ values }) => values['max-limit']);
  assert.deepEqual(limits, Array(3).fill('10000000/20000000'));
  await assertSettled(nadi, routerId);
  const refused = await nadi.request({
    method: 'PUT',
    url: `/api/packages/${pack}`,
    body: { burst: '1M/1M' },
  });
  assert.deepEqual(Object.keys(refused.json().errors), ['burst']);
});

test('a static address has its queue and nobody else’s; without access it stands in the address list', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi, { type: 'static', burst: '8M/16M 4M/8M 8/8 10s/10s' });
  const budi = await subscribed(nadi, pack, 'budi', { remote_address: '10.20.0.2' });
  await subscribed(nadi, pack, 'tanpa');
  await subscribed(nadi, pack, 'semua', { remote_address: '0.0.0.0' });
  await nadi.drainJobs();
  const queue = () => rowOf(router, 'queue/simple', 'budi');
  assert.deepEqual(
    [queue().target, queue()['max-limit'], queue()['burst-time']],
    ['10.20.0.2', '5000000/10000000', '10s/10s'],
  );
  assert.equal(router.table('queue/simple').size, 1);
  const faults = (await intentsOf(nadi, routerId)).map(({ last_error: fault }) => fault ?? '');
  assert.deepEqual(faults.sort(), ['', 'address_missing', 'address_unsafe']);
  await act(nadi, budi.subscriptionId, 'suspend');
  await nadi.drainJobs();
  assert.equal(queue()['max-limit'], '1000/1000');
  assert.deepEqual(
    [...router.table('ip/firewall/address-list').rows()].map(({ values }) => [values.list, values.address]),
    [['nadi-isolir', '10.20.0.2']],
  );
  await act(nadi, budi.subscriptionId, 'activate');
  await nadi.drainJobs();
  assert.equal(queue()['max-limit'], '5000000/10000000');
  assert.equal(router.table('ip/firewall/address-list').size, 0);
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${budi.subscriptionId}` });
  await nadi.drainJobs();
  assert.equal(router.table('queue/simple').size, 0);
  const blocked = () =>
    [...router.table('ip/firewall/address-list').rows()].map(({ values }) => values.address);
  assert.deepEqual(blocked(), ['10.20.0.2'], 'who still has the address plugged in gets nothing by it');
  nadi.clock.advance({ hours: 1 });
  await wake(nadi);
  assert.deepEqual(blocked(), ['10.20.0.2']);
  await subscribed(nadi, pack, 'ayu', { remote_address: '10.20.0.2' });
  await nadi.drainJobs();
  assert.deepEqual(blocked(), [], 'somebody else has it now');
  assert.equal(rowOf(router, 'queue/simple', 'ayu').target, '10.20.0.2');
});

test('a hotspot user logs in while paid, and is logged out when suspended', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi, { type: 'hotspot' }), 'budi');
  await nadi.drainJobs();
  assert.ok(router.hotspotLogin('budi', budi.password).id);
  await act(nadi, budi.subscriptionId, 'suspend');
  await nadi.drainJobs();
  assert.equal(router.table('ip/hotspot/active').size, 0);
  assert.ok(router.hotspotLogin('budi', budi.password).refusal);
  await act(nadi, budi.subscriptionId, 'activate');
  await nadi.drainJobs();
  assert.ok(router.hotspotLogin('budi', budi.password).id);
  await assertSettled(nadi, routerId);
});

test('a renamed account keeps its entry; the session under the old name ends', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi', { remote_address: '10.10.9.9' });
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password });
  await ok(nadi, {
    method: 'PUT',
    url: `/api/subscriptions/${budi.subscriptionId}`,
    body: { mikrotik_username: 'budi2', mikrotik_password: 'baru', remote_address: null },
  });
  await nadi.drainJobs();
  const secret = rowOf(router, 'ppp/secret', 'budi2');
  assert.deepEqual(
    [secret.password, secret['remote-address'], router.table('ppp/secret').size],
    ['baru', undefined, 1],
  );
  assert.ok(!isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});

test('a new hotspot user or static address leaves the session alone that a foreign PPPoE user of its name has', async () => {
  const foreign = { name: 'budi', password: 'x', profile: 'default' };
  await using world = await provisioned({ router: { rows: { 'ppp/secret': [foreign] } } });
  const { nadi, router, routerId } = world;
  router.plug({ username: 'budi', password: 'x' });
  const hotspot = await packageOf(nadi, { type: 'hotspot' });
  const { subscriptionId } = await subscribed(nadi, hotspot, 'budi');
  await nadi.drainJobs();
  assert.ok(isOnline(router, 'budi'));
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  const place = { remote_address: '10.20.0.2' };
  await subscribed(nadi, await packageOf(nadi, { type: 'static', name: 'Statis' }), 'budi', place);
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.ok(isOnline(router, 'budi'));
});

test('who has no access loses it even where the right entry cannot be made', async () => {
  const foreign = { name: 'ayu', password: 'x' };
  await using world = await provisioned({ router: { rows: { 'ppp/secret': [foreign] } } });
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const hotspot = await packageOf(nadi, { type: 'hotspot', name: 'Hotspot' });
  const fixed = await packageOf(nadi, { type: 'static', name: 'Statis' });
  const change = (id: string, body: object) =>
    ok(nadi, { method: 'PUT', url: `/api/subscriptions/${id}`, body });
  const [renamed, moved, guest, queued] = [
    await subscribed(nadi, pack, 'budi'),
    await subscribed(nadi, pack, 'eka'),
    await subscribed(nadi, hotspot, 'tamu'),
    await subscribed(nadi, fixed, 'kantor', { remote_address: '10.20.0.2' }),
  ];
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: renamed.password, redialSeconds: 1 });
  router.plug({ username: 'eka', password: moved.password, redialSeconds: 1 });
  router.plug({ username: 'ayu', password: 'x' });
  assert.ok(router.hotspotLogin('tamu', guest.password).id);
  await change(renamed.subscriptionId, { mikrotik_username: 'ayu' });
  await change(moved.subscriptionId, { package_id: fixed });
  await change(guest.subscriptionId, { package_id: fixed });
  await change(queued.subscriptionId, { remote_address: null });
  await nadi.drainJobs();
  const all = [renamed, moved, guest, queued];
  for (const { subscriptionId } of all) await act(nadi, subscriptionId, 'suspend');
  await nadi.drainJobs();
  router.advance(60);
  assert.deepEqual([isOnline(router, 'budi'), isOnline(router, 'eka')], [false, false]);
  assert.equal(router.table('ip/hotspot/active').size, 0);
  const blocked = [...router.table('ip/firewall/address-list').rows()].map(({ values }) => values.address);
  assert.deepEqual(blocked, ['10.20.0.2']);
  assert.ok(isOnline(router, 'ayu'), 'the foreign user of the name stays');
  const faults = (await intentsOf(nadi, routerId)).map(({ last_error: fault }) => fault ?? '');
  assert.deepEqual(faults.sort(), ['address_missing', 'address_missing', 'address_missing', 'name_taken']);
  const { writes } = router.stats;
  nadi.clock.advance({ hours: 1 });
  await wake(nadi);
  assert.equal(router.stats.writes, writes, 'and is not done again');
  await change(renamed.subscriptionId, { mikrotik_username: 'budi' });
  await change(queued.subscriptionId, { remote_address: '10.20.0.3' });
  for (const { subscriptionId } of [renamed, queued]) await act(nadi, subscriptionId, 'activate');
  await nadi.drainJobs();
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  assert.equal(rowOf(router, 'queue/simple', 'kantor').target, '10.20.0.3');
  assert.equal(router.table('ip/firewall/address-list').size, 0);
});

test('a package of another type moves its customers there, on the router and in what RADIUS asks', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const pack = await packageOf(nadi);
  const budi = await subscribed(nadi, pack, 'budi');
  await nadi.drainJobs();
  await ok(nadi, { method: 'PUT', url: `/api/packages/${pack}`, body: { type: 'hotspot' } });
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.deepEqual([router.table('ppp/secret').size, router.table('ip/hotspot/user').size], [0, 1]);
  const secret = await ok(nadi, { url: `/api/subscriptions/${budi.subscriptionId}/secret` });
  const { rows } = await nadi.kit.pool.query(
    `select attribute from radius.login where username = 'budi' and op = '=='`,
  );
  assert.deepEqual([secret.service, rows], ['hotspot', [{ attribute: 'Service-Type' }]]);
});

test('a static address stays shut where its account goes, and where another router has the same one', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await using second = await startSimulated();
  const otherId = await addRouter(nadi, second, 'Cabang');
  const pack = await packageOf(nadi, { type: 'static' });
  const place = { remote_address: '10.20.0.2' };
  const budi = await subscribed(nadi, pack, 'budi', place);
  await subscribed(nadi, pack, 'ayu', place, { router_id: otherId });
  await act(nadi, budi.subscriptionId, 'suspend');
  await nadi.drainJobs();
  const [account] = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/mikrotik-secrets?search=budi' }))
    .data;
  await nadi.request({ method: 'DELETE', url: `/api/mikrotik-secrets/${account?.id}` });
  await nadi.drainJobs();
  const blocked = (on = router) =>
    [...on.table('ip/firewall/address-list').rows()].map(({ values }) => values.address);
  assert.deepEqual(blocked(), ['10.20.0.2']);
  const body = { subscription_id: budi.subscriptionId, username: 'budi' };
  await ok(nadi, { method: 'POST', url: '/api/mikrotik-secrets', body });
  await act(nadi, budi.subscriptionId, 'activate');
  await nadi.drainJobs();
  assert.deepEqual(blocked(), []);
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${budi.subscriptionId}` });
  await nadi.drainJobs();
  assert.deepEqual([blocked(), blocked(second)], [['10.20.0.2'], []]);
  for (const id of [routerId, otherId]) await assertSettled(nadi, id);
});

test('who used up a quota is moved along too when the way of suspending changes', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.kit.pool.query(
    `insert into subscription_limits (subscription_id, blocked, reason, created_at) values ($1, true, 'quota', '2026-01-15')`,
    [budi.subscriptionId],
  );
  await ok(nadi, { method: 'POST', url: `/api/routers/${routerId}/sync` });
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'isolir' } });
  await nadi.drainJobs();
  const { disabled, profile } = rowOf(router, 'ppp/secret', 'budi');
  assert.deepEqual([disabled, profile], ['false', 'nadi-isolir']);
  await assertSettled(nadi, routerId);
});
