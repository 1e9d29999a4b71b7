import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedIn } from '../../../test/support/scripted-client.ts';
import { type Router, type RouterOptions, startRouter } from './start-router.ts';

const rows: RouterOptions['rows'] = {
  'ip/pool': [
    { name: 'pelanggan', ranges: '10.10.0.2-10.10.0.4' },
    { name: 'isolir', ranges: '10.99.0.2-10.99.0.20' },
  ],
  'ppp/profile': [
    {
      name: '10M',
      'local-address': '10.10.0.1',
      'remote-address': 'pelanggan',
      'rate-limit': '5M/10M 8M/16M 4M/8M 8/8 7',
    },
    { name: 'ISOLIR', 'remote-address': 'isolir', 'rate-limit': '128k/128k', 'address-list': 'isolir' },
    { name: 'sekali', 'remote-address': 'isolir', 'only-one': 'yes' },
    { name: 'kosong' },
  ],
  'ppp/secret': [
    { name: 'budi', password: 'b', service: 'pppoe', profile: '10M' },
    { name: 'ani', password: 'a', profile: '10M' },
    { name: 'tetap', password: 't', profile: '10M', 'remote-address': '10.50.0.5' },
    { name: 'mati', password: 'm', disabled: 'true' },
    { name: 'tunggal', password: 's', profile: 'sekali' },
    { name: 'buntu', password: 'x', profile: 'kosong' },
    { name: 'vpn', password: 'v', service: 'l2tp', profile: '10M' },
  ],
};

const budi = { username: 'budi', password: 'b' };

function session(router: Router, dial = budi) {
  const { session: made, refusal } = router.connect(dial);
  return made ?? assert.fail(`${dial.username} was refused: ${refusal}`);
}

test('a call is let in by its secret, and brings interface, queue and address along', async () => {
  await using router = await startRouter({ rows });
  await using client = await loggedIn(router.port);
  assert.equal(session(router).address, '10.10.0.2');
  router.advance(90);
  const [active] = await client.rows('/ppp/active/print');
  assert.equal(active?.name, 'budi');
  assert.equal(active?.uptime, '1m30s');
  assert.match(active?.['.id'] ?? '', /^\*8[0-9A-F]{7}$/);
  const [queue] = await client.rows('/queue/simple/print');
  assert.equal(queue?.name, '<pppoe-budi>');
  assert.equal(queue?.dynamic, 'true');
  assert.equal(queue?.['max-limit'], '5000000/10000000');
  assert.equal(queue?.['burst-limit'], '8000000/16000000');
  assert.equal(queue?.['burst-time'], '8s/8s');
  assert.equal(queue?.priority, '7/7');
  const link = async () => (await client.rows('/interface/print', '?name=<pppoe-budi>'))[0];
  const before = Number((await link())?.['tx-byte']);
  assert.ok(before > 0);
  router.advance(10);
  assert.ok(Number((await link())?.['tx-byte']) > before);
  assert.equal((await client.rows('/ip/pool/used/print'))[0]?.address, '10.10.0.2');
  assert.equal((await client.rows('/ip/address/print'))[0]?.network, '10.10.0.2');
});

test('the router says whose call each of its ends is, and for how long', async () => {
  await using router = await startRouter({ rows });
  await using client = await loggedIn(router.port);
  const [first, second] = [session(router), session(router)];
  router.advance(90);
  const links = await client.rows('/interface/pppoe-server/print', '?user=budi');
  assert.deepEqual(
    links.map(({ name, uptime, dynamic, 'remote-address': mac }) => [name, uptime, dynamic, mac]),
    [first, second].map(({ interfaceName, mac }) => [interfaceName, '1m30s', 'true', mac]),
  );
  session(router, { username: 'vpn', password: 'v', service: 'l2tp' } as typeof budi);
  router.hangUp(second);
  const left = await client.rows('/interface/pppoe-server/print');
  assert.deepEqual(
    left.map(({ name }) => name),
    [first.interfaceName],
  );
});

test('what RouterOS made by itself cannot be changed or removed', async () => {
  await using router = await startRouter({ rows });
  await using client = await loggedIn(router.port);
  session(router);
  const queue = (...words: string[]) =>
    client.trap(`/queue/simple/${words[0]}`, '=.id=*1', ...words.slice(1));
  assert.equal(await queue('set', '=max-limit=1M/1M'), 'failure: can not change dynamic queue');
  assert.equal(await queue('disable'), 'failure: can not change dynamic queue');
  assert.equal(await queue('remove'), 'failure: can not remove dynamic queue');
});

