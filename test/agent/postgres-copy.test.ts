import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { postgresDatabase } from '../../agent/databases/postgres.ts';
import { contentsOfPostgres } from '../../agent/databases/postgres-contents.ts';
import { clientFolder } from '../../agent/databases/postgres-tools.ts';
import { emptyDatabase } from '../support/database.ts';
import { postgres15Missing, startPostgres15 } from '../support/postgres-15.ts';
import { restoreInChild } from './strike-restore.ts';

const skip = postgres15Missing;
const never = new AbortController().signal;

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function digest(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    return JSON.stringify(Object.entries((await contentsOfPostgres(client)).counted).sort());
  } finally {
    await client.end();
  }
}

const books = (rows: number) => `
  create role pembaca;
  create schema kas;
  create extension pg_trgm;
  create type kas.cara as enum ('tunai', 'transfer');
  create table kas.bayar (id bigint generated always as identity primary key, cara kas.cara, jumlah numeric(14, 2), pada timestamptz, isi bytea, t text);
  insert into kas.bayar (cara, jumlah, pada, isi, t) select 'tunai', n * 1000.5, now(), decode(md5(n::text), 'hex'), E'baris\\nCOMMIT;\\n' || n from generate_series(1, ${rows}) n;
  create table pelanggan (id int primary key, nama text) partition by range (id);
  create table pelanggan_1 partition of pelanggan for values from (0) to (1000);
  insert into pelanggan values (1, 'Sari'), (2, null);
  create view kas.besar as select * from kas.bayar where jumlah > 5000;
  create function kas.kali(n int) returns int language sql as 'select n * 2';
  create function kas.jaga() returns trigger language plpgsql as 'begin return new; end';
  create trigger jaga before insert on kas.bayar for each row execute function kas.jaga();
  grant select on kas.bayar to pembaca;`;

const migration = `
  alter table kas.bayar add column baru text; update kas.bayar set baru = 'x' where id % 2 = 0; drop table pelanggan;
  create schema lain; create table lain.isi (id int); drop view kas.besar`;

/** Waits until the restore has begun to change something. */
async function loading(url: string): Promise<void> {
  const seen = `do $$ begin if not exists (select from pg_stat_activity where application_name like 'nadi-restore%' and query <> '')
    then raise 'not yet'; end if; end $$`;
  // The restore ends every other connection, too.
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const is = await ask(url, seen).then(
      () => true,
      () => false,
    );
    if (is) return;
  }
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-copy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a PostgreSQL is copied while it is written, proven, and restored to exactly what it was', {
  skip,
}, async (t) => {
  await using server = await startPostgres15();
  const folder = folderOf(t);
  await ask(server.url, books(2000));
  const database = postgresDatabase('app', server.url);
  const file = join(folder, 'app.sql');
  const before = await digest(server.url);
  const busy = new AbortController();
  const writing = (async () => {
    while (!busy.signal.aborted) await ask(server.url, `insert into kas.bayar (t) values ('sela')`);
  })();
  const contents = await database.copyTo(file, never);
  busy.abort();
  await writing;
  await database.prove(file, contents, join(folder, 'scratch'), never);
  const quiet = join(folder, 'quiet.sql');
  await ask(server.url, `delete from kas.bayar where t = 'sela'`);
  const taken = await database.copyTo(quiet, never);
  const old = await digest(server.url);
  assert.notEqual(old, before, 'the sequence went on');
  await ask(server.url, migration);
  assert.notEqual(await digest(server.url), old);
  await database.restore(quiet);
  assert.equal(await digest(server.url), old);
  await database.prove(quiet, taken, join(folder, 'scratch'), never);
});

