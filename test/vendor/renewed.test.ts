import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocumentRole, roleOfDocuments, verifyDocument } from '#release-metadata';
import {
  askDirector,
  currentOnlineKey,
  documentsOf,
  rotateTrust,
  signOnline,
} from '../../server/modules/trust/index.ts';
import { author, signAll } from './signers.ts';
import { type Vendor, vendorApp } from './vendor-app.ts';

const idOf = (n: number) => `0199a000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const run = ({ nadi }: Vendor, name: string) =>
  nadi.edition.jobs.find((job) => job.name === name)?.run({}, new AbortController().signal);

/** Days pass, each with what the timetable does in it. */
async function days(vendor: Vendor, count: number): Promise<void> {
  for (let day = 0; day < count; day += 1) {
    vendor.nadi.clock.advance({ hours: 24 });
    await run(vendor, 'trust.watch');
    await run(vendor, 'trust.renew_documents');
  }
}

/** What an installation that asks now believes of its document. */
async function believed(vendor: Vendor, subject: string, role: DocumentRole, kind: string, seen = 0) {
  const { kit, clock } = vendor.nadi;
  const client = (await vendor.installation()).look();
  await client.refresh();
  const given = (await documentsOf(kit, kit.db, [subject])).get(subject)?.find((item) => item.kind === kind);
  assert.ok(given, 'there is one');
  const keys = roleOfDocuments(client.trusted().targets, role);
  return verifyDocument(given.envelope, keys, { type: kind, subject, seen, now: clock.now() });
}

test('a message is signed anew before it ends, in its place, as long as it says something', async () => {
  await using vendor = await vendorApp();
  const { kit, pool } = { ...vendor.nadi.kit, kit: vendor.nadi.kit };
  await vendor.tx((tx) => signOnline(kit, tx, 'messages', idOf(1), { server_message: 'Halo' }));
  const first = await believed(vendor, idOf(1), 'online', 'messages');
  await days(vendor, 19);
  assert.equal((await believed(vendor, idOf(1), 'online', 'messages')).version, first.version);
  let seen = first.version;
  for (let month = 0; month < 4; month += 1) {
    await days(vendor, 30);
    const { version, body } = await believed(vendor, idOf(1), 'online', 'messages', seen);
    assert.ok(version > seen);
    assert.deepEqual(body, { server_message: 'Halo' });
    seen = version;
  }
  assert.equal((await pool.query('select from trust_documents')).rowCount, 1);
  // Nobody ran it for two months.
  await signAll(kit, vendor.hooks, vendor.set);
  vendor.nadi.clock.advance({ hours: 24 * 60 });
  await days(vendor, 1);
  await believed(vendor, idOf(1), 'online', 'messages', seen);
});

test('a new online key signs anew what the one before has signed, all of it', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks, set } = vendor;
  const { kit } = nadi;
  await vendor.tx(async (tx) => {
    for (let n = 0; n < 1100; n += 1)
      await signOnline(kit, tx, 'messages', idOf(n), { server_message: 'Halo' });
  });
  for (const online of ['new', 'compromised'] as const) {
    const before = await believed(vendor, idOf(7), 'online', 'messages');
    nadi.clock.advance({ hours: 1 });
    await rotateTrust(kit, author, { online });
    await signAll(kit, hooks, set);
    if (online === 'new') await days(vendor, 1);
    else await assert.rejects(believed(vendor, idOf(7), 'online', 'messages'), /not signed by enough/);
    await nadi.drainJobs();
    const { kid } = await currentOnlineKey(kit, kit.db);
    const { rows } = await kit.pool.query<{ keyid: string; n: number }>(
      `select signatures -> 0 ->> 'keyid' as keyid, count(*)::int as n from trust_documents group by 1`,
    );
    assert.deepEqual(rows, [{ keyid: kid, n: 1100 }]);
    const after = await believed(vendor, idOf(7), 'online', 'messages', before.version);
    assert.ok(after.version > before.version);
  }
});

test('who can write into the database has no metadata signed as a message', async () => {
  await using vendor = await vendorApp();
  const { kit } = vendor.nadi;
  await vendor.tx((tx) => signOnline(kit, tx, 'messages', idOf(1), { server_message: 'Halo' }));
  const snapshot = {
    _type: 'snapshot',
    spec_version: '1.0.34',
    meta: { 'targets.json': { version: 1 } },
    body: {},
  };
  await kit.pool.query("update trust_documents set body = $1, signatures = '[]'", [JSON.stringify(snapshot)]);
  await run(vendor, 'trust.renew_documents');
  const { rows } = await kit.pool.query('select body from trust_documents');
  const signed = JSON.parse(rows[0].body);
  assert.deepEqual([signed._type, signed.subject, signed.meta], ['messages', idOf(1), undefined]);
});

test('a message that is changed while all are signed anew is the newest', async () => {
  await using vendor = await vendorApp();
  const { kit, clock } = { kit: vendor.nadi.kit, clock: vendor.nadi.clock };
  await vendor.tx((tx) => signOnline(kit, tx, 'messages', idOf(1), { server_message: 'lama' }));
  for (let round = 0; round < 5; round += 1) {
    const before = await believed(vendor, idOf(1), 'online', 'messages');
    clock.advance({ hours: 24 * 25 });
    await run(vendor, 'trust.watch');
    const text = `baru ${round}`;
    await Promise.all([
      run(vendor, 'trust.renew_documents'),
      vendor.tx((tx) => signOnline(kit, tx, 'messages', idOf(1), { server_message: text })),
      run(vendor, 'trust.renew_documents'),
    ]);
    const { body } = await believed(vendor, idOf(1), 'online', 'messages', before.version + 1);
    assert.deepEqual(body, { server_message: text });
  }
});

test('a directive that will end is put to the director again in time, and people are told', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks, set } = vendor;
  const { kit } = nadi;
  for (const n of [1, 2])
    await vendor.tx((tx) => askDirector(kit, tx, 'directives', idOf(n), { disabled: true }));
  await signAll(kit, hooks, set);
  const first = (await documentsOf(kit, kit.db, [idOf(1)])).get(idOf(1))?.[0];
  const told = async () =>
    (
      await kit.pool.query(
        "select severity, message from alert_logs where once_for like 'trust:director:%' order by id",
      )
    ).rows;
  const waiting = async () =>
    (await kit.pool.query("select from trust_documents where state = 'waiting'")).rowCount;
  for (let day = 0; day < 1750; day += 50) {
    nadi.clock.advance({ hours: 24 * 50 });
    await run(vendor, 'trust.watch');
    assert.equal(await waiting(), 0);
    await signAll(kit, hooks, set);
  }
  assert.deepEqual(await told(), []);
  await days(vendor, 20);
  assert.equal(await waiting(), 2);
  assert.equal((await told()).length, 1);
  assert.match((await told())[0].message, /^2 perintah .*2031-01-14/);
  // Nobody does anything: they end, and that is told.
  await days(vendor, 60);
  const all = await told();
  assert.deepEqual([...new Set(all.map(({ severity }) => severity))], ['warning', 'critical']);
  assert.match(all.at(-1).message, /sudah berakhir/);
  assert.equal((await documentsOf(kit, kit.db, [idOf(1)])).size, 0);
  await signAll(kit, hooks, set);
  const last = await believed(vendor, idOf(1), 'director', 'directives', Number(first?.version) + 1);
  assert.deepEqual(last.body, { disabled: true });
  await days(vendor, 2);
  assert.equal(await waiting(), 0);
  assert.equal((await told()).length, all.length);
});
