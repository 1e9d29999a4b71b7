import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());

const evil = [
  '=1+1',
  '+cmd|calc',
  '-2+3',
  '@SUM(A1)',
  '=HYPERLINK("http://x","a,b")\tx',
  `<b>&"'\u0001 Ünïcode 😀`,
];
for (const name of evil) {
  const { customerId } = await subscriber(nadi, { price: 200_000 });
  await nadi.kit.pool.query('update customers set name = $1, area = $1 where id = $2', [name, customerId]);
}
await nadi.edition.runBilling();
const { data: issued } = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/invoices' });
await ok(nadi, { method: 'POST', url: `/api/invoices/${issued[0]?.id}/mark-paid` });

const get = (url: string, language = 'en') => nadi.request({ url, headers: { 'accept-language': language } });

test('CSV opens with its letters, its numbers, and without a formula', async () => {
  const answer = await get('/api/reports/receivables?format=csv');
  assert.match(String(answer.headers['content-type']), /^text\/csv/);
  assert.equal(answer.headers['content-disposition'], 'attachment; filename="receivables.csv"');
  assert.deepEqual([...answer.rawPayload.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  const rows = parse(answer.rawPayload, { bom: true, columns: true }) as Record<string, string>[]; // With a header row.
  const open = evil.filter((_, index) => index < evil.length);
  assert.equal(rows.length, evil.length - 1);
  for (const row of rows) {
    const name = String(row.Customer);
    assert.doesNotMatch(name, /^[=+\-@]/);
    assert.ok(open.includes(name.replace(/^'/, '')), name);
    assert.equal(row.Owed, '200000.00');
  }
});

test('a workbook opens with texts as texts, numbers as numbers and dates as dates', async () => {
  const answer = await get('/api/reports/receivables?format=xlsx');
  const sheet = sheetOf(answer.rawPayload);
  assert.equal(sheet[0]?.[1]?.value, 'Customer');
  assert.equal(sheet.length, evil.length);
  for (const row of sheet.slice(1)) {
    assert.ok(evil.map((name) => name.replace('\u0001', '\ufffd')).includes(String(row[1]?.value)));
    assert.deepEqual(row[5], { kind: 'n', style: '3', value: '200000.00' });
    assert.equal(row[4]?.value, '1');
  }
  const days = sheetOf((await get('/api/reports/collections?by=day&format=xlsx')).rawPayload);
  // 15 January 2026 in days of a spreadsheet.
  assert.deepEqual(days[1]?.[0], { kind: 'n', style: '4', value: '46037' });
});

test('the first row speaks the language asked for, else that of the caller', async () => {
  const first = async (query: string, language: string) =>
    parse((await get(`/api/reports/tax?format=csv${query}`, language)).rawPayload, { bom: true })[0]?.[0];
  assert.equal(await first('', 'en'), 'Month');
  assert.equal(await first('', 'id'), 'Bulan');
  assert.equal(await first('&language=en', 'id'), 'Month');
  assert.equal(await first('&language=id', 'en'), 'Bulan');
});

test('every report says the same as a file and as JSON', async () => {
  for (const name of ['mrr', 'churn', 'revenue', 'collections']) {
    const { rows } = (await get(`/api/reports/${name}`)).json<{ rows: Record<string, unknown>[] }>();
    const csv = parse((await get(`/api/reports/${name}?format=csv`)).rawPayload, { bom: true }) as string[][]; // Without a header row.
    const xlsx = sheetOf((await get(`/api/reports/${name}?format=xlsx`)).rawPayload);
    assert.ok(rows.length > 0, name);
    assert.equal(csv.length, rows.length + 1);
    const plain = (text: string) => text.replace(/^'/, '').replace('\u0001', '\ufffd');
    assert.deepEqual(
      xlsx.map((row) => row.map((cell) => cell.value)),
      csv.map((row) => row.map(plain)),
      name,
    );
  }
});

interface Cell {
  readonly kind: string;
  readonly style: string | undefined;
  readonly value: string;
}

/** The cells of the only sheet, as another's unzip and a look at the XML find them. */
function sheetOf(bytes: Uint8Array): Cell[][] {
  const files = unzipSync(bytes);
  assert.deepEqual(Object.keys(files).sort(), [
    '[Content_Types].xml',
    '_rels/.rels',
    'xl/_rels/workbook.xml.rels',
    'xl/styles.xml',
    'xl/workbook.xml',
    'xl/worksheets/sheet1.xml',
  ]);
  const xml = strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
  return [...xml.matchAll(/<row>(.*?)<\/row>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<c(?: s="(\d)")?(?: t="(\w+)")?(?:\/>|>(.*?)<\/c>)/gs)].map(
      ([, style, type, inner = '']) => ({
        kind: type ?? 'n',
        style,
        value: inner
          .replace(/<[^>]+>/g, '')
          .replace(
            /&(lt|gt|quot|amp);/g,
            (_, name) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[String(name)] ?? '',
          ),
      }),
    ),
  );
}
