import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import { type Customer, type Provisioned, packageOf, provisioned, rowOf, subscribed } from './provisioned.ts';
import { bytesOf, lookAt, onlineNow, pass, plus, sessionOf, usageOf, usedBy } from './usage-support.ts';

/** A customer whose device dials, and uses 1,000 bytes a second up and 10,000 down. */
async function dialling(world: Provisioned, username = 'budi', body: object = {}): Promise<Customer> {
  const { nadi, router } = world;
  const customer = await subscribed(nadi, await packageOf(nadi), username, body);
  await nadi.drainJobs();
  router.plug({ username, password: customer.password, upload: 8000, download: 80_000 });
  return customer;
}

test('what a session used is counted to the byte, and however often it is looked at, once', async () => {
  await using world = await provisioned();
  const { nadi } = world;
  const { subscriptionId } = await dialling(world);
  for (const seconds of [600, 300, 0, 0, 1234]) {
    pass(world, seconds);
    await lookAt(world);
    assert.deepEqual(await usedBy(nadi, subscriptionId), bytesOf(sessionOf(world, 'budi')));
  }
  assert.deepEqual(await usedBy(nadi, subscriptionId), [2_134_000, 21_340_000]);
});

test('a session over midnight is shared between the local days by time, also at the first look', async () => {
  await using world = await provisioned({ now: '2026-01-15T16:00:00Z' }); // 23:00 in Jakarta
  const { nadi } = world;
  const { subscriptionId } = await dialling(world);
  pass(world, 7200);
  await lookAt(world);
  const shared = [
    { day: '2026-01-15', bytes_in: 3_600_000, bytes_out: 36_000_000 },
    { day: '2026-01-16', bytes_in: 3_600_000, bytes_out: 36_000_000 },
  ];
  assert.deepEqual((await usageOf(nadi, subscriptionId)).days, shared);
  pass(world, 22 * 3600 + 1800); // 23:30
  await lookAt(world);
  pass(world, 3600);
  await lookAt(world);
  assert.deepEqual(
    (await usageOf(nadi, subscriptionId)).days.map(({ day, bytes_in: sent }) => [day, sent]),
    [
      ['2026-01-15', 3_600_000],
      ['2026-01-16', 86_400_000],
      ['2026-01-17', 1_800_000],
    ],
  );
});

test('dialled again between two looks: the new session counts from nothing, more or less than the old one', async () => {
  for (const seconds of [60, 6000]) {
    await using world = await provisioned();
    const { nadi, router } = world;
    const { subscriptionId } = await dialling(world);
    pass(world, 600);
    await lookAt(world);
    const before = await usedBy(nadi, subscriptionId);
    router.hangUp(sessionOf(world, 'budi'));
    pass(world, 10);
    sessionOf(world, 'budi');
    pass(world, seconds);
    await lookAt(world);
    const session = sessionOf(world, 'budi');
    assert.equal(bytesOf(session)[0], 1000 * seconds);
    assert.deepEqual(await usedBy(nadi, subscriptionId), plus(before, bytesOf(session)));
  }
});

test('a router that restarted has counters that begin anew: no overflow, and nothing twice (field.md 16)', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const { subscriptionId } = await dialling(world);
  const still = await subscribed(nadi, await packageOf(nadi, { type: 'static' }), 'kantor', {
    remote_address: '10.20.0.5',
  });
  await nadi.drainJobs();
  const queue = router.table('queue/simple').named('kantor')[0];
  assert.ok(queue);
  const moved = (bytes: string) => router.table('queue/simple').update(queue, { bytes });
  moved('1000/2000');
  pass(world, 3600);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, still.subscriptionId), [0, 0]); // Since when, nobody can tell.
  moved('1500/2600');
  pass(world, 300);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, still.subscriptionId), [500, 600]);
  const before = await usedBy(nadi, subscriptionId);
  router.reboot(60);
  moved('7/8');
  pass(world, 71);
  sessionOf(world, 'budi');
  pass(world, 300);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, subscriptionId), plus(before, bytesOf(sessionOf(world, 'budi'))));
  assert.deepEqual(await usedBy(nadi, still.subscriptionId), [507, 608]);
  // Beyond what it was before the restart, in a time that is too short for it to have gone on.
  router.reboot(60);
  moved('900000/900000');
  pass(world, 120);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, still.subscriptionId), [900_507, 900_608]);
  const { rows } = await nadi.kit.pool.query(
    'select count(*)::int as n from usage_counters where router_id = $1 and subscription_id = $2',
    [routerId, still.subscriptionId],
  );
  assert.equal(rows[0].n, 1);
});

