import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, type Subscriber, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

interface Part {
  readonly id: string;
  readonly invoice_id: string | null;
  readonly periods_left: number | null;
  readonly ended_at: string | null;
}

const urlOf = ({ subscriptionId }: Subscriber, what: string) =>
  `/api/subscriptions/${subscriptionId}/${what}`;
const add = (nadi: TestApp, one: Subscriber, what: string, body: object) =>
  ok<Part>(nadi, { method: 'POST', url: urlOf(one, what), body });
const list = async (nadi: TestApp, one: Subscriber, what: string) =>
  (await ok<{ data: Part[] }>(nadi, { url: urlOf(one, `${what}?per_page=100`) })).data;

async function codeOf(nadi: TestApp, method: 'POST' | 'DELETE' | 'GET', url: string, body?: object) {
  const answer = await nadi.request({ method, url, ...(body ? { body } : {}) });
  const { code, errors } = answer.body === '' ? {} : answer.json();
  return code === 'validation_failed' ? Object.keys(errors).join() : (code ?? answer.statusCode);
}

/** The code of what a request to add something answers. */
const refusal = (nadi: TestApp, one: Subscriber, what: string, body: object) =>
  codeOf(nadi, 'POST', urlOf(one, what), body);

async function twoNodes() {
  const nadi = await testApp();
  const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 90 } });
  return {
    nadi,
    nodes,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await nadi[Symbol.asyncDispose]();
    },
  };
}

const runBoth = (nodes: Nodes) => Promise.all(nodes.map(({ edition }) => edition.runBilling()));

test('free months: 100 % for three periods, then the price; the detail shows what runs', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const one = await subscriber(nadi, { start: '2026-01-15' });
  const free = { name: 'Tiga bulan gratis', kind: 'percent', value: '100', periods: 3 };
  await add(nadi, one, 'discounts', free);
  await add(nadi, one, 'addons', { name: 'IP publik', unit_price: '50000' });
  await add(nadi, one, 'charges', { description: 'Pemasangan', unit_price: '200000' });
  const detail = await ok<Record<'discounts' | 'addons' | 'charges', Part[]>>(nadi, {
    url: `/api/subscriptions/${one.subscriptionId}`,
  });
  assert.deepEqual([detail.discounts.length, detail.addons.length, detail.charges.length], [1, 1, 1]);
  assert.equal(detail.discounts[0]?.periods_left, 3);
  for (let period = 0; period < 4; period += 1) {
    goTo(
      nadi,
      Temporal.PlainDate.from('2026-01-15')
        .add({ days: period * 30 })
        .toString(),
    );
    await nadi.edition.runBilling();
  }
  const amounts = (await invoicesOf(nadi, one.subscriptionId)).map(({ amount }) => amount);
  assert.deepEqual(amounts, ['250000.00', '50000.00', '50000.00', '200000.00']);
  const [ended] = await list(nadi, one, 'discounts');
  assert.equal(ended?.periods_left, 0);
  assert.notEqual(ended?.ended_at, null);
  assert.deepEqual(await readFaults(nodes), {});
});

