import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showTrust } from '../../server/modules/trust/index.ts';
import { signAll } from './signers.ts';
import { type Vendor, vendorApp } from './vendor-app.ts';

async function watch({ nadi }: Vendor, days = 0) {
  nadi.clock.advance({ hours: 24 * days });
  await nadi.edition.jobs.find(({ name }) => name === 'trust.watch')?.run({}, new AbortController().signal);
}

async function alerts({ nadi }: Vendor) {
  const { rows } = await nadi.kit.pool.query<{ severity: string; message: string; once_for: string }>(
    "select severity, message, once_for from alert_logs where type = 'update' order by created_at, once_for",
  );
  return rows;
}

test('what the server signs by itself never expires while it runs, nor after a pause', async () => {
  await using vendor = await vendorApp();
  const installation = await vendor.installation();
  const versions = new Set<number>();
  for (let day = 0; day < 40; day += 1) {
    await watch(vendor, 1);
    await watch(vendor);
    await installation.look().refresh();
    versions.add((await showTrust(vendor.nadi.kit.db)).timestamp?.version ?? 0);
  }
  assert.ok(versions.size > 15 && versions.size < 41, `${versions.size}`);
  // Only the newest timestamp is kept.
  const { rows } = await vendor.nadi.kit.pool.query("select from trust_metadata where role = 'timestamp'");
  assert.equal(rows.length, 1);
  vendor.nadi.clock.advance({ hours: 24 * 30 });
  await assert.rejects(installation.look().refresh(), /expired/);
  await watch(vendor);
  await installation.look().refresh();
});

test('people are told well before what they signed expires, once at each step, and find the next waiting', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks, set } = vendor;
  await watch(vendor, 110);
  assert.deepEqual(await alerts(vendor), []);
  assert.deepEqual((await showTrust(nadi.kit.db)).waiting, []);
  await watch(vendor, 11);
  await watch(vendor);
  await watch(vendor, 1);
  const [first, ...others] = await alerts(vendor);
  assert.deepEqual(others, []);
  assert.equal(first?.severity, 'warning');
  assert.match(String(first?.message), /targets\.json dipercaya sampai 2026-07-14/);
  const { waiting } = await showTrust(nadi.kit.db);
  assert.deepEqual(
    waiting.map(({ role, adds, removes }) => ({ role, adds, removes })),
    [{ role: 'targets', adds: [], removes: [] }],
  );
  await watch(vendor, 50);
  assert.equal((await alerts(vendor)).at(-1)?.severity, 'critical');
  await watch(vendor, 20);
  assert.match(String((await alerts(vendor)).at(-1)?.message), /kedaluwarsa pada/);
  // Signed in the end, it goes live at once.
  assert.deepEqual((await signAll(nadi.kit, hooks, set)).live, ['targets']);
  await (await vendor.installation()).look().refresh();
  const told = (await alerts(vendor)).length;
  await watch(vendor, 1);
  assert.equal((await alerts(vendor)).length, told);
});

test('a draft that nobody publishes does not let the others expire', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks, set } = vendor;
  const good = await vendor.add('1.0.0');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(good);
  await vendor.add('1.1.0');
  await signAll(nadi.kit, hooks, set);
  await watch(vendor, 170);
  await signAll(nadi.kit, hooks, set);
  await watch(vendor, 15);
  await (await vendor.installation()).look().download(good);
});

test('no version comes twice, though the database was restored from a backup', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks, set } = vendor;
  const installation = await vendor.installation();
  const backup = await nadi.kit.pool.query('select * from trust_metadata');
  nadi.clock.advance({ hours: 1 });
  await signAll(nadi.kit, hooks, set);
  const lost = await vendor.add('1.0.0');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(lost);
  await installation.look().refresh();
  await nadi.kit.pool.query('truncate trust_metadata');
  for (const row of backup.rows) {
    await nadi.kit.pool.query(
      'insert into trust_metadata (role, version, body, state, expires_at, created_at) values ($1, $2, $3, $4, $5, $6)',
      [row.role, row.version, row.body, row.state, row.expires_at, row.created_at],
    );
  }
  nadi.clock.advance({ hours: 1 });
  const next = await vendor.add('1.0.1');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(next);
  await installation.look().download(next);
});
