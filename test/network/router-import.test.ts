import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Router } from '#simulators';
import { readFaults } from '../billing/books.ts';
import { goTo, ok } from '../support/provider.ts';
import { counts, importFrom, livedProfiles, secret, total, verdicts } from './imported-router.ts';
import { assertSettled, isOnline, letLapse, packageOf, provisioned, rowOf } from './provisioned.ts';

/** Every row of a menu by its name, without what changes by itself. */
function tableOf(router: Router, path: string) {
  return Object.fromEntries(
    [...router.table(path).rows()].map(({ values }) => {
      const { 'last-logged-out': _, ...rest } = values;
      return [values.name ?? '', rest];
    }),
  );
}

const lived = {
  'ppp/profile': livedProfiles,
  'ppp/secret': [
    secret('budi', { comment: 'Budi Santoso' }),
    // As an office PC wrote it.
    secret('jose', { comment: 'Jos\xe9', service: 'any', 'remote-address': '10.10.9.9' }),
    secret('mati', { comment: 'Belum bayar', disabled: 'true' }),
    secret('bebas', { profile: 'Bebas' }),
    secret('rumah1', { comment: 'rumah' }),
    secret('rumah2', { comment: 'rumah' }),
    secret('jauh', { service: 'l2tp' }),
    secret('kolam', { 'remote-address': 'pelanggan' }),
    secret('kosong', { password: '' }),
    secret('x'.repeat(200)),
    secret('nama spasi'),
    secret('yatim', { comment: 'nadi:019b0000-0000-7000-8000-000000000000' }),
  ],
  'ip/hotspot/user': [
    { name: 'tamu', password: 'tamu', profile: 'default', comment: 'Tamu' },
    { name: 'vc1', password: 'vc1', profile: 'default', 'limit-uptime': '1h' },
  ],
  'queue/simple': [
    { name: 'kantor', target: '10.20.0.2/32', 'max-limit': '5000000/10000000', comment: 'PT Kantor' },
    { name: 'semua', target: '0.0.0.0/0', 'max-limit': '50000000/50000000' },
    { name: 'cabang', target: '10.20.1.0/24', 'max-limit': '5000000/10000000' },
    { name: 'q-jose', target: '10.10.9.9/32', 'max-limit': '5000000/10000000' },
  ],
};

