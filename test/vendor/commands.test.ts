import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { addTarget, askDirector, documentsOf, showTrust } from '../../server/modules/trust/index.ts';
import { desk, passphrase } from './desk.ts';

const subject = '0199a000-0000-7000-8000-000000000001';

const target = (version: string, sha256: string) => ({
  path: `releases/${version}/manifest.json`,
  sha256: sha256.repeat(64),
  length: 1,
  custom: { channel: 'stable' },
});

test('keys are made, the first signatures given, and releases and directives signed from the command line', async () => {
  await using at = await desk();
  const { kit } = at.nadi;
  for (const role of ['root', 'targets', 'director']) {
    const made = await at.run(['keys', 'create', '--role', role, `${role}.key`]);
    assert.equal(made.code, 0, made.told);
    assert.equal((await stat(join(at.folder, `${role}.key`))).mode & 0o777, 0o600);
  }
  const again = await at.run(['keys', 'create', '--role', 'root', 'root.key']);
  assert.equal(again.code, 1);
  assert.match(again.told, /exists already/);
  const shown = JSON.parse((await at.run(['keys', 'show', 'root.key', '--json'], {})).told);
  assert.equal(shown.role, 'root');

  assert.match(
    (await at.run(['trust', 'init', '--root', 'root.key'])).told,
    /Name the key files of all three/,
  );
  const swapped = await at.run([
    'trust',
    'init',
    '--root',
    'targets.key',
    '--targets',
    'root.key',
    '--director',
    'director.key',
  ]);
  assert.match(swapped.told, /is a key for targets, not for root/);
  const files = ['--root', 'root.key', '--targets', 'targets.key', '--director', 'director.key'];
  assert.match(
    (await at.run(['trust', 'init', ...files, '--threshold', 'root=2'])).told,
    /2 keys of root cannot sign/,
  );
  const init = await at.run(['trust', 'init', ...files]);
  assert.equal(init.code, 0, init.told);
  assert.match(init.told, /the first one: compare all keys/);
  assert.match(init.told, /Live now: root\.json, targets\.json/);
  assert.match((await at.run(['trust', 'init', ...files])).told, /set up already/);

  await inTransaction(kit.db, (tx) => addTarget(kit, tx, target('1.0.0', 'a')));
  await inTransaction(kit.db, (tx) =>
    askDirector(kit, tx, 'directive', subject, { suspended: true, reason: 'a\u001b[2K' }),
  );
  // Without a key it is told what waits; with a wrong passphrase, or none, nothing is signed.
  const waiting = await at.run(['release', 'sign']);
  assert.match(waiting.told, /against the one that is live|compare everything below/);
  assert.match(waiting.told, /\+ releases\/1\.0\.0\/manifest\.json {2}sha256 a{64} {2}stable/);
  const wrong = await at.run(['release', 'sign', '--key', 'targets.key'], {
    NADI_TARGETS_PASSPHRASE: 'bukan ini kuncinya',
  });
  assert.equal(wrong.code, 1);
  assert.match(wrong.told, /does not fit/);
  const nobody = await at.run(['release', 'sign', '--key', 'targets.key'], {});
  assert.match(nobody.told, /NADI_TARGETS_PASSPHRASE/);
  await at.run(['release', 'sign', '--key', 'targets.key'], {}, ['']);
  assert.equal((await showTrust(kit.db)).waiting[0]?.state, 'waiting');
  const signed = await at.run(['release', 'sign', '--key', 'targets.key'], {}, [passphrase]);
  assert.equal(signed.code, 0, signed.told);
  assert.match(signed.told, /which this key has signed/);
  assert.equal((await showTrust(kit.db)).waiting[0]?.state, 'signed');

  // The director's key never comes here: what waits goes to it, and comes back.
  const out = await at.run(['release', 'sign-queue', '--export', 'queue.json']);
  assert.match(out.told, /1 documents/);
  const offline = await at.run(['release', 'sign-queue', '--key', 'director.key', '--file', 'queue.json'], {
    NADI_KEY_PASSPHRASE: passphrase,
    DATABASE_URL: 'postgres://nowhere.invalid/x',
  });
  assert.equal(offline.code, 0, offline.told);
  assert.match(offline.told, /directive \{"suspended":true,"reason":"a\\u001b\[2K"\}/);
  assert.equal((await documentsOf(kit, kit.db, [subject])).size, 0);
  const back = await at.run(['release', 'sign-queue', '--import', 'queue.json']);
  assert.match(back.told, /1 of 1 documents have all their signatures/);
  assert.equal((await documentsOf(kit, kit.db, [subject])).size, 1);
  // Twice is no harm.
  assert.match(
    (await at.run(['release', 'sign-queue', '--import', 'queue.json'])).told,
    /1 were changed or signed meanwhile/,
  );
  const { rows } = await kit.pool.query(
    "select action from audit_logs where action like 'trust.%' order by id",
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    ['trust.initialised', 'trust.signed', 'trust.signed', 'trust.signed'],
  );
  assert.match((await at.run(['trust', 'status'])).told, /director: 1 of 1 keys must sign/);
});

