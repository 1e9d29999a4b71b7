import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import type { ModelCustomer, ModelDiscount, ModelItem, ModelTax } from './price-model.ts';

const areas = ['Bogor', 'Depok'] as const;

/** Rates that are odd on purpose, and those that are law: 11 %, 12 % of 11/12, 10 % for a region. */
const tax = fc.record({
  rate: fc.constantFrom(0n, 110_000n, 120_000n, 100_000n, 15_000n, 33_333n, 1n, 250_000n, 400_000n),
  factor: fc.constantFrom<(readonly [bigint, bigint])[]>(
    [1n, 1n],
    [11n, 12n],
    [3n, 7n],
    [1n, 3n],
    [997n, 1000n],
  ),
  inclusive: fc.boolean(),
  area: fc.constantFrom(null, null, ...areas),
});
const cents = fc.oneof(
  fc.constantFrom(0n, 49n, 50n, 99n, 100n, 15_000_000n, 9_999_999_999_949n),
  fc.bigInt({ min: 0n, max: 100_000_000n }),
);
const item = fc.record({
  cents: fc.oneof(fc.constantFrom(100n, 150n, 99_999_999_999n), fc.bigInt({ min: 100n, max: 20_000_000n })),
  quantity: fc.constantFrom(1n, 1n, 2n, 3n),
  credit: fc.boolean(),
  taxable: fc.boolean(),
});
const customer = fc.record({
  exempt: fc.constantFrom(false, false, false, true),
  area: fc.constantFrom(null, 'bogor', 'DEPOK', 'Bekasi'),
  cents,
  taxable: fc.constantFrom(true, true, true, false),
  discounts: fc.array(
    fc.record({
      kind: fc.constantFrom('percent', 'amount'),
      share: fc.constantFrom(1n, 10n, 333n, 1_000n, 5_000n, 9_999n, 10_000n, 10_000n),
      periods: fc.constantFrom(null, 1, 1, 2, 3),
    }),
    { maxLength: 4 },
  ),
  addons: fc.array(item, { maxLength: 2 }),
  charges: fc.array(item, { maxLength: 3 }),
});

/** Taxes and many customers, of which each has a twin with the same discounts in the opposite order. */
export const priceWorld = fc.record({
  taxes: fc.array(tax, { maxLength: 4 }),
  customers: fc.array(customer, { minLength: 4, maxLength: 10 }),
});
type World = typeof priceWorld extends fc.Arbitrary<infer W> ? W : never;
type GivenCustomer = World['customers'][number];

export interface Priced {
  readonly id: string;
  readonly customerId: string;
  readonly packageId: string;
  readonly model: ModelCustomer;
}

/** `12345n` as 123.45 with so many decimals. */
function decimal(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Adds the taxes that fit below 100 %, and answers those. */
export async function addTaxes(nadi: TestApp, taxes: World['taxes']): Promise<ModelTax[]> {
  const added: ModelTax[] = [];
  for (const [n, one] of taxes.entries()) {
    const name = `Pajak ${n}`;
    const [numerator, denominator] = one.factor;
    const answer = await nadi.request({
      method: 'POST',
      url: '/api/taxes',
      body: {
        name,
        rate: decimal(one.rate, 4),
        base_numerator: Number(numerator),
        base_denominator: Number(denominator),
        inclusive: one.inclusive,
        area: one.area,
      },
    });
    const fits = fitsBelowWhole([...added, { ...one, name }]);
    assert.equal(answer.statusCode, fits ? 201 : 422, answer.body);
    if (fits) added.push({ ...one, name });
    // The next is created later: the order of taxes is that of their making.
    nadi.clock.set(nadi.clock.now().add({ seconds: 1 }).toString());
  }
  return added;
}

function fitsBelowWhole(taxes: readonly ModelTax[]): boolean {
  // Common to all factors above, so that the sum is one of whole numbers.
  const common = 12n * 7n * 1000n;
  return [...areas, null].every((area) => {
    const met = taxes.filter((one) => one.area === null || one.area === area);
    const sum = met.reduce((n, { rate, factor }) => n + (rate * factor[0] * common) / factor[1], 0n);
    return sum <= 1_000_000n * common;
  });
}

let count = 0;

/** A customer with a subscription whose first period starts today, and the same once more with its discounts turned round. */
export async function addTwins(nadi: TestApp, given: GivenCustomer): Promise<readonly [Priced, Priced]> {
  count += 1;
  const pack = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: {
      name: `P${count}`,
      type: 'license',
      price: decimal(given.cents, 2),
      validity_days: 30,
      taxable: given.taxable,
    },
  });
  const one = await addCustomer(nadi, given, pack.id, given.discounts);
  const other = await addCustomer(nadi, given, pack.id, given.discounts.toReversed());
  return [one, other];
}

