import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Pool } from 'pg';
import { systemClock } from '#kit/clock.ts';
import { createPool } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import { migrate, shippedMigrations } from '#kit/migrate.ts';
import { catalogOf } from './support/catalog.ts';
import { emptyDatabase, type TestDatabase, testDatabase } from './support/database.ts';
import { runNadi } from './support/nadi-process.ts';
import { upgradeRows } from './support/upgrade-rows.ts';

const names = shippedMigrations().map(({ name }) => name);

interface Opened extends AsyncDisposable {
  readonly pool: Pool;
  readonly url: string;
}

async function open(database: TestDatabase): Promise<Opened> {
  const pool = createPool(database.url, { max: 2, name: 'upgrade test' });
  return {
    pool,
    url: database.url,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

const fresh = await open(await testDatabase());
after(() => fresh[Symbol.asyncDispose]());

/** How many rows each table of ours has. */
async function rowCounts(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' order by 1",
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const { rows: found } = await pool.query<{ count: number }>(`select count(*)::int as count from ${name}`);
    counts[name] = found[0]?.count ?? 0;
  }
  return counts;
}

/** A database that lived through the versions up to that migration, with rows from each. */
async function livedUpTo(last: string): Promise<Opened> {
  const old = await open(await emptyDatabase());
  for (const name of names.slice(0, names.indexOf(last) + 1)) {
    await migrate(old.pool, systemClock, { upTo: name });
    for (const statement of upgradeRows[name] ?? []) await old.pool.query(statement);
  }
  return old;
}

for (const name of names) {
  test(`a database of ${name} with rows in it, upgraded by another process, equals a fresh one`, async () => {
    await using old = await livedUpTo(name);
    const before = await rowCounts(old.pool);
    assert.deepEqual(
      Object.keys(before).filter((table) => before[table] === 0),
      [],
      'tables without rows in upgrade-rows.ts',
    );
    const { code, stderr } = await runNadi(['migrate'], old.url);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await catalogOf(old.pool), await catalogOf(fresh.pool));
    const later = await rowCounts(old.pool);
    for (const [table, count] of Object.entries(before)) assert.equal(later[table], count, table);
  });
}

test('the comparison tells every kind of difference', async () => {
  const before = await catalogOf(fresh.pool);
  assert.ok(before.length > 200);
  const client = await fresh.pool.connect();
  try {
    for (const change of [
      'alter table customers add column extra text',
      "alter table customers alter column status set default 'inactive'",
      'alter table customers alter column name drop not null',
      'alter table customers alter column address type varchar(20)',
      'alter table payments drop constraint payments_amount_check',
      'drop index customers_email',
      'alter index customers_email rename to other',
      'create or replace function nadi_uuid(at timestamptz) returns uuid language sql as $$ select gen_random_uuid() $$',
      'create view paid as select id from invoices',
      'create sequence numbers',
      'alter sequence personal_access_tokens_id_seq increment by 2',
      "create type mood as enum ('ok')",
      'create table more (id int)',
      'alter table subscriptions reset (fillfactor)',
      'create trigger t before update on customers for each row execute function suppress_redundant_updates_trigger()',
      'grant select on customers to public',
      'create extension btree_gist',
      "comment on table customers is 'x'",
      'drop table graphile_worker._private_known_crontabs',
    ]) {
      await client.query('begin');
      await client.query(change);
      assert.notDeepEqual(await catalogOf(client), before, change);
      await client.query('rollback');
    }
    assert.deepEqual(await catalogOf(client), before);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('ten nodes that start at once on an empty database apply each migration once', async () => {
  await using empty = await open(await emptyDatabase());
  const nodes = await Promise.all(Array.from({ length: 10 }, () => runNadi(['migrate'], empty.url)));
  for (const { code, stderr } of nodes) assert.equal(code, 0, stderr);
  const applied = nodes.flatMap(({ stdout }) =>
    [...stdout.matchAll(/^applied {2}(\S+)$/gm)].map(([, name]) => name),
  );
  assert.deepEqual(applied, names);
  assert.deepEqual(await catalogOf(empty.pool), await catalogOf(fresh.pool));
});

test('an applied migration that was edited is refused, with its name', async () => {
  await using database = await open(await testDatabase());
  await database.pool.query("update schema_migrations set checksum = 'other' where name = $1", [names[0]]);
  await assert.rejects(migrate(database.pool, systemClock), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(
      error.message,
      new RegExp(`Migration ${names[0]} differs from the one this database was migrated with`),
    );
    return true;
  });
  const { code, stderr } = await runNadi(['migrate'], database.url);
  assert.equal(code, 1);
  assert.match(stderr, /^nadi: Migration .* differs/);
});

test('a database of a newer version is refused, and stays as it is', async () => {
  await using database = await open(await emptyDatabase());
  await migrate(database.pool, systemClock, { upTo: '0001-foundation' });
  await database.pool.query(
    "insert into schema_migrations values ('9999-of-tomorrow', 'x', true, '2030-01-01T00:00:00Z')",
  );
  await assert.rejects(migrate(database.pool, systemClock), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /newer version of Nadi \(9999-of-tomorrow\)/);
    return true;
  });
  const { rows } = await database.pool.query("select to_regclass('users') is null as untouched");
  assert.equal(rows[0].untouched, true);
});

/** What can stand in the way of the identity migration: of its last table, or of recording it once all of it is done. */
const obstacles = {
  'in its last statements': ['create table audit_logs (stray int)', 'drop table audit_logs'],
  'when it is recorded': [
    "alter table schema_migrations add constraint obstacle check (name <> '0002-identity')",
    'alter table schema_migrations drop constraint obstacle',
  ],
} as const;

for (const [when, [put, clear]] of Object.entries(obstacles)) {
  test(`a migration that fails ${when} leaves nothing of itself, and is applied once the obstacle is gone`, async () => {
    await using database = await open(await emptyDatabase());
    await migrate(database.pool, systemClock, { upTo: '0001-foundation' });
    await database.pool.query(put);
    await assert.rejects(
      migrate(database.pool, systemClock),
      /Migration 0002-identity failed and was undone/,
    );
    const { rows } = await database.pool.query(
      "select to_regclass('users') is null as undone, (select array_agg(name) from schema_migrations) as applied",
    );
    assert.deepEqual(rows[0], { undone: true, applied: ['0001-foundation'] });
    await database.pool.query(clear);
    const { code, stderr } = await runNadi(['migrate'], database.url);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await catalogOf(database.pool), await catalogOf(fresh.pool));
  });
}