test('a charge is invoiced once: by two nodes at once, and again only after its invoice was voided', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const one = await subscriber(nadi, { start: '2026-01-15' });
  const charge = await add(nadi, one, 'charges', { description: 'Kabel', unit_price: '75000', quantity: 2 });
  await add(nadi, one, 'discounts', { name: 'Promo', kind: 'amount', value: '50000', periods: 1 });
  for (const round of [1, 2, 3]) {
    await runBoth(nodes);
    const invoices = await invoicesOf(nadi, one.subscriptionId);
    const open = invoices.filter(({ status }) => status !== 'cancelled');
    assert.deepEqual([invoices.length, open.map(({ amount }) => amount)], [round, ['250000.00']]);
    assert.equal((await list(nadi, one, 'charges'))[0]?.invoice_id, open[0]?.id);
    assert.equal(await codeOf(nadi, 'DELETE', urlOf(one, `charges/${charge.id}`)), 'charge_invoiced');
    await ok(nadi, { method: 'DELETE', url: `/api/invoices/${open[0]?.id}` });
    assert.equal((await list(nadi, one, 'charges'))[0]?.invoice_id, null);
    const [discount] = await list(nadi, one, 'discounts');
    assert.deepEqual([discount?.periods_left, discount?.ended_at], [1, null]);
  }
  await ok(nadi, { method: 'DELETE', url: urlOf(one, `charges/${charge.id}`) });
  await ok(nadi, { method: 'DELETE', url: urlOf(one, `charges/${charge.id}`) });
  await runBoth(nodes);
  const last = (await invoicesOf(nadi, one.subscriptionId)).find(({ status }) => status === 'unpaid');
  assert.equal(last?.amount, '100000.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a discount that somebody ended does not come back with a voided invoice', async () => {
  await using nadi = await testApp();
  const one = await subscriber(nadi, { start: '2026-01-15' });
  const discount = await add(nadi, one, 'discounts', { name: 'P', kind: 'percent', value: '50', periods: 3 });
  await nadi.edition.runBilling();
  const url = urlOf(one, `discounts/${discount.id}`);
  await ok(nadi, { method: 'DELETE', url });
  await ok(nadi, { method: 'DELETE', url });
  const [invoice] = await invoicesOf(nadi, one.subscriptionId);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${invoice?.id}` });
  await nadi.edition.runBilling();
  const amounts = (await invoicesOf(nadi, one.subscriptionId)).map(({ amount }) => amount).sort();
  assert.deepEqual(amounts, ['150000.00', '75000.00']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('invoice_now: an invoice of its own; voided, the charge waits for the next period', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11' } });
  const one = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-14' });
  const body = { description: 'Kabel', unit_price: '100000', invoice_now: true, due_date: '2026-01-25' };
  const charge = await add(nadi, one, 'charges', body);
  const invoice = await ok<Record<string, unknown>>(nadi, { url: `/api/invoices/${charge.invoice_id}` });
  assert.deepEqual(
    [invoice.amount, invoice.tax_amount, invoice.due_date, invoice.period_start, invoice.status],
    ['111000.00', '11000.00', '2026-01-25', null, 'unpaid'],
  );
  const { rows } = await nadi.kit.pool.query(
    'select action from audit_logs where subject_id = any($1) order by action',
    [[charge.id, charge.invoice_id]],
  );
  assert.deepEqual(
    rows.map(({ action }) => action),
    ['charge.created', 'invoice.created'],
  );
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${charge.invoice_id}` });
  for (const node of nodes) goTo(node, '2026-02-14');
  await runBoth(nodes);
  const renewal = (await invoicesOf(nadi, one.subscriptionId)).find(({ status }) => status === 'unpaid');
  assert.equal(renewal?.amount, '277500.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a credit above the price waits on the balance, and pays the next invoices', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11' } });
  const one = await subscriber(nadi, { start: '2026-01-15', price: 100_000 });
  await add(nadi, one, 'charges', { description: 'Gangguan', unit_price: '250000', credit: true });
  await runBoth(nodes);
  const [first] = await invoicesOf(nadi, one.subscriptionId);
  assert.deepEqual([first?.amount, first?.status], ['0.00', 'paid']);
  const balance = async () =>
    (await nadi.kit.pool.query('select balance from customer_funds where customer_id = $1', [one.customerId]))
      .rows[0]?.balance;
  // 150,000 too much, with the tax on it.
  assert.equal(await balance(), '166500.00');
  assert.equal((await subscriptionOf(nadi, one.subscriptionId)).end_date, '2026-02-14');
  for (const node of nodes) goTo(node, '2026-02-14');
  await runBoth(nodes);
  for (const node of nodes) goTo(node, '2026-03-16');
  await runBoth(nodes);
  const seen = (await invoicesOf(nadi, one.subscriptionId)).map((invoice) => [
    invoice.amount,
    invoice.amount_paid,
    invoice.status,
  ]);
  assert.deepEqual(seen.slice(1), [
    ['111000.00', '111000.00', 'paid'],
    ['111000.00', '55500.00', 'unpaid'],
  ]);
  assert.equal(await balance(), '0.00');
  await add(nadi, one, 'charges', { description: 'K', unit_price: '1000', credit: true, invoice_now: true });
  assert.equal(await balance(), '1110.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('a charge cancelled while the run waits for its subscription is not invoiced', async () => {
  await using nadi = await testApp();
  const one = await subscriber(nadi, { start: '2026-01-15' });
  const charge = await add(nadi, one, 'charges', { description: 'Kabel', unit_price: '75000' });
  const holder = await nadi.kit.pool.connect();
  await holder.query('begin');
  await holder.query('select from subscriptions where id = $1 for no key update', [one.subscriptionId]);
  const cancel = nadi.request({ method: 'DELETE', url: urlOf(one, `charges/${charge.id}`) });
  await waiting(nadi, 1);
  const run = nadi.edition.runBilling();
  await waiting(nadi, 2);
  await holder.query('commit');
  holder.release();
  assert.equal((await cancel).statusCode, 204);
  await run;
  await nadi.edition.runBilling();
  const amounts = (await invoicesOf(nadi, one.subscriptionId)).map(({ amount }) => amount);
  assert.deepEqual(amounts, ['150000.00']);
});

/** Until so many statements wait for a lock. */
async function waiting(nadi: TestApp, count: number): Promise<void> {
  for (;;) {
    const { rowCount } = await nadi.kit.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rowCount === count) return;
  }
}