test('a signer is shown what somebody changed in the database, and a file that lies is not signed', async () => {
  await using at = await desk();
  const { kit } = at.nadi;
  for (const role of ['root', 'targets', 'director'])
    await at.run(['keys', 'create', '--role', role, `${role}.key`]);
  await at.run(['keys', 'create', '--role', 'director', 'thief.key']);
  await at.run([
    'trust',
    'init',
    '--root',
    'root.key',
    '--targets',
    'targets.key',
    '--director',
    'director.key',
  ]);
  await inTransaction(kit.db, (tx) => addTarget(kit, tx, target('1.0.0', 'a')));
  const ids = await Promise.all(
    ['director', 'thief'].map(async (name) =>
      JSON.parse(await readFile(join(at.folder, `${name}.key`), 'utf8')),
    ),
  );
  const [mine, thief] = ids.map((file) => ({
    id: String(file.keyid),
    key: String(file.public.keyval.public),
  }));
  assert.ok(mine && thief);
  await kit.pool.query(
    `update trust_metadata
     set body = convert_to(replace(replace(convert_from(body, 'UTF8'), $1, $2), $3, $4), 'UTF8') where state = 'waiting'`,
    [mine.id, thief.id, mine.key, thief.key],
  );
  const told = (await at.run(['release', 'sign'])).told;
  assert.match(told, new RegExp(`! keys of director: .*- ${mine.id.slice(0, 12)}`));
  await at.run(['release', 'sign', '--export', 'queue.json']);
  const request = JSON.parse(await readFile(join(at.folder, 'queue.json'), 'utf8'));
  request.documents = [{ id: subject, signed: { ...request.metadata[0].signed }, signatures: [] }];
  await writeFile(join(at.folder, 'queue.json'), JSON.stringify(request));
  const refused = await at.run(['release', 'sign-queue', '--key', 'director.key', '--file', 'queue.json']);
  assert.equal(refused.code, 1);
  assert.match(refused.told, /not what it says it is/);
  await writeFile(join(at.folder, 'queue.json'), '{');
  assert.match((await at.run(['release', 'sign-queue', '--file', 'queue.json'])).told, /cannot be read/);
});

test('the server is told the public halves alone, and two people sign one file after the other', async () => {
  await using at = await desk();
  for (const [role, count] of [
    ['root', 2],
    ['targets', 1],
    ['director', 1],
  ] as const)
    for (let n = 1; n <= count; n += 1)
      assert.equal((await at.run(['keys', 'create', '--role', role, `${role}-${n}.key`])).code, 0);
  const halves = ['--root', 'root-1.key.pub', 'root-2.key.pub', '--targets', 'targets-1.key.pub'];
  const init = await at.run(['trust', 'init', ...halves, '--director', 'director-1.key.pub'], {});
  assert.equal(init.code, 0, init.told);
  assert.match(init.told, /root\.json 1 \(0 signed\), targets\.json \d+ \(0 signed\) wait/);
  assert.equal((await at.run(['release', 'sign', '--export', 'queue.json'])).code, 0);
  for (const keys of [['root-1.key', 'targets-1.key'], ['root-2.key']]) {
    const signed = await at.run(['release', 'sign', '--file', 'queue.json', '--key', ...keys]);
    assert.equal(signed.code, 0, signed.told);
  }
  const back = await at.run(['release', 'sign', '--import', 'queue.json'], {});
  assert.match(back.told, /Live now: root\.json, targets\.json/);
});
