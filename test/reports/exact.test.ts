import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareReports } from '../../server/modules/reports/index.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { addTaxes, chance, compare, span } from './compare.ts';
import { askedReports, naiveReports } from './naive.ts';

test('reports are what one counts row by row, whatever was done and whenever they were prepared', async () => {
  for (const seed of [11, 4242]) {
    await using nadi = await testApp();
    await addTaxes(nadi);
    const dice = chance(seed);
    const people = [];
    for (const area of ['Bali', 'Lombok', null, 'Bali']) {
      const person = await subscriber(nadi, { price: 100_000 + dice.below(90_000), months: 1 });
      await nadi.kit.pool.query('update customers set area = $1 where id = $2', [area, person.customerId]);
      people.push(person);
    }
    let date = Temporal.PlainDate.from('2026-01-15');
    for (let step = 0; step < 60; step += 1) {
      await act(nadi, dice, people, date.toString());
      if (dice.below(3) === 0) {
        date = date.add({ days: 1 + dice.below(9) });
        goTo(nadi, date.toString());
        await nadi.edition.runBilling();
      }
      if (dice.below(4) === 0) await prepareReports(nadi.kit);
      if (step % 10 === 9) await compare(nadi, `seed ${seed}, step ${step}`);
    }
    await prepareReports(nadi.kit);
    await compare(nadi, `seed ${seed}, prepared`);
    const { rows } = await nadi.kit.pool.query('select count(*)::int as n from ledger_days');
    assert.ok(rows[0].n > 20);
  }
});

/** One thing at random that moves money; what is refused has moved nothing. */
async function act(
  nadi: TestApp,
  dice: ReturnType<typeof chance>,
  people: readonly { customerId: string; subscriptionId: string }[],
  today: string,
): Promise<void> {
  const { rows: invoices } = await nadi.kit.pool.query<{ id: string }>('select id from invoices order by id');
  const { rows: payments } = await nadi.kit.pool.query<{ id: string }>('select id from payments order by id');
  const invoice = dice.one(invoices)?.id;
  const person = dice.one(people);
  const back = Temporal.PlainDate.from(today).subtract({ days: dice.below(20) });
  const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object) =>
    nadi.request({
      as: dice.below(2) === 0 ? 'admin' : 'super_owner',
      method,
      url,
      ...(body ? { body } : {}),
    });
  const acts = [
    () =>
      send('POST', '/api/payments', {
        invoice_id: invoice,
        amount: `${1000 + dice.below(250_000)}.${10 + dice.below(90)}`,
        method: dice.one(['cash', 'transfer', 'qris', 'other']),
        payment_date: `${back}T0${dice.below(4)}:00:00Z`,
      }),
    () => send('POST', `/api/invoices/${invoice}/mark-paid`, {}),
    () => send('DELETE', `/api/payments/${dice.one(payments)?.id}`),
    () => send('DELETE', `/api/invoices/${invoice}`),
    () =>
      send('POST', '/api/invoices', {
        customer_id: person?.customerId,
        amount: String(10_000 + dice.below(90_000)),
        due_date: Temporal.PlainDate.from(today)
          .add({ days: dice.below(20) })
          .toString(),
      }),
    () =>
      send('PUT', `/api/invoices/${invoice}`, {
        due_date: Temporal.PlainDate.from(today)
          .add({ days: dice.below(50) })
          .toString(),
      }),
    () => send('POST', `/api/subscriptions/${person?.subscriptionId}/activate`),
  ];
  const answer = await dice.one(acts)?.();
  assert.ok(answer && answer.statusCode < 500, answer?.body ?? 'no answer');
}

