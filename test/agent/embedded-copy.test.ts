import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { socketUrl, startEmbedded } from '#embedded-postgres';
import { embeddedDatabase } from '../../agent/databases/embedded.ts';
import { ownPostgres } from '../../agent/supervise/postgres.ts';
import { postgresOwnerAt } from '../../agent/supervise/postgres-owner.ts';
import { type Blow, blowsOf } from './strike-calls.ts';
import { StruckProcess } from './struck-process.ts';
import { freePort, startAgent } from './supervise/agent.ts';

const never = new AbortController().signal;
const settings = { fsync: 'off', shared_buffers: '16MB' };
const clock = { now: () => Temporal.Instant.from('2026-03-01T02:00:00Z') };
const nobody = { stop: async () => {}, start: async () => {} };

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

const books = `
  create table bayar (id bigint generated always as identity primary key, jumlah numeric(14, 2), kode text unique, t text);
  create index on bayar (jumlah);
  insert into bayar (jumlah, kode, t) select n * 1000.5, md5(n::text), repeat(md5(n::text), 8) from generate_series(1, 5000) n;
  create table sesi (id bigint, t text)`;

const migration = `alter table bayar add column baru text; update bayar set baru = 'x' where id % 2 = 0; drop table sesi`;

function foldersOf(t: TestContext): { readonly dataDir: string; readonly folder: string } {
  const root = mkdtempSync(join(tmpdir(), 'nadi-embedded-copy-'));
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return { dataDir: join(root, 'data'), folder: root };
}

/** Makes a data folder with books in it, whose copy and contents are returned, and changes it then; nobody runs it. */
async function copied(dataDir: string, folder: string) {
  const file = join(folder, 'copy.tar');
  const database = embeddedDatabase('app', { dataDir, owner: nobody, settings });
  await using server = await startEmbedded({ dataDir, settings, onBusy: 'refuse' });
  await ask(server.url, books);
  // Else the first who reads its pages writes them into the log, out of which a restore would mend them.
  await ask(server.url, 'vacuum freeze');
  const contents = await database.copyTo(file, never);
  const old = JSON.stringify(await database.count());
  await ask(server.url, migration);
  const changed = JSON.stringify(await database.count());
  return { file, contents, database, old, changed };
}

test('the built-in PostgreSQL is copied while it is written, proven, and restored to exactly what it was', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  const said: string[] = [];
  const owned = await ownPostgres({ dataDir, clock, settings, tell: (line) => said.push(line) });
  t.after(() => owned.end());
  await ask(owned.url, books);
  const database = embeddedDatabase('app', { dataDir, owner: owned });
  const busy = new AbortController();
  let rows = 0;
  const writing = (async () => {
    for (; !busy.signal.aborted; rows += 1)
      await ask(
        owned.url,
        `insert into sesi select n, md5(n::text) from generate_series(1, 2000) n; checkpoint`,
      );
  })();
  const file = join(folder, 'copy.tar');
  const contents = await database.copyTo(file, never);
  busy.abort();
  await writing;
  assert.ok(rows > 1, 'it was written to');
  assert.equal(contents.counted['public.sesi'], undefined);
  assert.match(contents.counted['public.bayar'] ?? '', /^5000 /);
  await database.prove(file, contents, join(folder, 'scratch'), never);

  const quiet = join(folder, 'quiet.tar');
  const taken = await database.copyTo(quiet, never);
  const old = await database.count();
  assert.deepEqual(taken.counted, old);
  assert.ok(((await database.size?.(never)) ?? 0) > 5_000_000);
  await ask(owned.url, migration);
  appendFileSync(join(dataDir, 'postgres/postgresql.auto.conf'), `work_mem = '12MB'\n`);
  await database.restore(quiet);
  assert.deepEqual(await database.count(), old);
  await ask(
    owned.url,
    `do $$ begin assert current_setting('work_mem') in ('8MB', '12MB'); assert not exists (select from pg_replication_slots); end $$`,
  );
  assert.match(readFileSync(join(dataDir, 'postgres/postgresql.auto.conf'), 'utf8'), /work_mem/);
  await ask(owned.url, `insert into bayar (jumlah) values (1)`);
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => name.startsWith('postgres')),
    ['postgres', 'postgres-programs'],
  );
  await database.prove(quiet, taken, join(folder, 'scratch'), never);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('scratch')),
    [],
  );
});