async function addCustomer(
  nadi: TestApp,
  given: GivenCustomer,
  packageId: string,
  discounts: GivenCustomer['discounts'],
): Promise<Priced> {
  const { exempt, area, cents: price } = given;
  const body = { name: 'Ani', tax_exempt: exempt, area };
  const { id: customerId } = await ok(nadi, { method: 'POST', url: '/api/customers', body });
  const { id } = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: { customer_id: customerId, package_id: packageId },
  });
  const post = async (what: string, part: object) => {
    await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/${what}`, body: part });
    nadi.clock.set(nadi.clock.now().add({ milliseconds: 1 }).toString());
  };
  const modelDiscounts: ModelDiscount[] = [];
  for (const [n, { kind, share, periods }] of discounts.entries()) {
    // An amount is a share of the price, since one above it would be refused.
    const value = kind === 'percent' ? share : (price * share) / 10_000n;
    if (value === 0n) continue;
    await post('discounts', { name: `D${n}`, kind, value: decimal(value, 2), periods });
    modelDiscounts.push({
      name: `D${n}`,
      kind: kind === 'percent' ? 'percent' : 'amount',
      value,
      periods,
      ended: false,
    });
  }
  const addons = given.addons.filter((one) => fits(one));
  const charges = given.charges.filter((one) => fits(one));
  for (const one of addons)
    await post('addons', {
      name: 'A',
      unit_price: decimal(one.cents, 2),
      quantity: Number(one.quantity),
      taxable: one.taxable,
    });
  for (const one of charges) {
    const { credit, taxable } = one;
    const priced = { unit_price: decimal(one.cents, 2), quantity: Number(one.quantity), credit, taxable };
    await post('charges', { description: 'C', ...priced });
  }
  const modelItem =
    (signed: boolean) =>
    (one: GivenCustomer['addons'][number]): ModelItem => ({
      name: '',
      cents: signed && one.credit ? -one.cents : one.cents,
      quantity: one.quantity,
      taxable: one.taxable,
    });
  const model = {
    exempt,
    area,
    cents: price,
    taxable: given.taxable,
    discounts: modelDiscounts,
    addons: addons.map(modelItem(false)),
    charges: charges.map(modelItem(true)),
  };
  return { id, customerId, packageId, model };
}

const fits = (one: GivenCustomer['addons'][number]) => one.cents * one.quantity < 100_000_000_000n;

/** The invoices of periods of many subscriptions that are not voided, the latest of each, with lines and taxes. */
export async function latestPrices(nadi: TestApp, ids: readonly string[]) {
  const { rows } = await nadi.kit.pool.query(
    `select distinct on (i.subscription_id) i.id, i.subscription_id, i.period_start, i.amount::bigint::text as amount, i.tax_amount::bigint::text as tax,
       (select json_agg(json_build_array(kind, amount::bigint::text, taxable) order by line_number) from invoice_lines l where l.invoice_id = i.id) as lines,
       (select coalesce(json_agg(json_build_array(name, base_amount::bigint::text, t.amount::bigint::text) order by tax_number), '[]') from invoice_taxes t where t.invoice_id = i.id) as taxes,
       (select coalesce(sum(case when credit in ('revenue', 'tax') then amount when debit in ('revenue', 'tax') then -amount else 0 end), 0)::bigint::text
         from ledger_entries e where e.invoice_id = i.id and payment_id is null) as earned
     from invoices i where i.subscription_id = any($1) and i.period_start is not null and i.status <> 'cancelled'
     order by i.subscription_id, i.period_start desc`,
    [ids],
  );
  return new Map<string, (typeof rows)[number]>(rows.map((row) => [row.subscription_id, row]));
}
