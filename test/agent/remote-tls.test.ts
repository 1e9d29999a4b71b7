import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { type MysqlAddress, mysqlDatabase } from '../../agent/databases/mysql.ts';
import type { MysqlTls } from '../../agent/databases/mysql-tls.ts';
import { postgresDatabase } from '../../agent/databases/postgres.ts';
import { mariadbMissing, startMariadb } from '../support/mariadb.ts';
import { postgres15Missing, startPostgres15 } from '../support/postgres-15.ts';
import { selfSignedCertificate } from '../support/self-signed.ts';
import { freePort } from './supervise/agent.ts';

const never = new AbortController().signal;
const untrusted = { code: 'database_untrusted' };

/** A certificate for a host, the file of it, and that of another for the same. */
function certificates(t: TestContext, host: string) {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pair = selfSignedCertificate(host);
  const [ca, other] = [join(folder, 'ca.pem'), join(folder, 'other.pem')];
  writeFileSync(ca, pair.cert);
  writeFileSync(other, selfSignedCertificate(host).cert);
  let copies = 0;
  const file = () => {
    copies += 1;
    return join(folder, `copy-${copies}`);
  };
  return { pair, ca, other, file };
}

test('a PostgreSQL elsewhere is copied and restored over TLS as its sslmode says, and not from who is another', {
  skip: postgres15Missing,
}, async (t) => {
  const { pair, ca, other, file } = certificates(t, 'localhost');
  const port = await freePort();
  await using server = await startPostgres15({ ...pair, port });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create table kas as select n from generate_series(1, 100) n`);
  await admin.query(`do $$ begin execute format('copy (select * from (values (%L), (%L)) v) to %L', 'local all all trust',
    'hostssl all all 127.0.0.1/32 trust', current_setting('hba_file')); end $$; select pg_reload_conf()`);
  await admin.end();
  const at = (query: string, host = 'localhost') =>
    postgresDatabase('app', `postgres://nadi@${host}:${port}/postgres?${query}`);
  const works = [
    `sslmode=verify-full&sslrootcert=${ca}`,
    `sslmode=verify-ca&sslrootcert=${ca}`,
    'sslmode=require',
    '',
  ];
  for (const query of works) {
    const copy = file();
    await at(query).copyTo(copy, never);
    await at(query).restore(copy);
    assert.match((await at(query).count())['public.kas'] ?? '', /^100 /, query);
  }
  await at(`sslmode=verify-ca&sslrootcert=${ca}`, '127.0.0.1').copyTo(file(), never);
  await assert.rejects(
    at(`sslmode=verify-full&sslrootcert=${ca}`, '127.0.0.1').copyTo(file(), never),
    untrusted,
  );
  for (const mode of ['verify-full', 'verify-ca', 'require'])
    await assert.rejects(at(`sslmode=${mode}&sslrootcert=${other}`).copyTo(file(), never), untrusted, mode);
  await assert.rejects(at('sslmode=verify-full').copyTo(file(), never), { code: 'tls_authority' });
  await assert.rejects(at('sslmode=verify-full&sslrootcert=/no/such').copyTo(file(), never), {
    code: 'tls_authority',
  });
  await assert.rejects(at('sslmode=full').copyTo(file(), never), { code: 'tls_mode' });
  await assert.rejects(at('sslmode=disable').copyTo(file(), never), { code: 'database_unreachable' });
});

test('a MariaDB elsewhere is copied and restored over TLS as its ssl-mode says, and not from who is another', {
  skip: mariadbMissing,
}, async (t) => {
  const { pair, ca, other, file } = certificates(t, 'localhost');
  const port = await freePort();
  await using server = await startMariadb({ ...pair, port });
  await server.admin.query(`create database app; create user app@'127.0.0.1' identified by 'rahasia' require ssl;
    grant all on app.* to app@'127.0.0.1'; create table app.kas (n int primary key) engine = InnoDB; insert into app.kas values (1), (2)`);
  const address: MysqlAddress = {
    database: 'app',
    user: 'app',
    password: 'rahasia',
    host: 'localhost',
    port,
  };
  const by = (tls: MysqlTls | undefined, host = 'localhost') =>
    mysqlDatabase('app', { ...address, host, ...(tls === undefined ? {} : { tls }) });
  const works: readonly MysqlTls[] = [
    { mode: 'verify_identity', ca },
    { mode: 'verify_ca', ca },
    { mode: 'required' },
    { mode: 'preferred' },
  ];
  for (const tls of works) {
    const copy = file();
    await by(tls).copyTo(copy, never);
    await by(tls).restore(copy);
    assert.match((await by(tls).count())['table kas'] ?? '', /^2 /, tls.mode);
  }
  await assert.rejects(by({ mode: 'verify_identity', ca }, '127.0.0.1').copyTo(file(), never), {
    code: 'tls_mode',
  });
  for (const mode of ['verify_identity', 'verify_ca'] as const) {
    await assert.rejects(by({ mode, ca: other }).copyTo(file(), never), untrusted, mode);
    await assert.rejects(by({ mode }).copyTo(file(), never), { code: 'tls_authority' });
  }
  await assert.rejects(by({ mode: 'disabled' }).copyTo(file(), never), { code: 'database_unreachable' });
});

test('where a MariaDB has no TLS, `preferred` does without, and `required` refuses', {
  skip: mariadbMissing,
}, async (t) => {
  const { file } = certificates(t, 'localhost');
  const port = await freePort();
  await using server = await startMariadb({ port });
  await server.admin.query(`create database app; create user app@'127.0.0.1' identified by 'rahasia';
    grant all on app.* to app@'127.0.0.1'; create table app.kas (n int primary key) engine = InnoDB`);
  const by = (mode: MysqlTls['mode']) =>
    mysqlDatabase('app', {
      database: 'app',
      user: 'app',
      password: 'rahasia',
      host: 'localhost',
      port,
      tls: { mode },
    });
  for (const mode of ['preferred', 'disabled'] as const) await by(mode).copyTo(file(), never);
  await assert.rejects(by('required').copyTo(file(), never), { code: 'database_unreachable' });
});