test('a copy that lost its end or a page is not taken for whole', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  const { file, contents, database } = await copied(dataDir, folder);
  const bytes = readFileSync(file);
  /** Where the nth page of a table or an index lies in the archive. */
  const place = (path: string, page: number) => {
    for (let at = 0; at < bytes.length; ) {
      const name = bytes.subarray(at, at + 100).toString();
      const size = Number.parseInt(bytes.subarray(at + 124, at + 135).toString(), 8);
      if (name.startsWith(`${path}\0`)) return at + 512 + page * 8192;
      at += 512 + Math.ceil(size / 512) * 512;
    }
    throw new Error(`${path} is not in the copy`);
  };
  const paths: Record<string, string> = {};
  {
    await using server = await startEmbedded({ dataDir, settings, onBusy: 'refuse' });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const name of ['bayar', 'bayar_kode_key'])
      paths[name] = (await client.query(`select pg_relation_filepath('${name}') as path`)).rows[0].path;
    await client.end();
  }
  const spoilt: Record<string, (copy: string) => void> = {
    end: (copy) => truncateSync(copy, bytes.length - 1024),
    half: (copy) => truncateSync(copy, bytes.length / 2),
    bit: (copy) =>
      void writeSync(openSync(copy, 'r+'), Buffer.of(0xaa), 0, 1, place(paths.bayar ?? '', 20) + 5000),
    page: (copy) =>
      void writeSync(openSync(copy, 'r+'), Buffer.alloc(8192), 0, 8192, place(paths.bayar ?? '', 20)),
    'bit of an index': (copy) =>
      void writeSync(
        openSync(copy, 'r+'),
        Buffer.of(0xaa),
        0,
        1,
        place(paths.bayar_kode_key ?? '', 9) + 5000,
      ),
    'page of an index': (copy) =>
      void writeSync(openSync(copy, 'r+'), Buffer.alloc(8192), 0, 8192, place(paths.bayar_kode_key ?? '', 9)),
    log: (copy) => {
      const wal = /pg_wal\/[0-9A-F]{24}(?=\0)/.exec(bytes.toString('latin1'))?.[0] ?? '';
      writeSync(openSync(copy, 'r+'), Buffer.alloc(1 << 20), 0, 1 << 20, place(wal, 0));
    },
  };
  for (const [name, spoil] of Object.entries(spoilt)) {
    const copy = join(folder, 'spoilt.tar');
    copyFileSync(file, copy);
    spoil(copy);
    assert.notDeepEqual(readFileSync(copy), bytes, name);
    await assert.rejects(
      database.prove(copy, contents, join(folder, 'scratch'), never),
      { code: 'copy_differs' },
      name,
    );
  }
  truncateSync(file, bytes.length / 2);
  const before = await database.count();
  await assert.rejects(database.restore(file), { code: 'copy_differs' });
  assert.deepEqual(await database.count(), before, 'what cannot be restored changes nothing');
});

