import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Installation, newKeys, now, Repository } from './repository.ts';

// The attacks that the papers on TUF name, each by somebody who holds the server and the way there, and for some the online key.

const manifest = 'releases/1.0.0/manifest.json';
/** Small enough for tests, in the proportions of the usual ones. */
const limits = { answerMs: 2_000, windowMs: 150, leastBytes: 1_000 };

async function scene() {
  const owned = new AsyncDisposableStack();
  const repository = owned.use(await Repository.start());
  const installation = owned.use(await Installation.of(repository));
  return { repository, installation, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What was saved so far, under names that count. */
async function saved(installation: Installation): Promise<string[]> {
  return await readdir(join(installation.folder, 'targets')).catch(() => []);
}

test('an honest repository is followed, and files are saved by name', async () => {
  await using at = await scene();
  const client = at.installation.client();
  const file = await client.download(manifest);
  assert.equal(await readFile(file, 'utf8'), 'one');
  assert.deepEqual((await client.find(manifest))?.custom, { channel: 'stable' });
  assert.deepEqual(await saved(at.installation), [encodeURIComponent(manifest)]);
  at.repository.publish({ 'releases/1.1.0/manifest.json': 'two' });
  const next = at.installation.client();
  assert.equal(await readFile(await next.download('releases/1.1.0/manifest.json'), 'utf8'), 'two');
  // What is there already is not fetched again.
  const asked = at.repository.asked.length;
  await next.download(manifest);
  assert.equal(at.repository.asked.length, asked);
  assert.deepEqual((await readdir(at.installation.store)).sort(), [
    'root.json',
    'snapshot.json',
    'targets.json',
    'timestamp.json',
  ]);
});

test('arbitrary package: other bytes under a signed name are not saved', async () => {
  await using at = await scene();
  const path = at.repository.asked;
  const sha256 = at.repository.targets[manifest]?.hashes.sha256;
  at.repository.files.set(`/targets/releases/1.0.0/${sha256}.manifest.json`, Buffer.from('evl'));
  await assert.rejects(at.installation.client().download(manifest), /hash/i);
  assert.deepEqual(await saved(at.installation), []);
  assert.ok(path.some((asked) => asked.includes(String(sha256))));
  // Nor metadata by keys of the attacker's own.
  const strangers = newKeys(2);
  at.repository.targets['releases/9.9.9/manifest.json'] = { length: 3, hashes: { sha256: 'a'.repeat(64) } };
  at.repository.versions.targets += 1;
  at.repository.put('targets', strangers.keys);
  at.repository.resign();
  await assert.rejects(at.installation.client().refresh(), /signed by 0\/2 keys/);
});

test('endless data: nothing is read beyond what is signed or usual', async () => {
  await using at = await scene();
  const client = at.installation.client({ limits });
  await client.refresh();
  const sha256 = at.repository.targets[manifest]?.hashes.sha256;
  const sent = { bytes: 0 };
  const chunk = Buffer.alloc(65_536, 'x');
  const endless = (path: string) =>
    at.repository.lies.set(path, (response) => {
      const more = () => {
        while (!response.destroyed) {
          sent.bytes += chunk.length;
          if (!response.write(chunk)) break;
        }
      };
      response.on('drain', more);
      more();
    });
  endless(`/targets/releases/1.0.0/${sha256}.manifest.json`);
  await assert.rejects(client.download(manifest), /more than the 3 bytes/);
  endless('/metadata/timestamp.json');
  await assert.rejects(at.installation.client().refresh(), /more than the 16384 bytes/);
  endless('/metadata/2.root.json');
  await assert.rejects(at.installation.client().refresh(), /more than the 512000 bytes/);
  assert.ok(sent.bytes < 20_000_000, `${sent.bytes} were sent`);
  assert.deepEqual(await saved(at.installation), []);
});

test('extraneous dependency: a file that nobody signed cannot be added to a release', async () => {
  await using at = await scene();
  await at.installation.client().refresh();
  // The attacker holds the online key: the listing of files is not signed with it.
  at.repository.targets['releases/1.0.0/extra.json'] = { length: 1, hashes: { sha256: 'b'.repeat(64) } };
  at.repository.versions.targets += 1;
  at.repository.put('targets', at.repository.keys.online.keys);
  at.repository.resign();
  const client = at.installation.client();
  await assert.rejects(client.download('releases/1.0.0/extra.json'), /signed by 0\/2 keys/);
  // One of two offline keys is not enough either.
  at.repository.put('targets', at.repository.keys.targets.keys.slice(0, 1));
  at.repository.resign();
  await assert.rejects(at.installation.client().refresh(), /signed by 1\/2 keys/);
  assert.deepEqual(await saved(at.installation), []);
});

test('fast-forward: versions that a thief counted far ahead are got over by new keys', async () => {
  await using at = await scene();
  await at.installation.client().refresh();
  const stolen = at.repository.keys.online;
  at.repository.versions = { ...at.repository.versions, snapshot: 2_000_000_000, timestamp: 2_000_000_000 };
  at.repository.put('snapshot');
  at.repository.put('timestamp');
  await at.installation.client().refresh();
  // The owner takes the key away and goes on counting where they were.
  at.repository.keys.online = newKeys();
  at.repository.versions = { ...at.repository.versions, snapshot: 5, timestamp: 5 };
  at.repository.publishRoot();
  at.repository.publish({ 'releases/1.0.1/manifest.json': 'fixed' });
  const client = at.installation.client();
  await client.download('releases/1.0.1/manifest.json');
  // And the thief's are worth nothing.
  at.repository.versions.timestamp += 1;
  at.repository.put('timestamp', stolen.keys);
  await assert.rejects(at.installation.client().refresh(), /signed by 0\/1 keys/);
});

test('freeze: what was true once is not believed after its time', async () => {
  await using at = await scene();
  await at.installation.client().refresh();
  const later = now.add({ hours: 24 * 4 });
  await assert.rejects(at.installation.client({ at: later }).refresh(), /timestamp.json is expired/);
  at.repository.expires.timestamp = now.add({ hours: 24 * 400 });
  at.repository.restamp();
  const afterSnapshot = now.add({ hours: 24 * 20 });
  await assert.rejects(at.installation.client({ at: afterSnapshot }).refresh(), /snapshot.json is expired/);
  at.repository.expires.snapshot = at.repository.expires.timestamp;
  at.repository.resign();
  const afterTargets = now.add({ hours: 24 * 200 });
  await assert.rejects(at.installation.client({ at: afterTargets }).refresh(), /targets.json is expired/);
  const afterRoot = now.add({ hours: 24 * 366 });
  await assert.rejects(at.installation.client({ at: afterRoot }).refresh(), /root.json is expired/);
});

test('mix-and-match: files of different moments are not put together', async () => {
  await using at = await scene();
  const kept = at.repository.keep();
  at.repository.publish({ 'releases/1.1.0/manifest.json': 'two' });
  const { versions } = at.repository;
  const old = kept.get(`/metadata/${versions.targets - 1}.targets.json`);
  assert.ok(old);
  at.repository.files.set(`/metadata/${versions.targets}.targets.json`, old);
  await assert.rejects(at.installation.client().refresh(), /targets.*(length|hash|version)/i);
  // Nor an old snapshot under the name of the new one, by an installation that has seen neither.
  const snapshot = kept.get(`/metadata/${versions.snapshot - 1}.snapshot.json`);
  assert.ok(snapshot);
  at.repository.files.set(`/metadata/${versions.snapshot}.snapshot.json`, snapshot);
  await using fresh = await Installation.of(at.repository);
  await assert.rejects(fresh.client().refresh(), /snapshot.*(length|hash|version)/i);
});

test('rollback: nothing older is taken than was seen before', async () => {
  await using at = await scene();
  const kept = at.repository.keep();
  at.repository.publish({ 'releases/1.1.0/manifest.json': 'safe' });
  await at.installation.client().refresh();
  at.repository.putBack(kept);
  await assert.rejects(
    at.installation.client().refresh(),
    /timestamp version 1 is less than current version 2/,
  );
  // With the online key, which can sign a new timestamp over the old snapshot, or a new snapshot over old targets.
  at.repository.versions = { root: 1, targets: 1, snapshot: 1, timestamp: 9 };
  at.repository.put('timestamp');
  await assert.rejects(
    at.installation.client().refresh(),
    /snapshot version 1 is less than current version 2/,
  );
  at.repository.versions.snapshot = 9;
  at.repository.put('snapshot');
  at.repository.versions.timestamp = 10;
  at.repository.put('timestamp');
  await assert.rejects(at.installation.client().refresh(), /targets.json is less than current version 2/);
});

test('slow retrieval: a server that hands out bytes one by one, or none, is given up', async () => {
  await using at = await scene();
  const timers = new DisposableStack();
  const trickle = (path: string) =>
    at.repository.lies.set(path, (response) => {
      response.writeHead(200);
      response.flushHeaders();
      const timer = setInterval(() => response.write(' '), 20);
      timers.defer(() => clearInterval(timer));
    });
  trickle('/metadata/timestamp.json');
  const began = performance.now();
  await assert.rejects(at.installation.client({ limits }).refresh(), /too slowly/);
  at.repository.lies.clear();
  const client = at.installation.client({ limits });
  await client.refresh();
  trickle(`/targets/releases/1.0.0/${at.repository.targets[manifest]?.hashes.sha256}.manifest.json`);
  at.repository.lies.set('/metadata/2.root.json', () => {});
  await assert.rejects(client.download(manifest), /too slowly|more than the 3 bytes/);
  await assert.rejects(
    at.installation.client({ limits: { ...limits, answerMs: 150 } }).refresh(),
    /too slowly/,
  );
  assert.ok(performance.now() - began < 10_000);
  timers.dispose();
  assert.deepEqual(await saved(at.installation), []);
});

test('wrong software: a signed file is not taken for another one', async () => {
  await using at = await scene();
  at.repository.publish({ 'releases/1.1.0/manifest.json': 'two' });
  const one = at.repository.targets[manifest]?.hashes.sha256;
  const two = at.repository.targets['releases/1.1.0/manifest.json']?.hashes.sha256;
  // Same length, rightly signed, but asked for under the other's name.
  at.repository.files.set(`/targets/releases/1.1.0/${two}.manifest.json`, Buffer.from('one'));
  await assert.rejects(at.installation.client().download('releases/1.1.0/manifest.json'), /hash/i);
  assert.notEqual(one, two);
  await assert.rejects(
    at.installation.client().download('releases/7.0.0/manifest.json'),
    /not among the signed/,
  );
  await assert.rejects(at.installation.client().download('constructor'), /not among the signed/);
  await assert.rejects(at.installation.client().download('directives/x'), /not among the signed/);
  assert.deepEqual(await saved(at.installation), []);
});

test('files that two clients fetch at the same time are whole', async () => {
  await using at = await scene();
  const both = [at.installation.client(), at.installation.client()];
  const files = await Promise.all(both.map((client) => client.download(manifest)));
  assert.deepEqual(await Promise.all(files.map((file) => readFile(file, 'utf8'))), ['one', 'one']);
});

test('nothing is fetched in the clear from elsewhere', async () => {
  await using at = await scene();
  const lead = (location: string) =>
    at.repository.lies.set('/metadata/2.root.json', (response) =>
      response.writeHead(302, { location }).end(),
    );
  lead('http://192.0.2.1/root.json');
  await assert.rejects(at.installation.client({ limits }).refresh(), /192.0.2.1.*https:/);
  lead('/metadata/2.root.json');
  await assert.rejects(at.installation.client({ limits }).refresh(), /leads nowhere/);
  // What leads to another place of the same kind is followed.
  lead('/metadata/none.root.json');
  await at.installation.client({ limits }).refresh();
  at.repository.url = 'http://updates.example';
  await assert.rejects(at.installation.client().refresh(), /https:/);
});
