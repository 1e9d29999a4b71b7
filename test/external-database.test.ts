import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippedMigrations } from '#kit/migrate.ts';
import { startFakePostgres } from './support/fake-postgres.ts';
import { runNadi } from './support/nadi-process.ts';
import { postgres15Missing, startPostgres15 } from './support/postgres-15.ts';
import { testApp } from './support/test-app.ts';
import { walk } from './support/walk.ts';

test('Debian’s PostgreSQL 15: migrations, and a subscriber’s first month', {
  skip: postgres15Missing,
}, async () => {
  await using postgres = await startPostgres15();
  const migrated = await runNadi(['migrate'], postgres.url);
  assert.equal(migrated.code, 0, migrated.stderr);
  const status = await runNadi(['migrate:status'], postgres.url);
  for (const { name } of shippedMigrations())
    assert.match(status.stdout, new RegExp(`^\\d{4}-\\S+Z {2}${name}`, 'm'));
  await using nadi = await testApp({ databaseUrl: postgres.url });
  const { rows } = await nadi.kit.pool.query("select current_setting('server_version') as version");
  assert.match(rows[0].version, /^15\./);
  await walk(nadi);
});

for (const version of [140_012, 190_000]) {
  const major = Math.floor(version / 10_000);
  test(`PostgreSQL ${major} is refused in a sentence`, async () => {
    await using postgres = await startFakePostgres(version);
    const { code, stderr } = await runNadi(['migrate'], postgres.url);
    assert.equal(code, 1, stderr);
    assert.equal(stderr, `nadi: The database server is PostgreSQL ${major}; Nadi needs 15 to 18.\n`);
  });
}

test('MySQL is refused in a sentence, without repeating the password', async () => {
  const { code, stderr } = await runNadi(['migrate'], 'mysql://root:hunter2@localhost/isp');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^nadi: The configuration has 1 fault.*\n {2}DATABASE_URL: must start with postgres:\/\/.*15 to 18\n$/,
  );
  assert.doesNotMatch(stderr, /hunter2/);
});

test('a server that does not answer is told in a sentence, without repeating the password', async () => {
  const { code, stderr } = await runNadi(['migrate'], 'postgres://nadi:hunter2@127.0.0.1:1/nadi');
  assert.equal(code, 1);
  assert.match(stderr, /^nadi: The database of DATABASE_URL cannot be reached \(.*ECONNREFUSED.*\)/);
  assert.doesNotMatch(stderr, /hunter2|\n {4}at /);
});