test('a payment of an earlier day is in the reports although its day was prepared', async () => {
  await using nadi = await testApp();
  const person = await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-20');
  await prepareReports(nadi.kit);
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/invoices?customer_id=${person.customerId}`,
  });
  const body = { invoice_id: data[0]?.id, amount: '50000', payment_date: '2026-01-16T03:00:00Z' };
  await ok(nadi, { method: 'POST', url: '/api/payments', body });
  const collected = async () =>
    (
      await ok<{ rows: { period: string; net: string }[] }>(nadi, { url: '/api/reports/collections?by=day' })
    ).rows.map(({ period, net }) => [period, net]);
  assert.deepEqual(await collected(), [['2026-01-16', '50000.00']]);
  await prepareReports(nadi.kit);
  assert.deepEqual(await collected(), [['2026-01-16', '50000.00']]);
  await compare(nadi, 'after the late payment');
});

test('what is being booked while reports are prepared is missed by nothing and counted once', async () => {
  await using nadi = await testApp();
  const { customerId } = await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  const booking = await nadi.kit.pool.connect();
  const book = `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, created_at)
    values ('2026-01-10', 'cash', 'revenue', $1, 'invoice', $2, '2026-01-15T03:00:00Z')`;
  const revenue = async () =>
    (await ok<{ totals: { revenue: string } }>(nadi, { url: '/api/reports/revenue' })).totals.revenue;
  try {
    // It takes a number and waits; another with a higher one comes first.
    await booking.query('begin');
    await booking.query(book, ['7', customerId]);
    await nadi.kit.pool.query(book, ['30', customerId]);
    await prepareReports(nadi.kit);
    assert.equal(await revenue(), '200030.00');
    await booking.query('commit');
    assert.equal(await revenue(), '200037.00');
    // It comes while preparing waits for it.
    await booking.query('begin');
    await booking.query(book, ['500', customerId]);
    const preparing = prepareReports(nadi.kit);
    await untilSomebodyWaits(nadi);
    const another = nadi.kit.pool.query(book, ['1000', customerId]);
    await booking.query('commit');
    await Promise.all([preparing, another]);
    assert.equal(await revenue(), '201537.00');
    await Promise.all([prepareReports(nadi.kit), prepareReports(nadi.kit)]);
    assert.equal(await revenue(), '201537.00');
    const { rows } = await nadi.kit.pool.query(
      'select entries_until = (select max(id) from ledger_entries) as all from report_progress',
    );
    assert.equal(rows[0].all, true);
  } finally {
    booking.release(true);
  }
});

test('what is booked between the quiet moment and the preparing stays behind what is prepared', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  const { rows: invoices } = await nadi.kit.pool.query<{ id: string }>('select id from invoices');
  const holder = await nadi.kit.pool.connect();
  try {
    await holder.query('begin');
    await holder.query('select from report_progress for update');
    const preparing = prepareReports(nadi.kit);
    await untilSomebodyWaits(nadi, "locktype = 'transactionid'");
    await ok(nadi, { method: 'POST', url: `/api/invoices/${invoices[0]?.id}/mark-paid` });
    await holder.query('commit');
    await preparing;
  } finally {
    holder.release(true);
  }
  const { rows: prepared } = await nadi.kit.pool.query('select invoices::int, amount from receivable_days');
  assert.deepEqual(prepared, [{ invoices: 1, amount: '200000.00' }]);
  await compare(nadi, 'with the payment behind');
  await prepareReports(nadi.kit);
  await compare(nadi, 'with the payment prepared');
});

test('an invoice whose due date was moved is as old as it says now', async () => {
  await using nadi = await testApp();
  const { customerId } = await subscriber(nadi, { price: 200_000, months: 1 });
  const invoice = async (due: string) =>
    (
      await ok(nadi, {
        method: 'POST',
        url: '/api/invoices',
        body: { customer_id: customerId, amount: '7000', due_date: due },
      })
    ).id;
  const [one, other] = [await invoice('2026-01-16'), await invoice('2026-03-01')];
  const move = (id: string, due: string) =>
    ok(nadi, { method: 'PUT', url: `/api/invoices/${id}`, body: { due_date: due } });
  await prepareReports(nadi.kit);
  await move(one, '2026-02-10');
  await move(one, '2026-02-11');
  await move(other, '2026-01-17');
  await compare(nadi, 'moved after they were prepared');
  for (const day of ['2026-01-20', '2026-02-20', '2026-06-20']) {
    goTo(nadi, day);
    await compare(nadi, `on ${day}`);
    await prepareReports(nadi.kit);
    await compare(nadi, `on ${day}, prepared`);
  }
  await ok(nadi, { method: 'POST', url: `/api/invoices/${one}/mark-paid` });
  await compare(nadi, 'paid');
  await prepareReports(nadi.kit);
  await compare(nadi, 'paid and prepared');
});

async function untilSomebodyWaits(
  { kit }: TestApp,
  which = "mode = 'ShareLock' and relation = 'ledger_entries'::regclass",
): Promise<void> {
  for (;;) {
    const { rows } = await kit.pool.query(`select from pg_locks where not granted and ${which}`);
    if (rows.length > 0) return;
  }
}

test('a killed preparation leaves nothing half done', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  await nadi.kit.pool.query('alter table receivable_days add constraint broken check (amount < 0)');
  await assert.rejects(prepareReports(nadi.kit));
  const { rows } = await nadi.kit.pool.query('select count(*)::int as n from ledger_days');
  assert.equal(rows[0].n, 0);
  await nadi.kit.pool.query('alter table receivable_days drop constraint broken');
  await prepareReports(nadi.kit);
  await compare(nadi, 'after the second try');
});

test('a new time zone moves nothing that is booked', async () => {
  await using nadi = await testApp();
  await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  await prepareReports(nadi.kit);
  const before = await ok<{ rows: object[] }>(nadi, { url: '/api/reports/revenue?from=2026-01&to=2026-01' });
  for (const timezone of ['Pacific/Honolulu', 'Pacific/Kiritimati']) {
    await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { timezone } });
    await subscriber(nadi, { price: 200_000, months: 1 });
    await nadi.edition.runBilling();
    await prepareReports(nadi.kit);
    await compareMoney(nadi);
  }
  assert.equal(before.rows.length, 1);
});

async function compareMoney(nadi: TestApp): Promise<void> {
  const { timezone } = await ok<{ timezone: string }>(nadi, { url: '/api/organisation' });
  const today = nadi.clock.now().toZonedDateTimeISO(timezone).toPlainDate().toString();
  const { paidByMonth: _, paidToday: __, ...asked } = await askedReports(nadi, span);
  const { paidByMonth: ___, paidToday: ____, ...counted } = await naiveReports(nadi, today);
  assert.deepEqual(asked, counted);
}

test('an empty installation has reports of nothing', async () => {
  await using nadi = await testApp();
  await prepareReports(nadi.kit);
  await compare(nadi, 'empty');
  for (const name of ['mrr', 'churn', 'revenue', 'receivables', 'collections', 'tax']) {
    for (const format of ['json', 'csv', 'xlsx']) {
      await nadi
        .request({ url: `/api/reports/${name}?format=${format}` })
        .then(({ statusCode, body }) => assert.equal(statusCode, 200, body));
    }
  }
});

test('a span the wrong way round, too long or of days that are none is refused', async () => {
  await using nadi = await testApp();
  for (const query of [
    'from=2026-02&to=2026-01',
    'from=2001-01&to=2026-01',
    'from=2026-02-30',
    'to=2026-13',
    'from=26-01',
    'to=2026-1-1',
  ]) {
    const answer = await nadi.request({ url: `/api/reports/revenue?${query}` });
    assert.equal(answer.statusCode, 422, `${query}: ${answer.body}`);
  }
});
