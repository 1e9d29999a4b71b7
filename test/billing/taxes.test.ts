import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

interface Preview {
  readonly amount: string;
  readonly tax_amount: string;
  readonly taxes: readonly { readonly name: string; readonly base_amount: string; readonly amount: string }[];
}

const addTax = (nadi: TestApp, body: object) => nadi.request({ method: 'POST', url: '/api/taxes', body });

async function addCustomer(nadi: TestApp, more: object = {}): Promise<string> {
  const body = { name: 'Ani', ...more };
  return (await ok(nadi, { method: 'POST', url: '/api/customers', body })).id;
}

/** What an invoice of one line would come to. */
function preview(nadi: TestApp, customerId: string, price: string): Promise<Preview> {
  const lines = [{ description: 'Kabel', unit_price: price }];
  const body = { customer_id: customerId, lines, due_date: '2026-01-20' };
  return ok<Preview>(nadi, { method: 'POST', url: '/api/invoices/preview', body });
}

test('PMK 131/2024: 12 % of 11/12 is 11 % to the rupiah, on top and inclusive', async () => {
  await using nadi = await testApp();
  const kinds = [
    { area: 'a', rate: '11' },
    { area: 'b', rate: '12', base_numerator: 11, base_denominator: 12 },
    { area: 'c', rate: '11', inclusive: true },
    { area: 'd', rate: '12', base_numerator: 11, base_denominator: 12, inclusive: true },
  ];
  for (const kind of kinds) assert.equal((await addTax(nadi, { name: 'PPN', ...kind })).statusCode, 201);
  const customers = await Promise.all(kinds.map(({ area }) => addCustomer(nadi, { area })));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 99_999_999 })),
      async (rupiah) => {
        const [a, b, c, d] = await Promise.all(customers.map((id) => preview(nadi, id, String(rupiah))));
        assert.deepEqual([a?.amount, a?.tax_amount], [b?.amount, b?.tax_amount]);
        assert.deepEqual([c?.amount, c?.tax_amount], [d?.amount, d?.tax_amount]);
        assert.equal(a?.tax_amount, `${(BigInt(rupiah) * 11n + 50n) / 100n}.00`);
        assert.equal(c?.tax_amount, `${(BigInt(rupiah) * 22n + 111n) / 222n}.00`);
      },
    ),
    { seed: 20260115, numRuns: 60 },
  );
});

test('rates of 0 and 100 %, a half of a rupiah with shares of seven, several at once, areas and exemption', async () => {
  await using nadi = await testApp();
  const area = (name: string) => addCustomer(nadi, { area: name });
  await addTax(nadi, { name: 'Nol', rate: '0', area: 'nol' });
  await addTax(nadi, { name: 'Semua', rate: '100', area: 'semua' });
  const sevenths = { rate: '100', base_numerator: 3, base_denominator: 7, inclusive: true };
  await addTax(nadi, { name: 'Tujuh', ...sevenths, area: 'tujuh' });
  const nothing = await preview(nadi, await area('Nol'), '1000');
  assert.deepEqual([nothing.amount, nothing.taxes.length], ['1000.00', 1]);
  assert.equal((await preview(nadi, await area('SEMUA'), '1000')).amount, '2000.00');
  // Three tenths of five are one and a half.
  assert.equal((await preview(nadi, await area('tujuh'), '5')).tax_amount, '2.00');
  await addTax(nadi, { name: 'PPN', rate: '11', area: 'Bogor' });
  nadi.clock.set('2026-01-15T03:00:01Z');
  await addTax(nadi, { name: 'PB1', kind: 'pb1', rate: '10', area: 'bogor', inclusive: true });
  const both = await preview(nadi, await area('bogor'), '110000');
  assert.deepEqual(
    [both.amount, ...both.taxes.map(({ name, base_amount: base, amount }) => [name, base, amount])],
    ['121000.00', ['PPN', '100000.00', '11000.00'], ['PB1', '100000.00', '10000.00']],
  );
  const exempt = await addCustomer(nadi, { area: 'bogor', tax_exempt: true });
  assert.deepEqual([(await preview(nadi, exempt, '110000')).amount], ['110000.00']);
  assert.equal((await preview(nadi, await addCustomer(nadi), '110000')).amount, '110000.00');
});

test('a preview is what the invoice then says, and leaves no trace', async () => {
  await using nadi = await testApp();
  await addTax(nadi, { name: 'PPN', rate: '12', base_numerator: 11, base_denominator: 12 });
  const body = {
    customer_id: await addCustomer(nadi),
    due_date: '2026-01-20',
    lines: [
      { description: 'Kabel', unit_price: '1500.50', quantity: 3 },
      { description: 'Ongkos', unit_price: '25000', taxable: false },
    ],
  };
  const before = await preview2(nadi, body);
  const { rows } = await nadi.kit.pool.query('select from invoice_counters');
  assert.equal(rows.length, 0);
  const made = await ok<Record<string, unknown>>(nadi, { method: 'POST', url: '/api/invoices', body });
  for (const key of ['amount', 'tax_amount', 'lines', 'taxes', 'customer_id', 'subscription_id'])
    assert.deepEqual(before[key], made[key], key);
  assert.equal(made.invoice_number, 'INV-20260115-0001');
  const late = await nadi.request({
    method: 'POST',
    url: '/api/invoices/preview',
    body: { ...body, due_date: '2026-01-14' },
  });
  assert.deepEqual(Object.keys(late.json().errors), ['due_date']);
});