test('a router as it was before Nadi: seen, imported, imported again, and taken over while everybody stays online', async () => {
  await using world = await provisioned({ router: { rows: lived } });
  const { nadi, router, routerId } = world;
  await packageOf(nadi);
  await packageOf(nadi, { name: 'Statis', type: 'static' });
  for (const username of ['budi', 'jose', 'bebas', 'rumah1', 'jauh'])
    router.plug({ username, password: `sandi-${username}` });
  const before = { secrets: tableOf(router, 'ppp/secret'), queues: tableOf(router, 'queue/simple') };
  const sessions = router.sessions.map(({ id }) => id);
  assert.ok(sessions.length >= 4);

  const seen = await importFrom(nadi, routerId);
  assert.deepEqual(verdicts(seen), {
    budi: 'new',
    jose: 'new',
    mati: 'new off',
    rumah1: 'new',
    rumah2: 'new',
    kantor: 'new',
    bebas: 'skipped package',
    tamu: 'skipped package',
    jauh: 'skipped service',
    kolam: 'skipped address',
    kosong: 'skipped password',
    ['x'.repeat(200)]: 'skipped name',
    'nama spasi': 'skipped name',
    yatim: 'skipped mark',
    vc1: 'skipped voucher',
    semua: 'skipped target',
    cabang: 'skipped target',
    'q-jose': 'skipped belongs',
  });
  assert.deepEqual(
    seen.profiles.map(({ kind, name, package_name: pack, proposal }) => [kind, name, pack, proposal]),
    [
      ['pppoe', '10M', '10 Mbps', null],
      ['pppoe', 'Bebas', null, { name: 'Bebas', type: 'pppoe', bandwidth: '0/0', burst: null }],
      ['hotspot', 'default', null, { name: 'default', type: 'hotspot', bandwidth: '0/0', burst: null }],
      ['static', '5M/10M', 'Statis', null],
    ],
  );
  assert.deepEqual([await total(nadi, 'customers'), await total(nadi, 'subscriptions')], [0, 0]);

  // The package of a profile without a speed is somebody's word; a proposal is one that can be added.
  const proposal = seen.profiles[1]?.proposal;
  const { id: free } = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { ...proposal, price: 0 },
  });
  const given = { dry_run: false, packages: [{ profile: 'Bebas', package_id: free }] };
  const done = await importFrom(nadi, routerId, given);
  assert.deepEqual(counts(done), [7, 0, 0, 0, 11]);
  assert.deepEqual(counts(await importFrom(nadi, routerId, given)), [0, 7, 0, 0, 11]);
  assert.deepEqual([await total(nadi, 'customers'), await total(nadi, 'subscriptions')], [7, 7]);
  const { data: people } = await ok<{ data: { name: string; router_id: string }[] }>(nadi, {
    url: '/api/customers',
  });
  assert.deepEqual(people.map(({ name }) => name).sort(), [
    'Belum bayar',
    'Budi Santoso',
    'José',
    'PT Kantor',
    'bebas',
    'rumah (rumah1)',
    'rumah (rumah2)',
  ]);
  assert.ok(people.every(({ router_id: id }) => id === routerId));

  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.deepEqual(
    router.sessions.map(({ id }) => id),
    sessions,
  );
  // But for the marks, and what was noted stays behind them, nothing is different.
  const plain = (table: ReturnType<typeof tableOf>) =>
    Object.fromEntries(
      Object.entries(table).map(([name, { comment = '', ...rest }]) => [
        name,
        { ...rest, comment: name === 'yatim' ? comment : comment.replace(/^nadi:[0-9a-f-]{36} ?/, '') },
      ]),
    );
  const after = { secrets: tableOf(router, 'ppp/secret'), queues: tableOf(router, 'queue/simple') };
  const utf8 = 'Jos\xc3\xa9';
  const expected = plain(before.secrets);
  assert.deepEqual(plain(after.secrets), { ...expected, jose: { ...expected.jose, comment: utf8 } });
  assert.deepEqual(plain(after.queues), plain(before.queues));
  assert.match(rowOf(router, 'ppp/secret', 'budi').comment ?? '', /^nadi:[0-9a-f-]{36} Budi Santoso$/);
  assert.equal(rowOf(router, 'ppp/secret', 'jauh').comment, undefined);
  const third = await importFrom(nadi, routerId, given);
  assert.deepEqual(counts(third), [0, 7, 0, 0, 11]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('an imported customer is billed from the end date on; not paying switches off exactly that one', async () => {
  const rows = {
    'ppp/profile': livedProfiles,
    'ppp/secret': [secret('budi'), secret('ayu'), secret('asing', { profile: 'Bebas' })],
  };
  await using world = await provisioned({ router: { rows } });
  const { nadi, router, routerId } = world;
  await packageOf(nadi);
  for (const username of ['budi', 'ayu', 'asing']) router.plug({ username, password: `sandi-${username}` });
  await importFrom(nadi, routerId, { dry_run: false, end_date: '2026-02-14' });
  await nadi.drainJobs();
  const { data } = await ok<{ data: { id: string; mikrotik_username: string; end_date: string }[] }>(nadi, {
    url: '/api/subscriptions',
  });
  assert.deepEqual(
    data.map(({ end_date: end }) => end),
    ['2026-02-14', '2026-02-14'],
  );
  goTo(nadi, '2026-02-10');
  await nadi.edition.runBilling();
  const ayu = data.find(({ mikrotik_username: name }) => name === 'ayu');
  const { data: invoices } = await ok<{ data: { id: string; amount: string; subscription_id: string }[] }>(
    nadi,
    {
      url: '/api/invoices',
    },
  );
  const hers = invoices.find(({ subscription_id: id }) => id === ayu?.id);
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: hers?.id, amount: hers?.amount },
  });
  await letLapse(nadi);
  await nadi.drainJobs();
  const off = ['budi', 'ayu', 'asing'].map((name) => rowOf(router, 'ppp/secret', name).disabled);
  assert.deepEqual(off, ['true', 'false', 'false']);
  assert.deepEqual(
    ['budi', 'ayu', 'asing'].map((name) => isOnline(router, name)),
    [false, true, true],
  );
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('ten thousand entries come in seconds', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
  const rows = {
    'ppp/profile': livedProfiles,
    'ppp/secret': names.map((name, index) => secret(name, { comment: `Pelanggan ${index}` })),
  };
  await using world = await provisioned({ router: { rows } });
  const { nadi, routerId } = world;
  await packageOf(nadi);
  const timed = async (what: string, body: object) => {
    const start = performance.now();
    const answer = await importFrom(nadi, routerId, body);
    t.diagnostic(`${what}: ${Math.round(performance.now() - start)} ms`);
    return counts(answer);
  };
  assert.deepEqual(await timed('seen', {}), [10_000, 0, 0, 0, 0]);
  assert.deepEqual(await timed('imported', { dry_run: false }), [10_000, 0, 0, 0, 0]);
  assert.deepEqual(await timed('again', { dry_run: false }), [0, 10_000, 0, 0, 0]);
});
