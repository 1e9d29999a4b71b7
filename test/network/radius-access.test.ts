import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { freeradiusMissing, pppoe, radclient } from '../support/freeradius.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { msChap2 } from './ms-chap.ts';
import { addLine, secret, withFreeradius } from './radius-support.ts';

const options = { skip: freeradiusMissing };

const change = (nadi: TestApp, id: string, what: 'suspend' | 'activate') =>
  ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/${what}` });

test('who pays is let in with what the package gives', options, async () => {
  await using world = await withFreeradius();
  const { nadi, logIn } = world;
  await addLine(nadi, 'budi', {
    package: {
      burst: '15M/30M 4M/8M 10/10 5s/6s',
      priority: 3,
      ip_pool: 'rumah',
      ipv6_pool: 'v6',
      delegated_ipv6_pool: 'v6-pd',
    },
    subscription: { profile: 'pelanggan' },
  });
  await addLine(nadi, 'siti', {
    package: { bandwidth: '512k' },
    subscription: {
      remote_address: '10.10.0.7',
      ipv6_prefix: '2001:db8:1::/64',
      delegated_ipv6_prefix: '2001:db8:8000::/56',
    },
  });
  const budi = await logIn('budi');
  assert.equal(budi.code, 'Access-Accept');
  const of = (list: readonly string[], name: string) => list.filter((line) => line.startsWith(`${name} =`));
  assert.deepEqual(of(budi.attributes, 'Mikrotik-Rate-Limit'), [
    'Mikrotik-Rate-Limit = "5M/10M 15M/30M 4M/8M 5/6 3"',
  ]);
  assert.ok(budi.attributes.includes('Mikrotik-Group = "pelanggan"'));
  assert.ok(budi.attributes.includes('Framed-Pool = "rumah"'));
  assert.ok(budi.attributes.includes('Framed-IPv6-Pool = "v6"'));
  assert.ok(budi.attributes.includes('Mikrotik-Delegated-IPv6-Pool = "v6-pd"'));
  assert.ok(budi.attributes.includes('Acct-Interim-Interval = 300'));
  assert.equal(of(budi.attributes, 'Message-Authenticator').length, 1);
  assert.equal(of(budi.attributes, 'Framed-IP-Address').length, 0);
  const siti = await logIn('siti');
  assert.equal(siti.code, 'Access-Accept');
  for (const line of [
    'Mikrotik-Rate-Limit = "512k/512k"',
    'Framed-IP-Address = 10.10.0.7',
    'Framed-IPv6-Prefix = 2001:db8:1::/64',
    'Delegated-IPv6-Prefix = 2001:db8:8000::/56',
  ])
    assert.ok(siti.attributes.includes(line), `${line} in ${siti.attributes.join('; ')}`);
});

test('PAP, CHAP, MS-CHAP and MS-CHAPv2 each know the right password from a wrong one', options, async () => {
  await using world = await withFreeradius();
  await addLine(world.nadi, 'budi');
  const ways = {
    chap: (password: string) => [`CHAP-Password = ${JSON.stringify(password)}`],
    mschap: (password: string) => [`MS-CHAP-Password = ${JSON.stringify(password)}`],
    mschap2: (password: string) => msChap2('budi', password, randomBytes(16), randomBytes(16)),
  };
  for (const [name, attributes] of Object.entries(ways)) {
    const right = await world.ask(...pppoe('budi', ...attributes('sandi-budi')));
    assert.equal(right.code, 'Access-Accept', name);
    assert.equal((await world.ask(...pppoe('budi', ...attributes('salah')))).code, 'Access-Reject', name);
  }
  assert.equal((await world.logIn('budi')).code, 'Access-Accept');
  assert.equal((await world.logIn('budi', 'salah')).code, 'Access-Reject');
});

test('unknown names, other letters, and names made to break a query are refused', options, async () => {
  await using world = await withFreeradius();
  await addLine(world.nadi, 'budi');
  const names = [
    'nobody',
    'Budi',
    'BUDI',
    ' budi',
    'budi ',
    "budi' or '1'='1",
    "'); drop table radacct; --",
    '%{sql:select 1}',
    'budi\\',
    '日本',
    `${'x'.repeat(200)}`,
  ];
  for (const name of names) assert.equal((await world.logIn(name, 'sandi-budi')).code, 'Access-Reject', name);
  const broken = pppoe('x', 'User-Password = "x"').slice(1);
  const bytes = await radclient(world.radius.port, 'auth', secret, [
    'User-Name = "\\377\\376budi"',
    ...broken,
  ]);
  assert.notEqual(bytes.code, 'Access-Accept');
  assert.equal((await world.logIn('budi')).code, 'Access-Accept', 'it goes on');
});

test('what billing says counts at the very next request, without any copy', options, async () => {
  await using world = await withFreeradius();
  const { nadi, logIn } = world;
  const { subscriptionId } = await addLine(nadi, 'budi');
  assert.equal((await logIn('budi')).code, 'Access-Accept');
  await change(nadi, subscriptionId, 'suspend');
  const refused = await logIn('budi');
  assert.equal(refused.code, 'Access-Reject');
  assert.ok(refused.attributes.some((line) => line.startsWith('Reply-Message')));
  assert.ok(refused.attributes.some((line) => line.startsWith('Message-Authenticator')));
  await change(nadi, subscriptionId, 'activate');
  assert.equal((await logIn('budi')).code, 'Access-Accept');
  await nadi.kit.pool.query(`update subscriptions set status = 'expired' where id = $1`, [subscriptionId]);
  assert.equal((await logIn('budi')).code, 'Access-Reject', 'expired');
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  assert.equal((await logIn('budi')).code, 'Access-Reject', 'cancelled');
});

test(
  'where the provider isolates, a blocked subscriber comes in with the isolir attributes',
  options,
  async () => {
    await using world = await withFreeradius();
    const { nadi, logIn } = world;
    await ok(nadi, {
      method: 'PUT',
      url: '/api/organisation',
      body: {
        suspend_mode: 'isolir',
        isolir_rate: '128k/128k',
        isolir_pool: 'isolir-pool',
        isolir_profile: 'isolir-profil',
        isolir_address_list: 'nunggak',
      },
    });
    const { subscriptionId } = await addLine(nadi, 'budi', {
      subscription: { remote_address: '10.10.0.9', profile: 'biasa' },
    });
    await change(nadi, subscriptionId, 'suspend');
    const isolated = await logIn('budi');
    assert.equal(isolated.code, 'Access-Accept');
    for (const line of [
      'Mikrotik-Rate-Limit = "128k/128k"',
      'Framed-Pool = "isolir-pool"',
      'Mikrotik-Group = "isolir-profil"',
      'Mikrotik-Address-List = "nunggak"',
    ])
      assert.ok(isolated.attributes.includes(line), line);
    assert.ok(!isolated.attributes.some((line) => line.startsWith('Framed-IP-Address')));
    assert.equal((await logIn('budi', 'salah')).code, 'Access-Reject', 'the password still counts');
    await change(nadi, subscriptionId, 'activate');
    const free = await logIn('budi');
    assert.ok(free.attributes.includes('Framed-IP-Address = 10.10.0.9'));
    assert.ok(!free.attributes.some((line) => line.startsWith('Mikrotik-Address-List')));
  },
);

test('who used up a quota is slowed down or blocked', options, async () => {
  await using world = await withFreeradius();
  const { nadi, logIn } = world;
  const { subscriptionId } = await addLine(nadi, 'budi');
  const limit = (blocked: boolean, rate: string | null) =>
    nadi.kit.pool.query(
      `insert into subscription_limits values ($1, $2, $3, 'quota', $4)
       on conflict (subscription_id) do update set blocked = excluded.blocked, rate_limit = excluded.rate_limit`,
      [subscriptionId, blocked, rate, '2026-01-15T03:00:00Z'],
    );
  await limit(false, '1M/1M');
  assert.ok((await logIn('budi')).attributes.includes('Mikrotik-Rate-Limit = "1M/1M"'));
  await limit(true, null);
  assert.equal((await logIn('budi')).code, 'Access-Reject');
});

test('a PPPoE account is none for the hotspot, nor the other way round', options, async () => {
  await using world = await withFreeradius();
  const { nadi, ask, logIn } = world;
  await addLine(nadi, 'budi');
  await addLine(nadi, 'kafe', { package: { type: 'hotspot' } });
  await addLine(nadi, 'kantor', { package: { type: 'static' } });
  const hotspot = (name: string) =>
    ask(
      `User-Name = "${name}"`,
      `User-Password = "sandi-${name}"`,
      'Service-Type = Login-User',
      'NAS-Port-Type = Wireless-802.11',
      'Message-Authenticator = 0x00',
    );
  assert.equal((await hotspot('kafe')).code, 'Access-Accept');
  assert.equal((await hotspot('budi')).code, 'Access-Reject');
  assert.equal((await logIn('kafe')).code, 'Access-Reject');
  assert.equal((await hotspot('kantor')).code, 'Access-Accept');
  assert.equal((await logIn('kantor')).code, 'Access-Accept');
});

test(
  'an account has no more devices online than its package allows; one that comes back is let in',
  options,
  async () => {
    await using world = await withFreeradius();
    const { nadi, ask, radius } = world;
    await addLine(nadi, 'budi', { package: { max_sessions: 1 } });
    const from = (mac: string) =>
      ask(
        ...pppoe('budi', 'User-Password = "sandi-budi"').filter(
          (line) => !line.startsWith('Calling-Station-Id'),
        ),
        `Calling-Station-Id = "${mac}"`,
      );
    assert.equal((await from('AA:AA')).code, 'Access-Accept');
    const begun = await radclient(radius.port + 1, 'acct', secret, [
      'User-Name = "budi"',
      'Acct-Status-Type = Start',
      'Acct-Session-Id = "81"',
      'Calling-Station-Id = "AA:AA"',
    ]);
    assert.equal(begun.code, 'Accounting-Response');
    assert.equal((await from('BB:BB')).code, 'Access-Reject');
    assert.equal((await from('AA:AA')).code, 'Access-Accept', 'after a power failure');
  },
);