function preview2(nadi: TestApp, body: object) {
  return ok<Record<string, unknown>>(nadi, { method: 'POST', url: '/api/invoices/preview', body });
}

test('taxes that meet on one customer stay at 100 % together, also when two are added at once', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  for (let round = 0; round < 6; round += 1) {
    const area = `Area ${round}`;
    const answers = await Promise.all(
      [nadi, other, nadi].map((node) => addTax(node, { name: 'Berat', rate: '50.0001', area })),
    );
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [201, 422, 422]);
    const refused = answers.find(({ statusCode }) => statusCode === 422);
    assert.deepEqual(Object.keys(refused?.json().errors), ['rate']);
  }
  assert.equal((await addTax(nadi, { name: 'Semua wilayah', rate: '50' })).statusCode, 422);
  const everywhere = await ok(nadi, {
    method: 'POST',
    url: '/api/taxes',
    body: { name: 'Semua wilayah', rate: '100', base_numerator: 4, base_denominator: 9 },
  });
  const url = `/api/taxes/${everywhere.id}`;
  assert.equal((await nadi.request({ method: 'PUT', url, body: { base_numerator: 5 } })).statusCode, 422);
  assert.equal((await nadi.request({ method: 'PUT', url, body: { base_numerator: 10 } })).statusCode, 422);
  await ok(nadi, { method: 'DELETE', url });
  await ok(nadi, { method: 'DELETE', url });
  assert.equal((await ok(nadi, { url })).is_active, false);
  await ok(nadi, { method: 'PUT', url, body: { base_numerator: 5 } });
  assert.equal((await nadi.request({ method: 'PUT', url, body: { is_active: true } })).statusCode, 422);
});

test('an invoice keeps its taxes when they change or end; only so many meet at once', async () => {
  await using nadi = await testApp();
  const tax = await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11' } });
  const body = { customer_id: await addCustomer(nadi), due_date: '2026-01-20', amount: '100000' };
  const invoice = await ok(nadi, { method: 'POST', url: '/api/invoices', body });
  await ok(nadi, { method: 'PUT', url: `/api/taxes/${tax.id}`, body: { rate: '12', name: 'PPN baru' } });
  await ok(nadi, { method: 'DELETE', url: `/api/taxes/${tax.id}` });
  const seen = await ok<Preview>(nadi, { url: `/api/invoices/${invoice.id}` });
  assert.deepEqual(
    [seen.amount, seen.taxes.map(({ name, amount }) => [name, amount])],
    ['111000.00', [['PPN', '11000.00']]],
  );
  const answers = [];
  for (let n = 0; n < 21; n += 1) answers.push((await addTax(nadi, { name: `T${n}`, rate: '0' })).statusCode);
  assert.deepEqual([answers.slice(0, 20).every((code) => code === 201), answers[20]], [true, 422]);
  const nodes: Nodes = [nadi, nadi];
  assert.deepEqual(await readFaults(nodes), {});
});

test('what a tax cannot be is refused by name', async () => {
  await using nadi = await testApp();
  const cases: [object, string][] = [
    [{ rate: '100.0001' }, 'rate'],
    [{ rate: '1.00001' }, 'rate'],
    [{ rate: '-1' }, 'rate'],
    [{ rate: 11 }, 'rate'],
    [{ base_numerator: 12, base_denominator: 11 }, 'base_numerator'],
    [{ base_numerator: 2 }, 'base_numerator'],
    [{ base_denominator: 1001 }, 'base_denominator'],
    [{ base_numerator: 0 }, 'base_numerator'],
    [{ kind: 'vat' }, 'kind'],
  ];
  for (const [wrong, field] of cases) {
    const answer = await addTax(nadi, { name: 'PPN', rate: '11', ...wrong });
    assert.deepEqual([answer.statusCode, Object.keys(answer.json().errors)], [422, [field]]);
  }
});

test('customers are found by area, and anonymising erases the tax number', async () => {
  await using nadi = await testApp();
  const id = await addCustomer(nadi, {
    area: ' Bogor ',
    tax_number: '01.234.567.8-901.000',
    tax_exempt: true,
  });
  await addCustomer(nadi, { area: 'Depok' });
  const found = await ok<{ data: { id: string; area: string }[] }>(nadi, {
    url: '/api/customers?area=bogor',
  });
  assert.deepEqual(
    found.data.map((one) => [one.id, one.area]),
    [[id, 'Bogor']],
  );
  const erased = await ok(nadi, { method: 'POST', url: `/api/customers/${id}/anonymise` });
  assert.deepEqual([erased.tax_number, erased.tax_exempt], [null, true]);
});
