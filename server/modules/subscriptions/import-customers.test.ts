import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { systemAuthor } from '#kit/http/call.ts';
import { type TestApp, testApp } from '../../../test/support/test-app.ts';
import { importCustomers } from './import-customers.ts';

const header = 'name,phone,email,package,username,start_date,end_date,status,comment';

async function provider(): Promise<TestApp> {
  const nadi = await testApp();
  for (const name of ['10 Mbps', '20 Mbps', '50 Mbps', '100 Mbps']) {
    await nadi.request({
      method: 'POST',
      url: '/api/packages',
      body: { name, bandwidth: '10M/10M', price: 150000 },
    });
  }
  return nadi;
}

function imported(nadi: TestApp, content: string | Uint8Array, options: { readonly dryRun?: boolean } = {}) {
  const source = Readable.from([Buffer.from(content)]);
  const author = systemAuthor('import customers');
  return importCustomers(nadi.kit, nadi.edition.subscriptionHooks, author, source, {
    fileName: 'a.csv',
    ...options,
  });
}

async function texts(nadi: TestApp, content: string | Uint8Array): Promise<string[]> {
  const { faults } = await imported(nadi, content);
  return faults.map(({ line, column, text }) => `${line} ${column ?? ''}: ${text.en}`);
}

async function total(nadi: TestApp, what: string): Promise<number> {
  return (await nadi.request({ url: `/api/${what}` })).json().total;
}

test('the sample file is imported, twice to the same end, and its new subscriber is invoiced', async () => {
  await using nadi = await provider();
  const sample = await readFile(new URL('../../../docs/import-customers-sample.csv', import.meta.url));
  const rehearsed = await imported(nadi, sample, { dryRun: true });
  assert.deepEqual([rehearsed.faults, rehearsed.customers, rehearsed.subscriptions], [[], 14, 15]);
  assert.equal(await total(nadi, 'customers'), 0);
  assert.equal((await imported(nadi, sample)).subscriptions, 15);
  const again = await imported(nadi, sample);
  assert.deepEqual([again.customers, again.subscriptions, again.alreadyThere], [0, 0, 15]);
  assert.equal(await total(nadi, 'customers'), 14);
  assert.equal(await total(nadi, 'subscriptions?status=suspended'), 1);
  assert.equal(await total(nadi, 'audit-logs?action=customers.imported'), 1);
  await nadi.drainJobs();
  assert.ok((await total(nadi, 'invoices')) >= 1);
  const { data } = (await nadi.request({ url: '/api/customers?search=dewi' })).json();
  const dewi = (await nadi.request({ url: `/api/customers/${data[0].id}` })).json();
  assert.equal(dewi.subscriptions.length, 2);
});

