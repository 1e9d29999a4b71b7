import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { askDirector, showTrust } from '../../server/modules/trust/index.ts';
import { type Desk, desk, passphrase, setUpKeys } from './desk.ts';

const subject = '0199a000-0000-7000-8000-000000000001';

async function draft(at: Desk, version: string): Promise<void> {
  const folder = join(at.folder, version);
  await mkdir(folder);
  await writeFile(join(folder, 'app.js'), `of ${version}`);
  const { code, told } = await at.run(['release', 'create', version, folder]);
  assert.equal(code, 0, told);
}

async function states({ nadi }: Desk): Promise<Record<string, string>> {
  const { rows } = await nadi.kit.pool.query('select version, state from releases order by sort_key');
  return Object.fromEntries(rows.map(({ version, state }) => [version, state]));
}

const signing = ['--key', 'targets.key'];

test('one command signs the drafts, and says what comes next, in both languages', async () => {
  await using at = await desk();
  await setUpKeys(at);
  await draft(at, '1.0.0');
  const first = await at.run(['release', 'sign', ...signing]);
  assert.equal(first.code, 0, first.told);
  assert.match(first.told, /^Drafts handed in to be signed: 1\.0\.0$/m);
  assert.match(first.told, /^ {2}\+ releases\/1\.0\.0\/manifest\.json {2}sha256 [0-9a-f]{64} {2}stable$/m);
  assert.match(first.told, /^Signed: 1\.0\.0\. Next: \.\/nadi release publish 1\.0\.0$/m);
  assert.deepEqual(await states(at), { '1.0.0': 'signed' });
  assert.equal((await at.run(['release', 'publish', '1.0.0'])).code, 0);
  await draft(at, '1.1.0');
  await draft(at, '1.2.0');
  const second = await at.run(['release', 'sign', '1.1.0', ...signing, '--language', 'id']);
  assert.match(second.told, /^Draf yang diserahkan untuk ditandatangani: 1\.1\.0$/m);
  assert.match(second.told, /dibanding yang berlaku, yang pernah ditandatangani kunci ini/);
  assert.match(
    second.told,
    /^Sudah ditandatangani: 1\.1\.0\. Berikutnya: \.\/nadi release publish 1\.1\.0$/m,
  );
  assert.doesNotMatch(second.told, /waiting|signed by|Signed|Nothing/);
  assert.deepEqual(await states(at), { '1.0.0': 'published', '1.1.0': 'signed', '1.2.0': 'draft' });
  // Again, and for what is not there.
  const again = await at.run(['release', 'sign', '1.1.0', ...signing]);
  assert.deepEqual([again.code, again.told], [0, 'Nothing waits for signatures.']);
  assert.match((await at.run(['release', 'sign', '9.9.9', ...signing])).told, /There is no release 9\.9\.9/);
  assert.match((await at.run(['release', 'sign', '1.0.0', ...signing])).told, /not in a state that allows/);
  assert.deepEqual((await states(at))['1.2.0'], 'draft');
  const { rows } = await at.nadi.kit.pool.query(
    "select count(*)::int as n from audit_logs where action = 'release.submitted'",
  );
  assert.deepEqual(rows, [{ n: 2 }]);
});

test('drafts travel to a machine without network and come back signed', async () => {
  await using at = await desk();
  await setUpKeys(at);
  await draft(at, '1.0.0');
  await inTransaction(at.nadi.kit.db, (tx) =>
    askDirector(at.nadi.kit, tx, 'directives', subject, { disabled: true }),
  );
  const out = await at.run(['release', 'sign', '--export', 'waiting.json', '--language', 'id']);
  assert.match(out.told, /^waiting\.json ditulis: targets\.json \d+ \(0 tanda tangan\), 1 dokumen\./m);
  const far = {
    NADI_KEY_PASSPHRASE: passphrase,
    DATABASE_URL: 'postgres://nowhere.invalid/x',
    LANG: 'id_ID.UTF-8',
  };
  const keys = ['--key', 'targets.key', 'director.key'];
  const there = await at.run(['release', 'sign-queue', ...keys, '--file', 'waiting.json'], far);
  assert.match(there.told, /^directives \{"disabled":true\}\n {2}untuk 0199a000/m);
  assert.match(there.told, /^waiting\.json sudah ditandatangani\./m);
  assert.deepEqual(await states(at), { '1.0.0': 'draft' });
  const back = await at.run(['release', 'sign-queue', '--import', 'waiting.json', '--language', 'id']);
  assert.match(back.told, /^1 dari 1 dokumen sudah lengkap tanda tangannya\.$/m);
  assert.match(back.told, /^Tidak ada yang menunggu tanda tangan\.$/m);
  assert.deepEqual(await states(at), { '1.0.0': 'signed' });
  const two = await at.run(['release', 'sign', '--export', 'a', '--file', 'b', '--language', 'id']);
  assert.match(two.told, /Pakai salah satu saja/);
});

test('killed at any table it writes, nothing is half signed, and the same command finishes it', async () => {
  await using at = await desk();
  await setUpKeys(at);
  const { kit } = at.nadi;
  for (const [n, table] of ['trust_metadata', 'releases', 'audit_logs'].entries()) {
    const versions = [`1.${n}.0`, `1.${n}.1`];
    for (const version of versions) await draft(at, version);
    for (const afterHandingIn of [false, true]) {
      if (afterHandingIn) await at.run(['release', 'sign', ...signing], {}, ['']);
      assert.notEqual((await dyingAt(at, table)).code, 0, table);
      const now = await states(at);
      assert.deepEqual(
        versions.map((version) => now[version]),
        ['draft', 'draft'],
        table,
      );
      assert.ok((await showTrust(kit.db)).waiting.every(({ signed_by: by }) => by.length === 0));
    }
    const { code, told } = await at.run(['release', 'sign', ...signing]);
    assert.equal(code, 0, told);
    const now = await states(at);
    assert.deepEqual(
      versions.map((version) => now[version]),
      ['signed', 'signed'],
      told,
    );
    // Only what adds nothing goes live by itself: these wait until they are published.
    for (const version of versions)
      assert.equal((await at.run(['release', 'publish', version])).code, 0, version);
  }
});

/** Signs, and loses its connection as it waits for the table. */
async function dyingAt(at: Desk, table: string) {
  const { pool } = at.nadi.kit;
  const other = await pool.connect();
  try {
    await other.query(`begin; lock table ${table} in share mode`);
    let ended = false;
    const run = at.run(['release', 'sign', ...signing]).finally(() => {
      ended = true;
    });
    while (!ended) {
      const { rows } = await pool.query(
        `select pg_terminate_backend(pid) from pg_locks where relation = '${table}'::regclass and not granted`,
      );
      if (rows.length > 0) break;
    }
    return await run;
  } finally {
    await other.query('rollback');
    other.release();
  }
}
