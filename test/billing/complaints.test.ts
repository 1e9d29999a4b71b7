import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

test('field.md 9: time zone – no missing, duplicate, or yesterday’s invoice around local midnight', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-01' });
  // 24 January, 23:30 in Jakarta is 16:30 UTC: the period of 1 February is still eight days away.
  nadi.clock.set('2026-01-24T16:30:00Z');
  assert.equal((await nadi.edition.runBilling()).date, '2026-01-24');
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 0);
  // Half past midnight in Jakarta is still the 24th in UTC.
  nadi.clock.set('2026-01-24T17:30:00Z');
  assert.equal((await nadi.edition.runBilling()).date, '2026-01-25');
  const [invoice, ...others] = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual(others, []);
  assert.equal(invoice?.invoice_number, 'INV-20260125-0001');
  assert.equal(invoice?.due_date, '2026-02-01');
  nadi.clock.set('2026-01-25T02:00:00Z');
  assert.equal((await nadi.edition.runBilling()).renewed, 0);
  // Due on the first: overdue from the second, local time, not a moment sooner.
  nadi.clock.set('2026-02-01T16:59:59Z');
  assert.equal((await nadi.edition.runBilling()).overdue, 0);
  nadi.clock.set('2026-02-01T17:00:00Z');
  assert.equal((await nadi.edition.runBilling()).overdue, 1);
});

test('field.md 9: an organisation that moves to another time zone is not billed twice', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-01' });
  nadi.clock.set('2026-01-24T17:30:00Z');
  await nadi.edition.runBilling();
  for (const timezone of ['Pacific/Honolulu', 'Asia/Jayapura', 'Pacific/Kiritimati', 'Asia/Jakarta']) {
    await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { timezone } });
    await nadi.edition.runBilling();
  }
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
});

test('field.md 10: month-end does not drift – 31 Jan, 28 Feb, 31 Mar, 30 Apr', async () => {
  await using nadi = await testApp({ now: '2026-01-31T03:00:00Z' });
  const { subscriptionId } = await subscriber(nadi, { months: 1, start: '2026-01-31' });
  for (
    let day = Temporal.PlainDate.from('2026-01-31');
    day.toString() < '2027-03-05';
    day = day.add({ days: 1 })
  ) {
    goTo(nadi, day.toString());
    await nadi.edition.runBilling();
    await payAll(nadi, subscriptionId);
  }
  const starts = (await invoicesOf(nadi, subscriptionId)).map((invoice) => invoice.period_start);
  assert.deepEqual(starts, [
    '2026-01-31',
    '2026-02-28',
    '2026-03-31',
    '2026-04-30',
    '2026-05-31',
    '2026-06-30',
    '2026-07-31',
    '2026-08-31',
    '2026-09-30',
    '2026-10-31',
    '2026-11-30',
    '2026-12-31',
    '2027-01-31',
    '2027-02-28',
  ]);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).end_date, '2027-03-31');
});

test('field.md 10: the scheduler ran twice, on two nodes at once – one invoice per period', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const subscribers = [];
  for (let n = 0; n < 20; n += 1)
    subscribers.push(await subscriber(nadi, { start: '2026-01-15', end: '2026-01-20' }));
  const runs = await Promise.all(
    [nadi, other, nadi, other, nadi, other].map((node) => node.edition.runBilling()),
  );
  assert.equal(
    runs.reduce((sum, run) => sum + run.renewed, 0),
    20,
  );
  for (const { subscriptionId } of subscribers)
    assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
  const numbers = await nadi.kit.pool.query('select invoice_number from invoices order by 1');
  assert.deepEqual(
    numbers.rows.map((row) => row.invoice_number),
    Array.from({ length: 20 }, (_, index) => `INV-20260115-${String(index + 1).padStart(4, '0')}`),
  );
});

test('field.md 11: days without a run are caught up by the next, each period once', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { days: 10, start: '2026-01-15' });
  // Nothing ran for 34 days, while the subscriber was online all the time.
  goTo(nadi, '2026-02-18');
  const run = await nadi.edition.runBilling();
  assert.equal(run.renewed, 5);
  const invoices = await invoicesOf(nadi, subscriptionId);
  assert.deepEqual(
    invoices.map((invoice) => [invoice.period_start, invoice.period_end, invoice.due_date]),
    [
      ['2026-01-15', '2026-01-25', '2026-02-18'],
      ['2026-01-25', '2026-02-04', '2026-02-18'],
      ['2026-02-04', '2026-02-14', '2026-02-18'],
      ['2026-02-14', '2026-02-24', '2026-02-18'],
      ['2026-02-24', '2026-03-06', '2026-02-24'],
    ],
  );
  // Nobody is suspended for a bill that did not exist yesterday.
  assert.equal(run.overdue + run.suspended, 0);
  assert.equal((await nadi.edition.runBilling()).renewed, 0);
});
