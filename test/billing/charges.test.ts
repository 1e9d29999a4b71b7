import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, subscriber, subscriptionOf } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';
import { add, codeOf, list, type Part, refusal, runBoth, twoNodes, urlOf } from './charge-support.ts';

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
