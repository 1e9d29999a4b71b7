import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { AppError } from '#kit/errors.ts';
import { initTrust, removeTarget, rotateTrust, targetStates } from '../../server/modules/trust/index.ts';
import { author, newSet, roleOf, signAll } from './signers.ts';
import { vendorApp } from './vendor-app.ts';

const refused = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('a release is listed once the offline keys have signed and somebody publishes it', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const installation = await vendor.installation();
  await installation.look().refresh();
  const path = await vendor.add('1.0.0');
  assert.deepEqual([...(await targetStates(nadi.kit.db, [path, 'none']))], [[path, 'waiting']]);
  await assert.rejects(vendor.publish(path), refused('release_unsigned'));
  // One of two.
  await signAll(nadi.kit, hooks, { targets: set.targets.slice(0, 1) });
  await assert.rejects(vendor.publish(path), refused('release_unsigned'));
  await signAll(nadi.kit, hooks, { targets: set.targets.slice(0, 1) });
  await assert.rejects(vendor.publish(path), refused('release_unsigned'));
  await signAll(nadi.kit, hooks, { targets: set.targets.slice(1) });
  assert.deepEqual([...(await targetStates(nadi.kit.db, [path])).values()], ['signed']);
  assert.deepEqual(vendor.signed, [path]);
  // Signed is not published.
  await assert.rejects(installation.look().download(path), /not among/);
  await Promise.all([vendor.publish(path), vendor.publish(path)]);
  const file = await installation.look().download(path);
  assert.equal(await readFile(file, 'utf8'), 'manifest of 1.0.0');
});

test('releases that are prepared at the same time are published in any order, and none is lost', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const [a, b] = await Promise.all([vendor.add('1.0.0'), vendor.add('1.1.0')]);
  await signAll(nadi.kit, hooks, set);
  // What is asked for later does not undo the signatures on what was before.
  const c = await vendor.add('1.2.0');
  const states = await targetStates(nadi.kit.db, [a, b, c]);
  assert.deepEqual([...states.values()], ['signed', 'signed', 'waiting']);
  await Promise.all([vendor.publish(a), vendor.publish(b)]);
  await assert.rejects(vendor.publish(c), refused('release_unsigned'));
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(c);
  const look = (await vendor.installation()).look();
  for (const path of [a, b, c]) await look.download(path);
});

test('the same file twice asks for nothing; another one under its name does, and the old one can never be published', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const path = await vendor.add('1.0.0', 'first');
  await signAll(nadi.kit, hooks, set);
  await vendor.add('1.0.0', 'first');
  assert.deepEqual([...(await targetStates(nadi.kit.db, [path])).values()], ['signed']);
  await vendor.add('1.0.0', 'second');
  await assert.rejects(vendor.publish(path), refused('release_unsigned'));
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(path);
  const file = await (await vendor.installation()).look().download(path);
  assert.equal(await readFile(file, 'utf8'), 'second');
});

test('a draft that is taken back is never published, though it was signed', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const path = await vendor.add('1.0.0');
  await signAll(nadi.kit, hooks, set);
  await vendor.tx((tx) => removeTarget(nadi.kit, tx, path));
  await assert.rejects(vendor.publish(path), refused('release_unsigned'));
  assert.equal((await targetStates(nadi.kit.db, [path])).size, 0);
  // There is nothing to be signed for it.
  const { waiting } = (await nadi.request({ url: '/api/trust' })).json();
  assert.deepEqual(waiting, []);
});

test('what is yanked leaves the listing as soon as that is signed, whoever else waits', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const bad = await vendor.add('1.0.0');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(bad);
  const installation = await vendor.installation();
  await installation.look().download(bad);
  await vendor.add('1.1.0');
  await vendor.tx((tx) => removeTarget(nadi.kit, tx, bad));
  await installation.look().download(bad);
  const { live } = await signAll(nadi.kit, hooks, set);
  assert.deepEqual(live, ['targets']);
  await assert.rejects(installation.look().download(bad), /not among/);
});

test('before the keys are set up nothing can be listed; afterwards they cannot be set up again', async () => {
  await using vendor = await vendorApp({ bare: true });
  const { nadi, set, hooks } = vendor;
  await assert.rejects(vendor.add('1.0.0'), refused('trust_not_set_up'));
  await assert.rejects(rotateTrust(nadi.kit, author, {}), refused('trust_not_set_up'));
  assert.equal(
    (await nadi.request({ as: 'nobody', url: '/updates/metadata/timestamp.json' })).statusCode,
    404,
  );
  const keys = { root: roleOf(set.root, 2), targets: roleOf(set.targets), director: roleOf(set.director, 1) };
  const others = newSet();
  await initTrust(nadi.kit, author, { ...keys, root: roleOf(others.root) });
  // Mistaken, and not signed yet.
  await initTrust(nadi.kit, author, keys);
  await signAll(nadi.kit, hooks, { root: set.root });
  assert.equal((await nadi.request({ as: 'nobody', url: '/updates/metadata/1.root.json' })).statusCode, 404);
  const { live } = await signAll(nadi.kit, hooks, { targets: set.targets });
  assert.deepEqual(live, ['root', 'targets']);
  await assert.rejects(initTrust(nadi.kit, author, keys), refused('trust_set_up'));
  await (await vendor.installation()).look().refresh();
});