test('calls are refused for each reason there is', async () => {
  await using router = await startRouter({ rows });
  const refusal = (username: string, password: string, service = 'pppoe') =>
    router.connect({ username, password, service }).refusal;
  assert.equal(refusal('siapa', 'x'), 'no such secret');
  assert.equal(refusal('budi', 'salah'), 'wrong password');
  assert.equal(refusal('mati', 'm'), 'disabled');
  assert.equal(refusal('vpn', 'v'), 'wrong service');
  assert.equal(refusal('vpn', 'v', 'l2tp'), undefined);
  assert.equal(refusal('buntu', 'x'), 'no address');
  assert.equal(refusal('tunggal', 's'), undefined);
  assert.equal(refusal('tunggal', 's'), 'already active');
  router.limits.sessions = 2;
  assert.equal(refusal('budi', 'b'), 'session limit');
  const log = [...router.table('/log').rows()].map(({ values }) => `${values.topics} ${values.message}`);
  assert.ok(
    log.some((line) => /^pppoe,ppp,error <[0-9a-f]{4}>: user mati authentication failed$/.test(line)),
  );
});

test('an exhausted pool refuses, and gives again what came back', async () => {
  await using router = await startRouter({ rows });
  const [first, second] = [session(router), session(router)];
  assert.equal(second.interfaceName, '<pppoe-budi-1>');
  session(router, { username: 'ani', password: 'a' });
  assert.equal(router.connect(budi).refusal, 'no address');
  assert.equal(session(router, { username: 'tetap', password: 't' }).address, '10.50.0.5');
  router.hangUp(first);
  assert.equal(session(router).address, first.address);
  assert.equal(router.table('/ip/pool/used').size, 3);
});

test('a session keeps the profile it dialled with until it dials again', async () => {
  await using router = await startRouter({ rows, cpe: [budi] });
  await using client = await loggedIn(router.port);
  const profiles = () => router.sessions.map(({ profile }) => profile);
  assert.deepEqual(profiles(), ['10M']);
  await client.call('/ppp/secret/set', '=.id=budi', '=profile=ISOLIR');
  await client.call('/ppp/profile/set', '=.id=10M', '=rate-limit=1M/1M');
  router.advance(3600);
  assert.deepEqual(profiles(), ['10M']);
  assert.equal((await client.rows('/queue/simple/print'))[0]?.['max-limit'], '5000000/10000000');
  const [active] = await client.rows('/ppp/active/print', '?name=budi');
  await client.call('/ppp/active/remove', `=.id=${active?.['.id']}`);
  assert.deepEqual(profiles(), []);
  assert.equal(router.table('/queue/simple').size, 0);
  router.advance(9);
  assert.deepEqual(profiles(), []);
  router.advance(1);
  assert.deepEqual(profiles(), ['ISOLIR']);
  const [entry] = await client.rows('/ip/firewall/address-list/print', '?list=isolir');
  assert.equal(entry?.address, '10.99.0.2');
  assert.equal(entry?.dynamic, 'true');
});

test('disabling or removing a secret leaves its session; the next call is refused until it is back', async () => {
  await using router = await startRouter({ rows, cpe: [budi] });
  await using client = await loggedIn(router.port);
  await client.call('/ppp/secret/disable', '=.id=budi');
  router.advance(60);
  assert.equal(router.sessions.length, 1);
  await client.call('/ppp/active/remove', '=.id=budi');
  router.advance(60);
  assert.equal(router.sessions.length, 0);
  assert.match(
    (await client.rows('/ppp/secret/print', '?name=budi'))[0]?.['last-logged-out'] ?? '',
    /^2026-/,
  );
  await client.call('/ppp/secret/remove', '=.id=budi');
  router.advance(60);
  assert.equal(router.sessions.length, 0);
  await client.call('/ppp/secret/add', '=name=budi', '=password=b', '=profile=10M');
  router.advance(10);
  assert.equal(router.sessions.length, 1);
  router.unplug('budi');
  router.advance(600);
  assert.equal(router.sessions.length, 0);
});

