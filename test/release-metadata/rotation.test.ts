import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Installation, newKeys, now, Repository } from './repository.ts';

test('an installation that is many roots behind follows them, whatever keys changed meanwhile', async () => {
  await using repository = await Repository.start();
  await using first = await Installation.of(repository);
  await using second = await Installation.of(repository);
  await first.client().refresh();
  for (let year = 1; year <= 12; year += 1) {
    const old = repository.keys;
    repository.keys = {
      root: newKeys(1 + (year % 3)),
      targets: newKeys(1 + (year % 2)),
      director: newKeys(),
      online: newKeys(),
    };
    repository.expires = {
      root: now.add({ hours: 24 * 365 * (year + 1) }),
      targets: now.add({ hours: 24 * 365 * (year + 1) }),
      snapshot: now.add({ hours: 24 * 365 * (year + 1) }),
      timestamp: now.add({ hours: 24 * 365 * (year + 1) }),
    };
    repository.publishRoot(old.root.keys);
  }
  repository.publish({ 'releases/2.0.0/manifest.json': 'years later' });
  // Neither the one that saw the first root nor the one that was shipped it and never started is left behind.
  const at = now.add({ hours: 24 * 365 * 12 });
  for (const installation of [first, second]) {
    const client = installation.client({ at });
    await client.download('releases/2.0.0/manifest.json');
    assert.equal(client.trusted().root.version, 13);
  }
});

test('a root needs a threshold of the keys before and of its own', async () => {
  await using repository = await Repository.start();
  await using installation = await Installation.of(repository);
  const old = repository.keys.root;
  repository.keys.root = newKeys(2);
  repository.publishRoot(old.keys.slice(0, 1));
  await assert.rejects(installation.client().refresh(), /root was signed by 1\/2 keys/);
  // Only by the old ones, though they are enough: nobody has shown to hold the new keys.
  const fresh = repository.keys.root;
  repository.keys.root = { keys: [...fresh.keys.slice(0, 1), ...old.keys], threshold: 2 };
  repository.versions.root = 1;
  repository.publishRoot();
  const signedByOld = JSON.parse(repository.file('2.root').toString());
  signedByOld.signed.roles.root.keyids = fresh.keys.map((key) => key.id);
  repository.files.set('/metadata/2.root.json', Buffer.from(JSON.stringify(signedByOld)));
  await assert.rejects(installation.client().refresh());
  repository.keys.root = fresh;
  repository.versions.root = 1;
  repository.publishRoot(old.keys);
  await installation.client().refresh();
  // No version is skipped.
  repository.versions.root = 3;
  const skipped = repository.publishRoot(old.keys);
  repository.files.set('/metadata/3.root.json', skipped);
  await assert.rejects(installation.client().refresh(), /Expected version 3, got 4/);
});

test('roots that were fetched before something failed are kept', async () => {
  await using repository = await Repository.start();
  await using installation = await Installation.of(repository);
  const old = repository.keys.root;
  repository.keys.root = newKeys(2);
  repository.publishRoot(old.keys);
  repository.lies.set('/metadata/timestamp.json', (response) => response.writeHead(500).end());
  await assert.rejects(installation.client().refresh(), /500/);
  repository.lies.clear();
  const client = installation.client();
  await client.refresh();
  assert.equal(repository.asked.filter((path) => path === '/metadata/2.root.json').length, 1);
});
