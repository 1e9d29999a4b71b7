import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Installation, newKeys, now, Repository } from './repository.ts';

const files = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'];

/** Two releases, of which the attacker kept the first; and an installation that has seen both. */
async function seen() {
  const owned = new AsyncDisposableStack();
  const repository = owned.use(await Repository.start());
  const installation = owned.use(await Installation.of(repository));
  await installation.client().refresh();
  const kept = repository.keep();
  repository.publish({ 'releases/1.1.0/manifest.json': 'safe' });
  return { repository, installation, kept, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const child = join(import.meta.dirname, 'store-child.ts');

test('an installation killed at any write comes up whole, and never goes back', async () => {
  await using at = await seen();
  const before = new Map(files.map((name) => [name, readFileSync(join(at.installation.store, name))]));
  let killed = 0;
  for (let call = 0; ; call += 1) {
    for (const [name, bytes] of before) writeFileSync(join(at.installation.store, name), bytes);
    rmSync(join(at.installation.folder, 'targets'), { recursive: true, force: true });
    const process_ = spawn(
      process.execPath,
      [child, at.installation.folder, at.repository.url, String(call)],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    await once(process_, 'exit');
    // Each file is what it was or what it became.
    for (const name of files) JSON.parse(readFileSync(join(at.installation.store, name), 'utf8'));
    if (process_.signalCode === null) {
      assert.equal(process_.exitCode, 0);
      break;
    }
    killed += 1;
    const newer =
      JSON.parse(readFileSync(join(at.installation.store, 'timestamp.json'), 'utf8')).signed.version === 2;
    if (newer) {
      const now_ = at.repository.keep();
      at.repository.putBack(at.kept);
      await assert.rejects(at.installation.client().refresh(), /less than current/);
      at.repository.putBack(now_);
    }
    const file = await at.installation.client().download('releases/1.1.0/manifest.json');
    assert.equal(readFileSync(file, 'utf8'), 'safe');
  }
  // Three files of metadata and one target, each opened, written, settled and named.
  assert.ok(killed > 20, `killed ${killed} times`);
});

for (const name of files) {
  test(`a torn or missing ${name} is no way back to an old release, and is mended`, async () => {
    await using at = await seen();
    await at.installation.client().refresh();
    const now_ = at.repository.keep();
    const whole = readFileSync(join(at.installation.store, name));
    const torn = [
      () => truncateSync(join(at.installation.store, name), Math.floor(whole.length / 2)),
      () => truncateSync(join(at.installation.store, name), 0),
      () => rmSync(join(at.installation.store, name)),
    ];
    for (const tear of torn) {
      tear();
      at.repository.putBack(at.kept);
      await assert.rejects(at.installation.client().refresh(), /older than|less than/);
      at.repository.putBack(now_);
      const client = at.installation.client();
      assert.equal(readFileSync(await client.download('releases/1.1.0/manifest.json'), 'utf8'), 'safe');
      if (name !== 'root.json') assert.deepEqual(readFileSync(join(at.installation.store, name)), whole);
    }
  });
}

test('whoever has the online key cannot use a lost snapshot to go back', async () => {
  await using at = await seen();
  await at.installation.client().refresh();
  at.repository.putBack(at.kept);
  at.repository.versions = { root: 1, targets: 1, snapshot: 50, timestamp: 50 };
  at.repository.put('snapshot');
  at.repository.put('timestamp');
  rmSync(join(at.installation.store, 'snapshot.json'));
  await assert.rejects(at.installation.client().refresh(), /targets offered is version 1, older than 2/);
});

test('what old keys signed is no memory once they were taken away', async () => {
  await using at = await seen();
  at.repository.versions.snapshot = 2_000_000_000;
  at.repository.put('snapshot');
  at.repository.restamp();
  await at.installation.client().refresh();
  at.repository.keys.online = newKeys();
  at.repository.versions.snapshot = 7;
  at.repository.publishRoot();
  at.repository.put('targets');
  at.repository.resign();
  rmSync(join(at.installation.store, 'timestamp.json'));
  await at.installation.client().refresh();
});

test('without a whole root and none that was shipped, nothing is trusted', async () => {
  await using at = await seen();
  truncateSync(join(at.installation.store, 'root.json'), 100);
  const { openClient } = await import('#release-metadata');
  assert.throws(
    () =>
      openClient({
        metadataDir: at.installation.store,
        metadataUrl: at.repository.url,
        targetDir: at.installation.folder,
        targetUrl: at.repository.url,
        now,
      }),
    /no root to trust/,
  );
});

test('what a killed download left is taken away, once nobody can be at it', async () => {
  await using at = await seen();
  await at.installation.client().refresh();
  const [old, young] = ['.timestamp.json.aa.part', '.timestamp.json.bb.part'].map((name) =>
    join(at.installation.store, name),
  );
  const made = Number(now.epochMilliseconds) / 1000;
  for (const [file, at_] of [
    [old, made - 7200],
    [young, made - 10],
  ] as const) {
    writeFileSync(String(file), '{');
    utimesSync(String(file), at_, at_);
  }
  at.installation.client();
  assert.deepEqual(
    readdirSync(at.installation.store).filter((name) => name.endsWith('.part')),
    ['.timestamp.json.bb.part'],
  );
});