test('a copy that lost one row, or its end, is not taken for whole', { skip }, async (t) => {
  await using server = await startPostgres15();
  const folder = folderOf(t);
  await ask(server.url, books(50));
  const database = postgresDatabase('app', server.url);
  const file = join(folder, 'app.sql');
  const contents = await database.copyTo(file, never);
  await ask(server.url, migration);
  const before = await digest(server.url);
  const text = readFileSync(file, 'utf8');
  const cases = {
    row: text.replace(/^7\ttunai.*\n/m, ''),
    digit: text.replace(/^7\ttunai\t7003\.50/m, '7\ttunai\t7003.51'),
    end: text.slice(0, text.length / 2),
    mark: text.replace(/^\\\.$/m, ''),
  };
  for (const [name, spoilt] of Object.entries(cases)) {
    assert.notEqual(spoilt, text, name);
    writeFileSync(join(folder, name), spoilt);
    await assert.rejects(
      database.prove(join(folder, name), contents, join(folder, 'scratch'), never),
      { code: name === 'mark' ? 'database_tool_failed' : 'copy_differs' },
      name,
    );
  }
  appendFileSync(file, '\nselect 1 / 0;\n');
  await assert.rejects(database.restore(file), { code: 'database_tool_failed' });
  assert.equal(await digest(server.url), before, 'a restore that fails at its end changes nothing');
});

test('a copy is tried in the built-in PostgreSQL where there is no server of its version, and a fault tells so', {
  skip,
}, async (t) => {
  await using server = await startPostgres15();
  const folder = folderOf(t);
  await ask(server.url, books(300));
  const database = postgresDatabase('app', server.url, []);
  const file = join(folder, 'app.sql');
  const contents = await database.copyTo(file, never);
  await database.prove(file, contents, join(folder, 'scratch'), never);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^7\ttunai\t7003\.50/m, '7\ttunai\t7003.51'));
  await assert.rejects(database.prove(file, contents, join(folder, 'scratch'), never), {
    code: 'copy_differs',
    message: /tried in PostgreSQL 18.*apt-get install postgresql-15/,
  });
  writeFileSync(file, text.replace('EXTENSION IF NOT EXISTS pg_trgm', 'EXTENSION jauh'));
  await assert.rejects(database.prove(file, contents, join(folder, 'scratch'), never), {
    code: 'database_tool_failed',
    message: /jauh.*apt-get install postgresql-15/s,
  });
});

test('a restore that is killed anywhere leaves the database as it was, and is done when it is run again', {
  skip,
}, async (t) => {
  await using server = await startPostgres15();
  const folder = folderOf(t);
  await ask(server.url, books(20_000));
  const file = join(folder, 'app.sql');
  await postgresDatabase('app', server.url).copyTo(file, never);
  const old = await digest(server.url);
  await ask(server.url, migration);
  const updated = await digest(server.url);
  const whole = await restoreInChild(server.url, file);
  assert.equal(await digest(server.url), old);
  const strikes = process.env.NADI_TEST_FULL === undefined ? 8 : 80;
  const ends = { old: 0, new: 0 };
  for (let strike = 0; strike < strikes; strike += 1) {
    await ask(server.url, migration);
    const open = new pg.Client({ connectionString: server.url });
    open.on('error', () => {});
    await open.connect();
    await open.query('begin; select * from kas.bayar limit 1');
    await restoreInChild(server.url, file, (60 * strike) / (strikes - 1), () => loading(server.url));
    await open.end().catch(() => {});
    const end = await digest(server.url);
    assert.ok(end === old || end === updated, `strike ${strike}`);
    ends[end === old ? 'old' : 'new'] += 1;
    await restoreInChild(server.url, file);
    assert.equal(await digest(server.url), old, `strike ${strike}, the next restore`);
  }
  t.diagnostic(
    `${strikes} restores killed over ${whole.toFixed(0)} ms: ${ends.old} had been committed, ${ends.new} had changed nothing`,
  );
});

test('a client that is too old is told by the name of its package, and a server that is away by its settings', {
  skip,
}, async (t) => {
  await using own = await emptyDatabase();
  const folder = folderOf(t);
  await assert.rejects(clientFolder(18, ['/usr/lib/postgresql/15/bin']), {
    code: 'tool_missing',
    message: /postgresql-client-18/,
  });
  await assert.rejects(clientFolder(15, []), { code: 'tool_missing', message: /postgresql-client-15/ });
  assert.ok(own.url);
  const away = postgresDatabase('app', `postgres://app:rahasia@/x?host=${encodeURIComponent(folder)}`);
  await assert.rejects(away.copyTo(join(folder, 'x'), never), (error: Error) => {
    assert.equal(Reflect.get(error, 'code'), 'database_unreachable');
    assert.ok(!error.message.includes('rahasia'));
    return true;
  });
});
