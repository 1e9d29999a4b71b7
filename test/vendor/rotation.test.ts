import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentOnlineKey, onlineKeys, rotateTrust, showTrust } from '../../server/modules/trust/index.ts';
import { author, newSet, roleOf, signAll } from './signers.ts';
import { vendorApp } from './vendor-app.ts';

const kids = async (list: ReturnType<typeof onlineKeys>, which = 'believed') =>
  (await list).filter(({ standing }) => standing === which).map(({ kid }) => kid);

test('the first online key is made once, whoever asks at the same time, and is sealed', async () => {
  await using vendor = await vendorApp({ bare: true });
  const { kit } = vendor.nadi;
  const made = await Promise.all(
    Array.from({ length: 5 }, () => vendor.tx((tx) => currentOnlineKey(kit, tx))),
  );
  assert.equal(new Set(made.map(({ kid }) => kid)).size, 1);
  const [key] = made;
  assert.ok(key);
  assert.deepEqual(await kids(onlineKeys(kit, kit.db)), [key.kid]);
  const { d } = key.privateKey.export({ format: 'jwk' });
  const { rows } = await kit.pool.query('select * from trust_keys');
  assert.ok(!JSON.stringify(rows).includes(String(d)));
  // One that was undone with its transaction is not remembered.
  await using other = await vendorApp({ bare: true });
  await assert.rejects(
    other.tx(async (tx) => {
      await currentOnlineKey(other.nadi.kit, tx);
      throw new Error('undone');
    }),
  );
  const kept = await currentOnlineKey(other.nadi.kit, other.nadi.kit.db);
  assert.deepEqual(await kids(onlineKeys(other.nadi.kit, other.nadi.kit.db)), [kept.kid]);
});

test('a new online key is listed before it signs, and the old one is believed until its tokens are over', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const installation = await vendor.installation();
  await installation.look().refresh();
  const old = await currentOnlineKey(kit, kit.db);
  await rotateTrust(kit, author, { online: 'new' });
  await rotateTrust(kit, author, { online: 'new' });
  await nadi.drainJobs();
  assert.equal((await currentOnlineKey(kit, kit.db)).kid, old.kid);
  assert.equal((await onlineKeys(kit, kit.db)).length, 2);
  await signAll(kit, hooks, set);
  // Whoever looked an hour before still knows what signs now.
  nadi.clock.advance({ hours: 23 });
  await runWatch();
  assert.equal((await currentOnlineKey(kit, kit.db)).kid, old.kid);
  nadi.clock.advance({ hours: 1 });
  await runWatch();
  const fresh = await currentOnlineKey(kit, kit.db);
  assert.notEqual(fresh.kid, old.kid);
  await installation.look().refresh();
  assert.deepEqual((await kids(onlineKeys(kit, kit.db))).sort(), [old.kid, fresh.kid].sort());
  // An installation that slept all the while.
  nadi.clock.advance({ hours: 24 * 32 });
  await runWatch();
  assert.deepEqual(await kids(onlineKeys(kit, kit.db)), [fresh.kid]);
  assert.deepEqual(await kids(onlineKeys(kit, kit.db), 'retired'), [old.kid]);
  const { rows } = await kit.pool.query("select sealed_key from trust_keys where state = 'retired'");
  assert.deepEqual(rows, [{ sealed_key: null }]);
  await installation.look().refresh();

  async function runWatch() {
    await nadi.edition.jobs.find(({ name }) => name === 'trust.watch')?.run({}, new AbortController().signal);
  }
});

test('a stolen online key is out as soon as the offline keys say so', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const installation = await vendor.installation();
  await installation.look().refresh();
  const stolen = await currentOnlineKey(kit, kit.db);
  // Whoever has one of the database's keys has the one that was to follow, too.
  await rotateTrust(kit, author, { online: 'new' });
  const alsoStolen = (await kids(onlineKeys(kit, kit.db))).find((kid) => kid !== stolen.kid);
  await rotateTrust(kit, author, { online: 'compromised' });
  const out = await kids(onlineKeys(kit, kit.db), 'compromised');
  assert.deepEqual(out.sort(), [stolen.kid, String(alsoStolen)].sort());
  assert.equal((await kids(onlineKeys(kit, kit.db))).length, 1);
  await signAll(kit, hooks, set);
  const fresh = await currentOnlineKey(kit, kit.db);
  assert.ok(fresh.kid !== stolen.kid && fresh.kid !== alsoStolen);
  assert.deepEqual(await kids(onlineKeys(kit, kit.db)), [fresh.kid]);
  const client = installation.look();
  await client.refresh();
  assert.deepEqual(client.trusted().root.roles.timestamp.keyids, [fresh.kid]);
});

test('root and targets keys change hands, and installations many roots behind follow', async () => {
  await using vendor = await vendorApp();
  const { nadi, hooks } = vendor;
  const { kit } = nadi;
  const path = await vendor.add('1.0.0');
  await signAll(kit, hooks, vendor.set);
  await vendor.publish(path);
  const installation = await vendor.installation();
  await installation.look().refresh();
  let { set } = vendor;
  for (let year = 0; year < 3; year += 1) {
    const next = newSet();
    await rotateTrust(kit, author, { root: roleOf(next.root, 2), targets: roleOf(next.targets) });
    // Neither those who come nor those who go can do it alone, nor without targets that the new keys have signed.
    const [first, last] = year % 2 === 0 ? [next, set] : [set, next];
    assert.deepEqual((await signAll(kit, hooks, { root: first.root, targets: next.targets })).live, []);
    assert.deepEqual((await signAll(kit, hooks, { root: last.root.slice(0, 1) })).live, []);
    await installation.look().refresh();
    assert.deepEqual((await signAll(kit, hooks, { root: last.root })).live, ['root', 'targets']);
    set = next;
    nadi.clock.advance({ hours: 24 * 100 });
    await nadi.edition.jobs.find(({ name }) => name === 'trust.watch')?.run({}, new AbortController().signal);
    await signAll(kit, hooks, set);
  }
  const client = installation.look();
  await client.download(path);
  assert.equal(client.trusted().root.version, (await showTrust(kit.db)).root?.version);
  assert.ok(client.trusted().root.version >= 4);
  // A draft that is signed while keys change is told of, and can be published.
  const draft = await vendor.add('1.1.0');
  const last = newSet();
  await rotateTrust(kit, author, { targets: roleOf(last.targets) });
  await signAll(kit, hooks, { ...set, targets: last.targets });
  assert.deepEqual(vendor.signed, [path, draft]);
  await vendor.publish(draft);
  await installation.look().download(draft);
  // What those who left sign is worth nothing.
  await vendor.add('2.0.0');
  await assert.rejects(signAll(kit, hooks, vendor.set));
});
