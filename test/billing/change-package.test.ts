import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOf } from '../../server/modules/billing/prorate.ts';
import { invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

interface Change {
  readonly preview: boolean;
  readonly invoice_id: string | null;
  readonly lines: readonly { kind: string; amount: string; package_id: string | null }[];
  readonly tax_amount: string;
  readonly to_pay: string;
  readonly to_balance: string;
  readonly subscription: { package_id: string; next_package_id: string | null; billed_until: string };
}

const { NADI_MODEL_SEED: seed = '20260115', NADI_MODEL_RUNS: runs = '25' } = process.env;

const plus = (date: string, days: number) => Temporal.PlainDate.from(date).add({ days }).toString();

interface Sold {
  readonly price: string;
  readonly days: number;
  readonly months: number | null;
}

let names = 0;

async function addPackage(nadi: TestApp, { price, days, months }: Sold): Promise<string> {
  names += 1;
  const body = {
    name: `Ganti ${names}`,
    bandwidth: '5M/5M',
    price,
    validity_days: days,
    period_months: months,
  };
  return (await ok(nadi, { method: 'POST', url: '/api/packages', body })).id;
}

const change = (nadi: TestApp, id: string, body: object) =>
  ok<Change>(nadi, { method: 'POST', url: `/api/subscriptions/${id}/change-package`, body });

/** Hundredths of a rupiah of a decimal text. */
const cents = (text: string) => Math.round(Number(text) * 100);
/** Half up, in whole rupiah, of `rupiah` × part / whole; written from the rule, in exact fractions. */
function portion(rupiah: number, part: number, whole: number): number {
  const exact = BigInt(rupiah) * BigInt(part);
  const floor = exact / BigInt(whole);
  const rest = exact - floor * BigInt(whole);
  return Number(rest * 2n >= BigInt(whole) ? floor + 1n : floor);
}

/** How long the package's period is that starts on `start`. */
function lengthFrom(start: string, { days, months }: Sold): number {
  if (months === null) return days;
  const from = Temporal.PlainDate.from(start);
  return from.until(from.add({ months }), { largestUnit: 'day' }).days;
}

const sold = fc.record({
  price: fc
    .tuple(fc.nat({ max: 900_000 }), fc.constantFrom('00', '49', '50', '99'))
    .map(([n, c]) => `${n}.${c}`),
  days: fc.integer({ min: 1, max: 45 }),
  months: fc.constantFrom(null, null, 1, 3),
});

const history = fc.record({
  start: fc.integer({ min: 0, max: 400 }),
  packages: fc.array(sold, { minLength: 3, maxLength: 3 }),
  percent: fc.constantFrom(0, 0, 10, 33.33, 100),
  tax: fc.constantFrom(null, null, { inclusive: true }, { inclusive: false }),
  paid: fc.boolean(),
  repriced: fc.boolean(),
  /** Where in what is left of the period each change lies. */
  places: fc.array(fc.constantFrom(0, 0, 0.3, 0.5, 0.99), { minLength: 1, maxLength: 3 }),
});

test('law: each change credits the unused days at what they were sold for and charges them anew, by an independent model', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  await fc.assert(
    fc.asyncProperty(history, async ({ start, packages, percent, tax, paid, repriced, places }) => {
      const first = plus('2026-01-15', start);
      toDay(nodes, first);
      await nadi.kit.pool.query('update taxes set is_active = false');
      if (tax) {
        await nadi.kit.pool.query(
          `insert into taxes (id, name, rate, base_numerator, base_denominator, inclusive, created_at, updated_at)
           values (gen_random_uuid(), 'PPN', 12, 11, 12, $1, '2026-01-01Z', '2026-01-01Z')`,
          [tax.inclusive],
        );
      }
      const ids: string[] = [];
      for (const pack of packages) ids.push(await addPackage(nadi, pack));
      const { subscriptionId: id, customerId } = await subscriber(nadi, { start: first, end: first });
      await ok(nadi, { method: 'PUT', url: `/api/subscriptions/${id}`, body: { package_id: ids[0] } });
      if (percent > 0) {
        await nadi.kit.pool.query(
          `insert into subscription_discounts (id, subscription_id, name, kind, value, created_at, updated_at)
           values (gen_random_uuid(), $1, 'Teman', 'percent', $2, '2026-01-01Z', '2026-01-01Z')`,
          [id, percent],
        );
      }
      const body = { subscription_id: id, due_date: first };
      const period = await ok<{ period_start: string; period_end: string }>(nadi, {
        method: 'POST',
        url: '/api/invoices',
        body,
      });
      if (paid) await payAll(nadi, id);
      const length = lengthFrom(first, packages[0] as Sold);
      assert.equal(plus(first, length), period.period_end);
      const net = ({ price }: Sold) => {
        const rounded = Math.floor((cents(price) + 50) / 100);
        const off = Number(
          (BigInt(cents(price)) * BigInt(Math.round(percent * 100)) * 2n + 1_000_000n) / 2_000_000n,
        );
        return Math.max(0, rounded - off);
      };
      // What holds for the days to come: a price for so many of them.
      let basis = { price: net(packages[0] as Sold), days: length };
      let day = 0;
      let at = 0;
      for (const place of places) {
        day += Math.floor((length - day) * place);
        at = (at + 1) % packages.length;
        const pack = packages[at] as Sold;
        toDay(nodes, plus(first, day));
        if (repriced) {
          // Today's price of what was sold does not matter.
          const old = ids[(at + packages.length - 1) % packages.length];
          await nadi.kit.pool.query('update packages set price = price + 77777 where id = $1', [old]);
        }
        const unused = length - day;
        const credit = portion(basis.price, unused, basis.days);
        const charge = portion(net(pack), unused, lengthFrom(first, pack));
        const wanted = { package_id: ids[at], when: 'now' };
        const seen = await booksOf(nadi);
        const preview = await change(other, id, { ...wanted, preview: true });
        assert.deepEqual(await booksOf(nadi), seen, 'a preview leaves nothing');
        const done = await change(nadi, id, wanted);
        assert.deepEqual(
          { ...preview, invoice_id: null, preview: false, subscription: null },
          { ...done, invoice_id: null, subscription: null },
        );
        assert.deepEqual(
          done.lines.map(({ kind, amount, package_id: of }) => [kind, Number(amount), of]),
          [
            ['proration', credit === 0 ? 0 : -credit, ids[(at + packages.length - 1) % packages.length]],
            ['proration', charge, ids[at]],
          ],
          `day ${day} of ${length}`,
        );
        const added = tax && !tax.inclusive ? Number(done.tax_amount) : 0;
        const total = charge - credit + added;
        assert.deepEqual(
          [Number(done.to_pay), Number(done.to_balance)],
          [Math.max(0, total), Math.max(0, -total)],
        );
        if (day === 0 && basis.days === length) assert.equal(credit, basis.price, 'in full on the first day');
        assert.equal(done.subscription.package_id, ids[at]);
        assert.equal(done.subscription.billed_until, period.period_end);
        if (repriced) {
          await nadi.kit.pool.query('update packages set price = price - 77777 where id = $1', [
            ids[(at + packages.length - 1) % packages.length],
          ]);
        }
        basis = { price: charge, days: unused };
      }
      await Promise.all(nodes.map((node) => node.edition.runBilling()));
      const { rows } = await nadi.kit.pool.query(
        `select count(*)::int as n from invoices i join invoice_lines l on l.invoice_id = i.id and l.kind = 'package'
         where i.customer_id = $1 and i.period_start >= $2 and l.package_id <> $3`,
        [customerId, period.period_end, ids[at]],
      );
      assert.equal(rows[0].n, 0, 'later periods are of the new package');
      assert.deepEqual(await readFaults(nodes), {});
      await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${id}` });
    }),
    { seed: Number(seed), numRuns: Number(runs), endOnFailure: true },
  );
});

async function booksOf(nadi: TestApp) {
  const { rows } = await nadi.kit.pool.query(
    `select (select count(*) from invoices) as invoices, (select count(*) from charges) as charges,
       (select sum(last_number) from invoice_counters) as numbers, (select count(*) from ledger_entries) as entries,
       (select sum(balance) from customer_funds) as balances, (select count(*) from audit_logs) as audit,
       (select string_agg(package_id::text, ',' order by id) from subscriptions) as packages`,
  );
  return rows[0];
}

test('law: the parts of a price are within a rupiah of the whole wherever it is split, and never rounded down at a half', () => {
  const price = fc.nat({ max: 2_000_000_000 });
  fc.assert(
    fc.property(price, fc.integer({ min: 1, max: 4000 }), fc.nat(), (whole, days, at) => {
      const used = at % (days + 1);
      const text = `${whole}.00`;
      const sum = Number(shareOf(text, used, days)) + Number(shareOf(text, days - used, days));
      assert.ok(Math.abs(sum - whole) <= 1);
      assert.equal(shareOf(text, days, days), text);
      assert.equal(shareOf(text, 0, days), '0.00');
      assert.equal(Number(shareOf(text, used, days)), portion(whole, used, days));
    }),
    { seed: Number(seed), numRuns: 2000 },
  );
  assert.equal(shareOf('1.00', 1, 2), '1.00');
  assert.equal(shareOf('99999999999999.99', 1, 1), '100000000000000.00');
});

test('on the last day at most one day is credited, and the day after the new period is of the new package', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const dear = await addPackage(nadi, { price: '600000', days: 30, months: null });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  toDay(nodes, '2026-02-13');
  const { lines, to_pay: toPay } = await change(nadi, id, { package_id: dear, when: 'now' });
  assert.deepEqual([lines.map(({ amount }) => amount), toPay], [['-10000.00', '20000.00'], '10000.00']);
  toDay(nodes, '2026-02-14');
  await nadi.edition.runBilling();
  const invoices = await invoicesOf(nadi, id);
  assert.deepEqual(invoices.find(({ period_start: from }) => from === '2026-02-14')?.amount, '600000.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a period invoiced ahead is voided and invoiced anew; one paid ahead is prorated too', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const unpaid = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const paid = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const cheap = await addPackage(nadi, { price: '150000', days: 30, months: null });
  await nadi.edition.runBilling();
  for (const one of [unpaid, paid]) await payAll(nadi, one.subscriptionId);
  toDay(nodes, '2026-02-09');
  await nadi.edition.runBilling();
  await payAll(nadi, paid.subscriptionId);
  const first = await change(nadi, unpaid.subscriptionId, { package_id: cheap, when: 'now' });
  assert.deepEqual(
    first.lines.map(({ amount }) => amount),
    ['-50000.00', '25000.00'],
  );
  const second = await change(nadi, paid.subscriptionId, { package_id: cheap, when: 'now' });
  assert.deepEqual(
    second.lines.map(({ amount }) => amount),
    ['-50000.00', '25000.00', '-300000.00', '150000.00'],
  );
  assert.equal(second.to_balance, '175000.00');
  await nadi.drainJobs();
  const next = (await invoicesOf(nadi, unpaid.subscriptionId)).filter(
    ({ period_start: from }) => from === '2026-02-14',
  );
  assert.deepEqual(next.map(({ status, amount, amount_paid: given }) => [status, amount, given]).sort(), [
    ['cancelled', '300000.00', '0.00'],
    ['unpaid', '150000.00', '25000.00'],
  ]);
  assert.deepEqual(await readFaults(nodes), {});
});

test('the invoice of a prorated period stays; refusals are clear; two changes at once are one after the other', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  const { subscriptionId: id, packageId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const [one, two] = [
    await addPackage(nadi, { price: '100000', days: 30, months: null }),
    await addPackage(nadi, { price: '900000', days: 10, months: null }),
  ];
  await nadi.edition.runBilling();
  toDay(nodes, '2026-01-20');
  const url = `/api/subscriptions/${id}/change-package`;
  const send = (node: TestApp, body: object) => node.request({ method: 'POST', url, body });
  const same = await send(nadi, { package_id: packageId, when: 'now' });
  assert.equal(same.statusCode, 422, same.body);
  const answers = await Promise.all(
    [one, two, one, two, one].map((pack, n) =>
      send(n % 2 === 0 ? nadi : other, { package_id: pack, when: 'now' }),
    ),
  );
  assert.ok(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 422));
  assert.deepEqual(await readFaults(nodes), {});
  const [period] = (await invoicesOf(nadi, id)).filter(({ period_start: from }) => from !== null);
  const gone = await nadi.request({ method: 'DELETE', url: `/api/invoices/${period?.id}` });
  assert.equal(gone.json().code, 'invoice_prorated');
  toDay(nodes, '2026-01-18');
  const { package_id: now } = await ok(nadi, { url: `/api/subscriptions/${id}` });
  const back = await send(nadi, { package_id: now === one ? two : one, when: 'now' });
  assert.equal(back.json().code, 'change_backdated', back.body);
  const dated = await send(nadi, { package_id: one, when: 'now', date: '2026-01-16' });
  assert.equal(dated.statusCode, 422);
  assert.deepEqual(await readFaults(nodes), {});
});

test('at the renewal: remembered, shown, and applied once before the next period is invoiced, by whichever node', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  const { subscriptionId: id, packageId } = await subscriber(nadi, { price: 300_000, start: '2026-01-15' });
  const next = await addPackage(nadi, { price: '450000', days: 10, months: null });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  const done = await change(nadi, id, { package_id: next, when: 'renewal' });
  assert.deepEqual([done.subscription.next_package_id, done.invoice_id], [next, null]);
  const used = await nadi.request({ method: 'DELETE', url: `/api/packages/${next}` });
  assert.equal(used.json().code, 'package_in_use');
  toDay(nodes, '2026-02-06');
  await nadi.edition.runBilling();
  assert.equal((await ok(nadi, { url: `/api/subscriptions/${id}` })).package_id, packageId);
  toDay(nodes, '2026-02-07');
  const both = await Promise.all([nadi.edition.runBilling(), other.edition.runBilling()]);
  assert.equal(
    both.reduce((sum, { package_changed: n }) => sum + n, 0),
    1,
  );
  const invoices = await invoicesOf(nadi, id);
  assert.deepEqual(
    invoices.map(({ period_start: from, period_end: to, amount }) => [from, to, amount]),
    [
      ['2026-01-15', '2026-02-14', '300000.00'],
      ['2026-02-14', '2026-02-24', '450000.00'],
    ],
  );
  const after = await ok(nadi, { url: `/api/subscriptions/${id}` });
  assert.deepEqual([after.package_id, after.next_package_id], [next, null]);
  const cancelled = await change(nadi, id, { package_id: packageId, when: 'renewal' });
  assert.equal(cancelled.subscription.next_package_id, packageId);
  const taken = await change(nadi, id, { package_id: next, when: 'renewal' });
  assert.equal(taken.subscription.next_package_id, null);
  assert.deepEqual(await readFaults(nodes), {});
});