test('charges added, cancelled and invoiced while two nodes run: each on one invoice or none', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const all: Subscriber[] = [];
  for (let n = 0; n < 6; n += 1) all.push(await subscriber(nadi, { start: '2026-01-15', days: 3 }));
  for (let round = 0; round < 5; round += 1) {
    for (const node of nodes)
      goTo(
        node,
        Temporal.PlainDate.from('2026-01-15')
          .add({ days: round * 6 })
          .toString(),
      );
    const waiting = await Promise.all(
      all.map((one) => add(nadi, one, 'charges', { description: 'Menunggu', unit_price: '1000' })),
    );
    const answers = await Promise.all([
      runBoth(nodes).then(() => [204]),
      ...all.flatMap((one, n) => [
        codeOf(nodes[n % 2] ?? nadi, 'DELETE', urlOf(one, `charges/${waiting[n]?.id}`)),
        refusal(nadi, one, 'charges', { description: 'Baru', unit_price: '2000' }),
        refusal(nadi, one, 'charges', { description: 'Kini', unit_price: '3000', invoice_now: true }),
        refusal(nadi, one, 'discounts', { name: 'D', kind: 'percent', value: '5', periods: 1 }),
        codeOf(nadi, 'GET', urlOf(one, 'next-invoice')),
      ]),
      runBoth(nodes).then(() => [204]),
    ]);
    const odd = answers.flat().filter((code) => ![200, 201, 204, 'charge_invoiced'].includes(code));
    assert.deepEqual(odd, []);
  }
  await runBoth(nodes);
  const { rows } = await nadi.kit.pool.query(`
    select c.id from charges c left join (invoice_lines l join invoices i on i.id = l.invoice_id and i.status <> 'cancelled') on l.source_id = c.id
    group by c.id having array_agg(l.invoice_id) <> array[c.invoice_id] or (c.cancelled_at is not null and c.invoice_id is not null)`);
  assert.deepEqual(rows, []);
  assert.deepEqual(await readFaults(nodes), {});
  for (const node of nodes) assert.doesNotMatch(node.logged(), /deadlock/);
});