test('a reboot loses sessions, connections, counters and log, and devices come back by themselves', async () => {
  await using router = await startRouter({ rows, cpe: [budi], rebootSeconds: 90 });
  await using client = await loggedIn(router.port);
  router.advance(1000);
  const id = router.sessions[0]?.id;
  const bytes = async (from: typeof client) =>
    Number((await from.rows('/interface/print', '?name=ether1'))[0]?.['rx-byte']);
  assert.ok((await bytes(client)) > 0);
  assert.deepEqual(await client.call('/system/reboot'), [['!done']]);
  await client.over;
  assert.equal(router.sessions.length, 0);
  await assert.rejects(loggedIn(router.port));
  assert.equal(router.connect(budi).refusal, 'router away');
  router.advance(90);
  await using again = await loggedIn(router.port);
  assert.equal(await bytes(again), 0);
  assert.equal((await again.rows('/system/resource/print'))[0]?.uptime, '0s');
  assert.equal((await again.rows('/log/print'))[0]?.message, 'router rebooted');
  router.advance(10);
  assert.equal(router.sessions.length, 1);
  assert.notEqual(router.sessions[0]?.id, id);
  assert.equal((await again.rows('/ppp/secret/print', '?name=budi')).length, 1);
});

test('an entry with a timeout goes when its time is over', async () => {
  await using router = await startRouter();
  await using client = await loggedIn(router.port);
  await client.call('/ip/firewall/address-list/add', '=list=x', '=address=10.0.0.9', '=timeout=1m');
  router.advance(59);
  assert.equal((await client.rows('/ip/firewall/address-list/print'))[0]?.timeout, '1s');
  router.advance(1);
  assert.equal((await client.rows('/ip/firewall/address-list/print')).length, 0);
});

test('guests of the hotspot log in, are counted, and end at their limit', async () => {
  await using router = await startRouter({
    rows: {
      'ip/pool': [{ name: 'hs', ranges: '10.5.0.2-10.5.0.9' }],
      'ip/hotspot': [{ name: 'hotspot1', interface: 'ether2', 'address-pool': 'hs' }],
      'ip/hotspot/user/profile': [{ name: '1JAM', 'rate-limit': '1M/2M', 'shared-users': '1' }],
      'ip/hotspot/user': [{ name: 'v123', password: '1', profile: '1JAM', 'limit-uptime': '1h' }],
    },
  });
  await using client = await loggedIn(router.port);
  assert.equal(router.hotspotLogin('v123', '2').refusal, 'invalid username or password');
  assert.equal(router.hotspotLogin('v123', '1').refusal, undefined);
  assert.equal(router.hotspotLogin('v123', '1').refusal, 'no more sessions are allowed');
  router.advance(1800);
  const [queue] = await client.rows('/queue/simple/print');
  assert.equal(queue?.name, '<hotspot-v123>');
  const [active] = await client.rows('/ip/hotspot/active/print');
  assert.equal(
    (await client.rows('/queue/simple/print'))[0]?.bytes,
    `${active?.['bytes-in']}/${active?.['bytes-out']}`,
  );
  assert.equal(active?.user, 'v123');
  assert.equal(active?.uptime, '30m');
  assert.ok(Number(active?.['bytes-out']) > 0);
  assert.equal((await client.rows('/ip/hotspot/host/print'))[0]?.authorized, 'true');
  await client.call('/ip/hotspot/active/remove', `=.id=${active?.['.id']}`);
  assert.equal((await client.rows('/ip/hotspot/user/print'))[0]?.uptime, '30m');
  assert.equal(router.hotspotLogin('v123', '1').refusal, undefined);
  router.advance(1800);
  assert.equal((await client.rows('/ip/hotspot/active/print')).length, 0);
  assert.equal(router.hotspotLogin('v123', '1').refusal, 'limit reached');
  assert.equal(
    await client.trap('/ip/hotspot/user/add', '=name=v123'),
    'failure: already have user with this name for this server',
  );
});

test('the router lives by a clock that is given to it', async () => {
  let now = Temporal.Instant.from('2026-03-01T00:00:00Z');
  await using router = await startRouter({ rows, cpe: [budi], version: '7.9', clock: { now: () => now } });
  await using client = await loggedIn(router.port);
  now = now.add({ hours: 25 });
  assert.equal((await client.rows('/ppp/active/print'))[0]?.uptime, '1d1h');
  assert.equal((await client.rows('/system/clock/print'))[0]?.date, 'mar/02/2026');
});

test('in real time, what is due happens without anybody asking', async () => {
  let now = Temporal.Instant.from('2026-03-01T00:00:00Z');
  await using router = await startRouter({ rows, clock: { now: () => now }, tickEveryMilliseconds: 5 });
  router.plug({ ...budi, password: 'salah', redialSeconds: 5 });
  await using client = await loggedIn(router.port);
  client.send(['/ppp/active/listen', '=.proplist=name']);
  await client.rows('/ppp/secret/set', '=.id=budi', '=password=salah');
  now = now.add({ seconds: 5 });
  assert.deepEqual(await client.next(), ['!re', '=name=budi']);
});
