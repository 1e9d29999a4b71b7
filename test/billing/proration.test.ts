import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOf } from '../../server/modules/billing/prorate.ts';
import { addPackage, change, type Sold } from '../support/packages.ts';
import { ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

const { NADI_MODEL_SEED: seed = '20260115', NADI_MODEL_RUNS: runs = '25' } = process.env;

const plus = (date: string, days: number) => Temporal.PlainDate.from(date).add({ days }).toString();

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