test('guests of the hotspot are counted by what they used in each session', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const guest = await subscribed(nadi, await packageOf(nadi, { type: 'hotspot' }), 'tamu');
  await nadi.drainJobs();
  const active = () => rowOf(router, 'ip/hotspot/active', 'tamu');
  const used = (): readonly [number, number] => {
    const [row] = router.table('ip/hotspot/active').named('tamu');
    return [Number(row?.live?.['bytes-in']?.()), Number(row?.live?.['bytes-out']?.())];
  };
  assert.ok(router.hotspotLogin('tamu', guest.password).id);
  pass(world, 300);
  await lookAt(world);
  const first = used();
  assert.ok(first[0] > 0 && first[1] > 0);
  assert.deepEqual(await usedBy(nadi, guest.subscriptionId), first);
  const [online] = await onlineNow(nadi);
  assert.deepEqual(
    [online?.kind, online?.username, online?.address, online?.subscription_id],
    ['hotspot', 'tamu', active().address, guest.subscriptionId],
  );
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${guest.subscriptionId}/disconnect` });
  assert.ok(router.hotspotLogin('tamu', guest.password).id);
  pass(world, 900);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, guest.subscriptionId), plus(first, used()));
});

test('an end that was made by hand keeps its counters between calls, and has any name', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const { subscriptionId } = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const link = { name: 'rumah budi', user: 'budi', 'remote-address': 'AA:BB' };
  const end = router.insert('interface/pppoe-server', { ...link, dynamic: 'false', uptime: '1m' });
  const port = router.insert('interface', { name: link.name, type: 'pppoe-in' });
  router.insert('ppp/active', { name: 'budi', service: 'pppoe', 'caller-id': 'AA:BB', uptime: '1m' });
  const moved = (bytes: number, uptime: string) => {
    router.table('interface').update(port, { 'rx-byte': String(bytes), 'tx-byte': String(bytes * 2) });
    router.table('interface/pppoe-server').update(end, { uptime });
  };
  moved(5_000_000, '1m');
  pass(world, 86_400);
  await lookAt(world);
  moved(5_000_700, '6m');
  await lookAt(world);
  moved(5_001_000, '20s'); // It dialled again.
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, subscriptionId), [1000, 2000]);
  const [online] = await onlineNow(nadi);
  assert.equal(
    online?.started_at,
    nadi.clock.now().subtract({ seconds: 20 }).toString({ fractionalSecondDigits: 3 }),
  );
  router.table('interface/pppoe-server').update(end, { running: 'false' });
  pass(world, 300);
  await lookAt(world);
  assert.deepEqual(await onlineNow(nadi), []);
});

test('names that begin alike are told apart, and two sessions of one name are one customer’s', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const one = await dialling(world, 'rumah');
  const other = await dialling(world, 'rumah-1');
  router.connect({ username: 'rumah', password: one.password, mac: 'AA:00', upload: 800, download: 800 });
  router.hangUp(sessionOf(world, 'rumah-1'));
  router.connect({ username: 'rumah', password: one.password, mac: 'AA:01', upload: 800, download: 800 });
  pass(world, 600);
  await lookAt(world);
  const sum = (name: string) =>
    router.sessions
      .filter(({ username }) => username === name)
      .reduce((all, each) => all + bytesOf(each)[0], 0);
  assert.ok(router.table('interface').named('<pppoe-rumah-1>').length === 1);
  assert.equal((await usedBy(nadi, one.subscriptionId))[0], sum('rumah'));
  assert.equal((await usedBy(nadi, other.subscriptionId))[0], sum('rumah-1'));
  assert.equal((await onlineNow(nadi, `?subscription_id=${one.subscriptionId}`)).length, 3);
});

test('names that are not Nadi’s count for nobody; what RADIUS let in is the accounting’s', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const { subscriptionId } = await dialling(world);
  router.insert('ppp/secret', { name: 'asing', password: 'a', service: 'pppoe', profile: 'default' });
  router.plug({ username: 'asing', password: 'a', upload: 8000, download: 8000 });
  const active = () => router.table('ppp/active').named('budi')[0];
  pass(world, 60);
  const before = active();
  assert.ok(before);
  router.table('ppp/active').update(before, { radius: 'true' });
  pass(world, 600);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, subscriptionId), [0, 0]);
  assert.deepEqual(
    (await onlineNow(nadi)).map(({ username, subscription_id: id }) => [username, id]),
    [['asing', null]],
  );
  const { rows } = await nadi.kit.pool.query('select from usage_days');
  assert.equal(rows.length, 0);
});

test('a session that an answer left out is not counted anew when it is back', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const { subscriptionId } = await dialling(world);
  pass(world, 600);
  await lookAt(world);
  const [row] = router.table('ppp/active').named('budi');
  assert.ok(row);
  router.table('ppp/active').update(row, { service: 'l2tp' });
  pass(world, 600);
  await lookAt(world);
  assert.deepEqual(await onlineNow(nadi), []);
  router.table('ppp/active').update(row, { service: 'pppoe' });
  pass(world, 600);
  await lookAt(world);
  assert.deepEqual(await usedBy(nadi, subscriptionId), bytesOf(sessionOf(world, 'budi')));
});

test('a server clock that jumps counts nothing twice', async () => {
  await using world = await provisioned();
  const { nadi } = world;
  const { subscriptionId } = await dialling(world);
  pass(world, 600);
  await lookAt(world);
  for (const hours of [30, -40]) {
    nadi.clock.advance({ hours });
    pass(world, 300);
    await lookAt(world);
    assert.deepEqual(await usedBy(nadi, subscriptionId), bytesOf(sessionOf(world, 'budi')));
  }
});

test('a router that tells nonsense breaks nothing', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  const { subscriptionId } = await dialling(world);
  const odd = { user: 'budi', name: 'x', 'remote-address': 'AA', uptime: '9999w', dynamic: 'true' };
  const most = '18446744073709551615';
  router.insert('interface/pppoe-server', odd);
  router.insert('interface', { name: 'x', type: 'pppoe-in', 'rx-byte': most, 'tx-byte': most });
  router.insert('ppp/active', { name: 'budi', service: 'pppoe', 'caller-id': 'AA', address: '\0'.repeat(9) });
  router.insert('ip/hotspot/active', {
    user: '\0'.repeat(3000),
    uptime: '1s',
    'bytes-in': '1',
    'bytes-out': '1',
  });
  pass(world, 600);
  await lookAt(world);
  await lookAt(world);
  const [sent] = await usedBy(nadi, subscriptionId);
  assert.equal(sent, 2 ** 50 + bytesOf(sessionOf(world, 'budi'))[0]);
  assert.equal((await onlineNow(nadi)).length, 3);
});
