import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlFaults } from './sql.ts';

const migration = (sql: string) =>
  sqlFaults([{ path: 'server/migrations/0001-some.sql', text: `-- compatible: yes\n${sql}` }]);
const code = (text: string, path = 'server/modules/billing/queries.ts') => sqlFaults([{ path, text }]);

test('the clock of the database is found in migrations and in the SQL of queries', () => {
  for (const word of [
    'now()',
    'NOW ( )',
    'current_timestamp',
    'CURRENT_DATE',
    'localtimestamp',
    'clock_timestamp()',
    'statement_timestamp()',
    'transaction_timestamp()',
    'timeofday()',
  ]) {
    assert.equal(migration(`create table a (b timestamptz default ${word});`).length, 1, word);
    assert.equal(code(`sql\`select ${word}\``).length, 1, word);
  }
  assert.deepEqual(migration('-- never now()\nselect known();'), []);
  assert.deepEqual(code('kit.clock.now(); // not now()'), []);
  assert.deepEqual(code('sql`select now()`', 'server/modules/billing/billing.test.ts'), []);
});

test('a migration says whether it is compatible, is named to be found, and keeps money exact', () => {
  assert.match(
    sqlFaults([{ path: 'server/migrations/0001-some.sql', text: 'select 1;' }]).join(),
    /compatible/,
  );
  assert.match(
    sqlFaults([{ path: 'server/migrations/1-Some.sql', text: '-- compatible: no\n' }]).join(),
    /named/,
  );
  for (const type of ['double precision', 'float8', 'real', 'money', 'FLOAT']) {
    assert.equal(migration(`create table a (price ${type});`).length, 1, type);
  }
  assert.deepEqual(
    migration('create table a (price numeric(14,2), load double precision -- not money\n);'),
    [],
  );
});
