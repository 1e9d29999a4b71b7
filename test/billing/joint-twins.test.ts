import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';
import { type Family, family, type Wish } from './joint-support.ts';

const seed = Number(process.env.NADI_MODEL_SEED ?? '20260115');
const firstDay = '2026-01-15';
const months = 16;

const wish: fc.Arbitrary<Wish> = fc
  .record({
    price: fc.constantFrom(0, 1, 99_995, 150_001, 275_000),
    days: fc.constantFrom(1, 7, 10, 30, 30, 365),
    months: fc.constantFrom(undefined, undefined, 1, 1, 3),
    wait: fc.nat(40),
    postpaid: fc.constantFrom(false, false, false, true),
  })
  .map(({ price, days, months: every, wait, postpaid }) => {
    const start = Temporal.PlainDate.from(firstDay).add({ days: wait }).toString();
    return { price, days, postpaid, start, end: start, ...(every === undefined ? {} : { months: every }) };
  });
const life = fc.record({
  joint: fc.constantFrom(0, 1, 3, 7, 14, 31),
  wishes: fc.array(wish, { minLength: 2, maxLength: 4 }),
  discount: fc.constantFrom(undefined, 1, 3),
  addon: fc.boolean(),
});
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never;

/** What a subscription was invoiced for: each period with its lines, the earliest first. */
async function periodsOf(nadi: TestApp, { ids }: Family): Promise<string[][]> {
  const { rows } = await nadi.kit.pool.query(
    `with span as (
       select id, subscription_id, period_start, period_end, null::uuid as part from invoices where period_start is not null and status <> 'cancelled'
       union all
       select invoice_id, subscription_id, period_start, period_end, subscription_id from invoice_parts where voided_at is null)
     select array_position($1::uuid[], s.subscription_id) - 1 as place, s.period_start || '/' || s.period_end || ' '
       || (select string_agg(kind || ' ' || amount, ', ' order by line_number) from invoice_lines l
           where l.invoice_id = s.id and l.subscription_id is not distinct from s.part) as text
     from span s where s.subscription_id = any($1) order by s.period_start`,
    [ids],
  );
  return ids.map((_, place) => rows.filter((row) => row.place === place).map(({ text }) => text));
}

async function begin(
  nadi: TestApp,
  { wishes, discount, addon }: Life,
  joint: number | null,
): Promise<Family> {
  const home = await family(nadi, wishes, joint);
  const [first = ''] = home.ids;
  if (discount !== undefined)
    await ok(nadi, {
      method: 'POST',
      url: `/api/subscriptions/${first}/discounts`,
      body: { name: 'D', kind: 'percent', value: '33.33', periods: discount },
    });
  if (addon)
    await ok(nadi, {
      method: 'POST',
      url: `/api/subscriptions/${first}/addons`,
      body: { name: 'A', unit_price: '12345' },
    });
  const at = `${firstDay}T00:00:00Z`;
  await nadi.kit.pool.query(
    'insert into customer_funds (customer_id, balance, updated_at) values ($1, 1000000000, $2)',
    [home.customerId, at],
  );
  await nadi.kit.pool.query(
    `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, created_at) values ($1, 'bank', 'customer_balance', 1000000000, 'opening_balance', $2, $3)`,
    [firstDay, home.customerId, at],
  );
  return home;
}

test('twins, one with one invoice for all: the same periods at the same prices, day by day, with runs skipped', async (context) => {
  context.diagnostic(`seed ${seed}`);
  await using nadi = await testApp({ now: `${firstDay}T03:00:00Z` });
  const lives = fc.sample(life, { seed, numRuns: 14 });
  const twins: (readonly [Life, Family, Family])[] = [];
  for (const one of lives) twins.push([one, await begin(nadi, one, one.joint), await begin(nadi, one, null)]);
  const skips = fc.sample(fc.integer({ min: 1, max: 12 }), { seed, numRuns: 400 });
  const last = Temporal.PlainDate.from(firstDay).add({ months });
  let date = Temporal.PlainDate.from(firstDay);
  for (let n = 0; Temporal.PlainDate.compare(date, last) < 0; n += 1) {
    goTo(nadi, date.toString());
    assert.equal((await nadi.edition.runBilling()).state, 'done');
    date = date.add({ days: skips[n % skips.length] ?? 1 });
  }
  let joined = 0;
  for (const [one, joint, plain] of twins) {
    const [mine, theirs] = [await periodsOf(nadi, joint), await periodsOf(nadi, plain)];
    for (const [place, wanted] of theirs.entries()) {
      const found = mine[place] ?? [];
      assert.ok(wanted.length > 0 || one.wishes[place]?.postpaid || (one.wishes[place]?.days ?? 0) > 300);
      // What came along early is more than the twin was invoiced for by now, by less than the customer's days.
      assert.deepEqual(found.slice(0, wanted.length), wanted);
      for (const early of found.slice(wanted.length)) {
        const start = Temporal.PlainDate.from(early.slice(0, 10));
        assert.ok(Temporal.PlainDate.compare(start, date.add({ days: 7 + one.joint })) <= 0, early);
      }
    }
    const { rows } = await nadi.kit.pool.query(
      'select count(*)::int as n from invoices i where customer_id = $1 and exists (select from invoice_parts p where p.invoice_id = i.id)',
      [joint.customerId],
    );
    joined += rows[0].n;
  }
  assert.ok(joined > 50, `${joined} joint invoices`);
  const { rows } = await nadi.kit.pool.query(
    "select count(*)::int as n from invoices where status not in ('paid', 'cancelled')",
  );
  assert.equal(rows[0].n, 0, 'the balances paid everything');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  context.diagnostic(`${joined} joint invoices`);
});