test('a restore that is killed anywhere leaves the old or the new, and is done when it is run again', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  const { file, database, old, changed } = await copied(dataDir, folder);
  const later = join(folder, 'later.tar');
  await database.copyTo(later, never);
  await using struck = new StruckProcess(join(import.meta.dirname, 'embedded-restore-child.ts'));
  const whole = await struck.work({ dataDir, file }, undefined);
  assert.ok(whole !== undefined && 'calls' in whole);
  assert.equal(JSON.stringify(await database.count()), old);
  const { calls } = whole;
  // Most of them write the files beside; those that change what is there come last.
  const [spread, changes] = process.env.NADI_TEST_FULL === undefined ? [1, 4] : [60, 100];
  const all = [...blowsOf(calls, 'kill'), ...blowsOf(calls, 'error')].filter(
    ({ late }) => late === undefined,
  );
  const isChange = ({ call, strike }: Blow) => calls[call]?.kind === 'change' && strike === 'kill';
  const blows = [
    ...all.filter((_, n) => n % Math.ceil(all.length / spread) === 0),
    ...all.filter(isChange).slice(-changes),
  ];
  const ends = { old: 0, new: 0 };
  let [is, next, held, wanted] = [file, later, old, changed];
  for (const blow of blows) {
    const where = JSON.stringify(blow);
    await struck.work({ dataDir, file: next }, blow);
    const found = JSON.stringify(await database.count());
    assert.ok(found === held || found === wanted, where);
    ends[found === held ? 'old' : 'new'] += 1;
    await database.restore(next);
    assert.equal(JSON.stringify(await database.count()), wanted, `${where}, the next restore`);
    [is, next, held, wanted] = [next, is, wanted, held];
  }
  assert.ok(ends.new > 0 && ends.old > 0);
  assert.deepEqual(
    readdirSync(dataDir).filter((name) => name.startsWith('postgres')),
    ['postgres'],
  );
  t.diagnostic(
    `${blows.length} strikes on the ${calls.length} calls of a restore: ${ends.old} left what was, ${ends.new} what was to be`,
  );
});

test('a database that a server runs by itself is copied, but not taken from it', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  await using server = await startEmbedded({ dataDir, settings, onBusy: 'refuse', command: 'nadi up' });
  const database = embeddedDatabase('app', { dataDir, owner: nobody });
  const file = join(folder, 'copy.tar');
  await database.copyTo(file, never);
  await assert.rejects(database.restore(file), { code: 'postgres', message: /nadi up.*Stop it first/ });
  await ask(server.url, 'select');
  assert.equal(existsSync(join(dataDir, 'postgres.copy')), false);
});

test('a copy that is given up leaves nothing, and a server that was killed is copied all the same', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  const owned = await ownPostgres({ dataDir, clock, settings, tell: () => {} });
  t.after(() => owned.end());
  await ask(owned.url, books);
  const database = embeddedDatabase('app', { dataDir, owner: owned });
  const stop = new AbortController();
  const copying = database.copyTo(join(folder, 'copy.tar'), stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(copying, /enough/);
  assert.equal(existsSync(join(folder, 'copy.tar')), false);
  assert.equal(existsSync(join(dataDir, 'postgres.copy')), false);
  const pid = Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  await database.copyTo(join(folder, 'copy.tar'), never);
});

test('where whoever had it stopped dies, the database is started again', async (t) => {
  const { dataDir } = foldersOf(t);
  const owned = await ownPostgres({ dataDir, clock, settings, tell: () => {}, handOverMs: 20 });
  t.after(() => owned.end());
  await ask(owned.url, books);
  await owned.stop();
  await assert.rejects(ask(owned.url, 'select'));
  await using server = await startEmbedded({ dataDir, settings, onBusy: 'connect', command: 'a guest' });
  await ask(server.url, 'select count(*) from bayar');
  await server.stop();
  await owned.start();
  await owned.start();
  await ask(owned.url, 'select count(*) from bayar');
  await owned.stop();
  await owned.stop();
  await owned.start();
  await ask(owned.url, 'select count(*) from bayar');
});

test('the agent lets go of the database that it runs for a restore, and its server works on', async (t) => {
  const { dataDir, folder } = foldersOf(t);
  const agent = await startAgent(folder, await freePort(), { dataDir });
  t.after(() => agent.stop());
  const database = embeddedDatabase('app', { dataDir, owner: postgresOwnerAt(folder) });
  const file = join(folder, 'copy.tar');
  const contents = await database.copyTo(file, never);
  await database.prove(file, contents, join(folder, 'scratch'), never);
  const url = socketUrl(join(dataDir, 'run/pg'), 'nadi');
  await ask(url, 'create table lain (id int)');
  await database.restore(file);
  await assert.rejects(ask(url, 'select from lain'), /does not exist/);
  assert.equal(existsSync(join(dataDir, 'postgres.before')), false);
});
