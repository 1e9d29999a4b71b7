import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, invoicesOf, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

/** An independent model of the periods: Temporal's month arithmetic from the first day, or days added up. */
function modelPeriods(
  start: string,
  period: { months?: number; days?: number },
  until: string,
): [string, string][] {
  const first = Temporal.PlainDate.from(start);
  const nth = (n: number) =>
    (period.months
      ? first.add({ months: period.months * n })
      : first.add({ days: (period.days ?? 30) * n })
    ).toString();
  const periods: [string, string][] = [];
  for (let n = 0; nth(n) <= until; n += 1) periods.push([nth(n), nth(n + 1)]);
  return periods;
}

const lead = { days: 7 };

test('law: whatever days a run takes place, each period up to seven days ahead is invoiced exactly once', async () => {
  await using nadi = await testApp({ now: '2024-01-01T03:00:00Z' });
  let cases = 0;
  let invoiced = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 365 }),
      fc.constantFrom({ months: 1 }, { months: 3 }, { days: 30 }, { days: 7 }, { months: 12 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      async (startOffset, period, gaps, pays) => {
        const start = Temporal.PlainDate.from('2024-01-01').add({ days: startOffset });
        goTo(nadi, start.toString());
        const { subscriptionId } = await subscriber(nadi, { start: start.toString(), ...period });
        // Nobody is suspended here: this is about periods.
        await nadi.kit.pool.query(
          "update subscriptions set suspend_not_before = '2100-01-01' where id = $1",
          [subscriptionId],
        );
        let today = start;
        for (const [index, gap] of [0, ...gaps].entries()) {
          today = today.add({ days: gap });
          goTo(nadi, today.toString());
          await nadi.edition.runBilling();
          if (pays[index]) await payAll(nadi, subscriptionId);
        }
        const expected = modelPeriods(start.toString(), period, today.add(lead).toString());
        const invoices = await invoicesOf(nadi, subscriptionId);
        assert.deepEqual(
          invoices.map((i) => [i.period_start, i.period_end]),
          expected.slice(0, 100),
        );
        await payAll(nadi, subscriptionId);
        const paidUp = await subscriptionOf(nadi, subscriptionId);
        assert.equal(paidUp.end_date, expected.at(-1)?.[1]);
        assert.equal(paidUp.billed_until, paidUp.end_date);
        await nadi.kit.pool.query("update subscriptions set status = 'cancelled' where id = $1", [
          subscriptionId,
        ]);
        cases += 1;
        invoiced += expected.length;
      },
    ),
    { numRuns: 25 },
  );
  const { rows } = await nadi.kit.pool.query(`
    select (select count(*)::int from invoices) as invoices, (select sum(last_number)::int from invoice_counters) as numbers`);
  assert.equal(rows[0].invoices, rows[0].numbers, 'no number is left out');
  assert.equal(rows[0].invoices, invoiced);
  assert.equal(cases, 25);
});