test('what cannot be is refused by its name or code', async () => {
  await using nadi = await testApp();
  const one = await subscriber(nadi, { start: '2026-01-15', price: 100_000 });
  const stranger = await subscriber(nadi, { start: '2026-01-15' });
  const discount = { name: 'D', kind: 'amount', value: '1000' };
  const charge = { description: 'C', unit_price: '1000' };
  const cases: [string, object, string][] = [
    ['discounts', { ...discount, value: '100000.01' }, 'value'],
    ['discounts', { ...discount, value: '1.001' }, 'value'],
    ['discounts', { ...discount, value: '0' }, 'value'],
    ['discounts', { ...discount, kind: 'percent', value: '100.01' }, 'value'],
    ['discounts', { ...discount, kind: 'percent', value: '33.333' }, 'value'],
    ['discounts', { ...discount, periods: 0 }, 'periods'],
    ['addons', { name: 'A', unit_price: '-1' }, 'unit_price'],
    ['addons', { name: 'A', unit_price: '10000', quantity: 100_000 }, 'unit_price'],
    ['charges', { ...charge, unit_price: '0.001' }, 'unit_price'],
    ['charges', { ...charge, unit_price: '-1' }, 'unit_price'],
    ['charges', { ...charge, unit_price: '0.49' }, 'unit_price'],
    ['charges', { ...charge, unit_price: '1000000000' }, 'unit_price'],
    ['charges', { ...charge, due_date: '2026-01-20' }, 'due_date'],
    ['charges', { ...charge, invoice_now: true, due_date: '2026-01-14' }, 'due_date'],
  ];
  for (const [what, body, field] of cases) assert.equal(await refusal(nadi, one, what, body), field, what);
  const made = await add(nadi, one, 'charges', charge);
  const given = await add(nadi, one, 'discounts', discount);
  assert.equal(await codeOf(nadi, 'DELETE', urlOf(stranger, `charges/${made.id}`)), 'not_found');
  assert.equal(await codeOf(nadi, 'DELETE', urlOf(stranger, `discounts/${given.id}`)), 'not_found');
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${one.subscriptionId}` });
  for (const [what, body] of [
    ['charges', charge],
    ['charges', { ...charge, invoice_now: true }],
    ['discounts', discount],
    ['addons', { name: 'A', unit_price: '1' }],
  ] as const)
    assert.equal(await refusal(nadi, one, what, body), 'subscription_state', what);
  assert.equal(await codeOf(nadi, 'DELETE', urlOf(one, `charges/${made.id}`)), 'subscription_state');
  assert.equal(await codeOf(nadi, 'GET', urlOf(one, 'next-invoice')), 'subscription_state');
  const none = { ...one, subscriptionId: stranger.customerId };
  assert.equal(await refusal(nadi, none, 'charges', charge), 'not_found');
  assert.equal(await codeOf(nadi, 'GET', urlOf(none, 'addons')), 'not_found');
});

test('fifty of each at most, also at once; whatever one customer has, the run goes through', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const one = await subscriber(nadi, { start: '2026-01-15', price: 99_999_999_999 });
  const charge = { description: 'C', unit_price: '999999999.99' };
  const kinds = {
    charges: charge,
    addons: { name: 'A', unit_price: '999999999.99' },
    discounts: { name: 'D', kind: 'percent', value: '0.01' },
  };
  for (const [what, body] of Object.entries(kinds)) {
    const answers = await Promise.all(Array.from({ length: 55 }, () => refusal(nadi, one, what, body)));
    assert.equal(answers.filter((code) => code === 201).length, 50, what);
    assert.equal(answers.filter((code) => code === 'limit_reached').length, 5, what);
  }
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'Semua', rate: '100' } });
  // As many as voided invoices may give back, and credits that no balance of before could hold.
  await nadi.kit.pool.query(
    `insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
     select nadi_uuid('2026-01-15T04:00:00Z', n), $1, 'Lama', 999999999.99, '2026-01-15T04:00:00Z', '2026-01-15T04:00:00Z' from generate_series(1, 2000) n`,
    [one.subscriptionId],
  );
  const creditor = await subscriber(nadi, { start: '2026-01-15', price: 0, days: 1 });
  await nadi.kit.pool.query(
    `insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
     select nadi_uuid('2026-01-15T05:00:00Z', n), $1, 'Kredit', -999999999, '2026-01-15T05:00:00Z', '2026-01-15T05:00:00Z' from generate_series(1, 1500) n`,
    [creditor.subscriptionId],
  );
  for (const day of ['2026-01-15', '2026-03-01']) {
    for (const node of nodes) goTo(node, day);
    await runBoth(nodes);
  }
  const { rows } = await nadi.kit.pool.query('select max(balance) > 1e12 as is_large from customer_funds');
  assert.equal(rows[0].is_large, true);
  assert.deepEqual(await readFaults(nodes), {});
});