test('a fault is told with its line, its column and what to write, and nothing is imported', async () => {
  await using nadi = await provider();
  const found = await texts(
    nadi,
    `${header}
Andi,0812-1,,10 Mbps,andi,2026-01-01,2026-02-01,,
,,x@y,11 Mbps,bu di,31/01/2026,2026-02-30,apa,
Beni,,,10 Mbps,andi,,,,
Cici,,,10 Mbps,cici,2026-02-01,2026-01-01,,
Dedi,,,9 Mbps,dedi,,,,
Evi,,,10 Mbps,evi,,,,"two
lines"
Feri,,,10 Mbps,feri,,,,,more
Gani,,,10 Mbps,gani,,,,a\0b`,
  );
  const expected = [
    /^3 name: it is empty/,
    /^3 email: "x@y"/,
    /^3 username: "bu di": Use letters/,
    /^3 start_date: "31\/01\/2026": write it as 2026-01-31\.$/,
    /^3 end_date: "2026-02-30" is not a date/,
    /^3 status: "apa"/,
    /^4 username: "andi" stands in line 2 already\. Write another, such as andi-2\.$/,
    /^5 end_date: /,
    /^6 package: "9 Mbps" is not a package that is sold\. Write one of: .*10 Mbps/,
    /^9 : there are 10 cells under 9 columns/,
    /^10 comment: it holds a NUL/,
  ];
  assert.equal(found.length, expected.length, found.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
  assert.equal(await total(nadi, 'customers'), 0);
  assert.equal(await total(nadi, 'audit-logs?action=customers.imported'), 0);
});

test('a username that somebody else has is a fault with a free one proposed', async () => {
  await using nadi = await provider();
  await imported(nadi, 'name,package,username\nBudi,10 Mbps,budi\nBudi,10 Mbps,budi-2');
  const found = await texts(nadi, 'name,package,username\nSiti,10 Mbps,budi\nAgus,10 Mbps,budi-3');
  assert.deepEqual(found, [
    '2 username: "budi" is already the username of Budi. Write another, such as budi-4.',
  ]);
});

test('faults beyond a hundred are counted', async () => {
  await using nadi = await provider();
  const lines = Array.from({ length: 2500 }, (_, index) => `Orang ${index},10 Mbps,`);
  const result = await imported(nadi, `name,package,username\n${lines.join('\n')}`);
  assert.deepEqual([result.faults.length, result.faultCount, result.faults[99]?.line], [100, 2500, 101]);
});

test('files are read as spreadsheets write them', async () => {
  await using nadi = await provider();
  const semicolons = '\uFEFFNama;No. HP;Paket;Username;Catatan\r\nBudi;0812;10 mbps;budi;"a; b"\r\n;;;;\r\n';
  assert.equal((await imported(nadi, semicolons)).subscriptions, 1);
  const latin = Buffer.from('name,package,username\nAndi,10 Mbps,andi\nJos\u00e9,10 Mbps,jose', 'latin1');
  assert.match((await texts(nadi, latin)).join(), /^3 : this is not UTF-8 text\. In Excel save/);
  assert.match((await texts(nadi, Buffer.from('PK\x03\x04'))).join(), /workbook/);
  assert.match((await texts(nadi, '')).join(), /the file is empty/);
  assert.match((await texts(nadi, 'name,package,username\n"Andi,10 Mbps,andi')).join(), /quotation mark/);
  assert.deepEqual(await texts(nadi, 'nama,paket,warna\nAndi,10 Mbps,merah'), [
    '1 warna: this column is not known. Remove it or name it one of: name, email, phone, address, package, username, password, start_date, end_date, status, auto_renew, comment.',
    '1 username: this column is missing in the first line of the file.',
  ]);
});

test('two imports of one file at once add it once', async () => {
  await using nadi = await provider();
  const lines = Array.from(
    { length: 300 },
    (_, index) => `Orang ${index},0812${String(index).padStart(8, '0')},10 Mbps,o${index}`,
  );
  const file = `name,phone,package,username\n${lines.join('\n')}`;
  const both = await Promise.all([imported(nadi, file), imported(nadi, file)]);
  assert.deepEqual(
    both.map((result) => result.subscriptions).toSorted((a, b) => a - b),
    [0, 300],
  );
  assert.equal(await total(nadi, 'customers'), 300);
});

test('an import killed in the middle leaves nothing', async () => {
  await using nadi = await provider();
  const lines = (from: number) =>
    Array.from({ length: 3000 }, (_, index) => `Orang,10 Mbps,o${from + index}\n`).join('');
  async function* cut() {
    yield Buffer.from('name,package,username\n');
    yield Buffer.from(lines(0));
    yield Buffer.from(lines(3000));
    const killed = await nadi.kit.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
    );
    assert.equal(killed.rowCount, 1);
    yield Buffer.from(lines(6000));
  }
  const author = systemAuthor('import customers');
  await assert.rejects(
    importCustomers(nadi.kit, nadi.edition.subscriptionHooks, author, cut(), { fileName: 'a.csv' }),
  );
  assert.equal(await total(nadi, 'customers'), 0);
  assert.equal(await total(nadi, 'subscriptions'), 0);
});
