import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ok } from '../../test/support/provider.ts';
import { type TestApp, testApp } from '../../test/support/test-app.ts';

interface Page {
  readonly data: readonly { readonly id: string; readonly name: string }[];
  readonly total: number;
  readonly total_is_estimate: boolean;
  readonly next_cursor: string | null;
}

/** Customers `<name> <n>`, a second apart, made by one statement. */
async function addCustomers(
  nadi: TestApp,
  name: string,
  count: number,
  at = '2026-01-01T00:00:00Z',
): Promise<void> {
  await nadi.kit.pool.query(
    `insert into customers (id, name, phone, created_at, updated_at)
     select nadi_uuid(at, n), $1 || ' ' || n, '0812' || n, at, at
     from generate_series(1, $2::int) n, lateral (select $3::timestamptz + make_interval(secs => n) as at) t`,
    [name, count, at],
  );
}

describe('lists', () => {
  let nadi: TestApp;
  before(async () => {
    nadi = await testApp();
  });
  after(() => nadi[Symbol.asyncDispose]());
  const list = (query: string) => ok<Page>(nadi, { url: `/api/customers?${query}` });
  const search = (text: string) => list(`search=${encodeURIComponent(text)}&per_page=100`);

  it('find what contains the text literally: %, _ and backslash stand for themselves', async () => {
    const names = [
      'Diskon 50% bulan',
      'Diskon 500 bulan',
      'warnet_baru',
      'warnet-baru',
      'C:\\data',
      'C:/data',
      "O'Hara",
    ];
    for (const name of names) await ok(nadi, { method: 'POST', url: '/api/customers', body: { name } });
    const found = async (text: string) => (await search(text)).data.map(({ name }) => name);
    assert.deepEqual(await found('50% b'), ['Diskon 50% bulan']);
    assert.deepEqual(await found('net_bar'), ['warnet_baru']);
    assert.deepEqual(await found('c:\\d'), ['C:\\data']);
    assert.deepEqual(await found("O'H"), ["O'Hara"]);
    assert.deepEqual((await found('iskon')).sort(), ['Diskon 50% bulan', 'Diskon 500 bulan']);
    assert.deepEqual(await found('%%%'), []);
    for (const name of names) assert.ok((await found(name.toUpperCase())).includes(name), name);
  });

  it('tell the total exactly up to 10,000, also right after a change, and as an estimate above', async () => {
    await addCustomers(nadi, 'Anggrek', 9_999);
    assert.deepEqual(await totals('anggrek'), { total: 9_999, total_is_estimate: false });
    await addCustomers(nadi, 'Anggrek baru', 1, '2026-01-02T00:00:00Z');
    assert.deepEqual(await totals('anggrek'), { total: 10_000, total_is_estimate: false });
    assert.deepEqual(await totals('anggrek&page=3000'), { total: 10_000, total_is_estimate: false });
    await addCustomers(nadi, 'Anggrek lama', 1, '2025-01-02T00:00:00Z');
    for (const _ of ['counted', 'remembered']) {
      const { total, total_is_estimate } = await totals('anggrek');
      assert.ok(total > 10_000 && total_is_estimate);
    }
    assert.deepEqual(await totals('nobody-of-that-name'), { total: 0, total_is_estimate: false });
  });

  const totals = async (text: string) => {
    const { total, total_is_estimate } = await list(`per_page=3&search=${text}`);
    return { total, total_is_estimate };
  };

  for (const [size, count] of [
    ['small', 250],
    ['large', 10_200],
  ] as const) {
    it(`show each row once to who follows the cursor of a ${size} list, while others are added`, async () => {
      const name = `Melati${size}`;
      await addCustomers(nadi, name, count);
      const seen: string[] = [];
      let cursor = '';
      do {
        const page: Page = await list(`per_page=100&search=${name}${cursor}`);
        seen.push(...page.data.map((row) => row.name));
        cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
        if (seen.length < 400)
          await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: `${name} later` } });
      } while (cursor !== '');
      assert.equal(seen.length, count);
      assert.deepEqual(
        seen,
        Array.from({ length: count }, (_, index) => `${name} ${count - index}`),
      );
    });
  }
});
