import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import {
  family,
  invoicesOfCustomer,
  logOf,
  onlyInvoice,
  partsOf,
  pay,
  run,
  type Seen,
  sound,
} from './joint-support.ts';

const patient = (nadi: TestApp) =>
  ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 90 } });

test('three subscriptions of one customer are one invoice, with their lines together and their periods as parts', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { price: 150_000, start: '2026-01-20' },
    { price: 250_000, months: 1, start: '2026-01-26' },
    { price: 99_000, days: 10, start: '2026-01-22' },
  ]);
  const [first, second] = home.ids;
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${first}/addons`,
    body: { name: 'IP publik', unit_price: '50000' },
  });
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${second}/discounts`,
    body: { name: 'Teman', kind: 'percent', value: '10', periods: 2 },
  });
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${second}/charges`,
    body: { description: 'Kabel', unit_price: '75000' },
  });
  const done = await run(nadi);
  assert.equal(done.renewed, 1);
  const invoice = await onlyInvoice(nadi, home.customerId);
  assert.deepEqual(
    [invoice.amount, invoice.due_date, invoice.subscription_id, invoice.period_start, invoice.status],
    ['599000.00', '2026-01-20', null, null, 'unpaid'],
  );
  assert.deepEqual(partsOf(invoice, home), [
    '0 2026-01-20/2026-02-19',
    '1 2026-01-26/2026-02-26',
    '2 2026-01-22/2026-02-01',
  ]);
  const names = invoice.parts.map((part) => part.mikrotik_username);
  assert.deepEqual(
    invoice.lines.map(
      ({ kind, amount, subscription_id: id }) => `${home.ids.indexOf(id ?? '')} ${kind} ${amount}`,
    ),
    [
      '0 package 150000.00',
      '0 addon 50000.00',
      '1 package 250000.00',
      '1 charge 75000.00',
      '1 discount -25000.00',
      '2 package 99000.00',
    ],
  );
  assert.deepEqual(
    invoice.lines.map(({ description }) => description.replace(/Paket \d+/, 'Paket')),
    [
      `Internet Paket (${names[0]}), 2026-01-20 – 2026-02-18`,
      `IP publik (${names[0]})`,
      `Internet Paket (${names[1]}), 2026-01-26 – 2026-02-25`,
      `Kabel (${names[1]})`,
      `Teman (${names[1]})`,
      `Internet Paket (${names[2]}), 2026-01-22 – 2026-01-31`,
    ],
  );
  assert.deepEqual(
    invoice.parts.map(({ amount }) => amount),
    ['200000.00', '300000.00', '99000.00'],
  );
  assert.deepEqual(await logOf(nadi, home, invoice.id), ['0 renewed', '1 renewed', '2 renewed']);
  for (const id of home.ids) {
    const { data } = await ok<{ data: Seen[] }>(nadi, { url: `/api/invoices?subscription_id=${id}` });
    assert.deepEqual(
      data.map((one) => one.id),
      [invoice.id],
    );
  }
  const { rows } = await nadi.kit.pool.query(
    "select package_id, amount from ledger_entries where invoice_id = $1 and credit = 'revenue' order by id",
    [invoice.id],
  );
  assert.deepEqual(
    rows.map(({ package_id, amount }) => `${home.packageIds.indexOf(package_id)} ${amount}`).sort(),
    ['0 200000.00', '1 300000.00', '2 99000.00'],
  );
  assert.equal((await run(nadi)).run_id, null);
  await sound(nadi);
});

test('what starts within the customer’s days comes along, and nothing else', async () => {
  await using nadi = await testApp();
  const home = await family(
    nadi,
    [
      { start: '2026-01-22' },
      { start: '2026-01-25' },
      { start: '2026-01-26' },
      { start: '2026-01-23', renews: false },
      { start: '2026-01-23', days: 5, postpaid: true },
      { start: '2026-01-24' },
    ],
    3,
  );
  const { id: other } = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'Lain', bandwidth: '1M/1M', price: 1 },
  });
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[5]}/change-package`,
    body: { package_id: other, when: 'renewal' },
  });
  await run(nadi);
  const one = await onlyInvoice(nadi, home.customerId);
  assert.deepEqual(partsOf(one, home), ['0 2026-01-22/2026-02-21', '1 2026-01-25/2026-02-24']);
  goTo(nadi, '2026-01-17');
  await run(nadi);
  const [, two] = await invoicesOfCustomer(nadi, home.customerId);
  assert.ok(two);
  assert.deepEqual(partsOf(two, home), ['2 2026-01-26/2026-02-25', '5 2026-01-24/2026-02-23']);
  await pay(nadi, one);
  await pay(nadi, two);
  goTo(nadi, '2026-01-28');
  await run(nadi);
  const [, , three] = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    [three?.subscription_id, three?.parts],
    [home.ids[4], []],
    'a postpaid period when it is over, alone',
  );
  await sound(nadi);
});

test('a group of one is an ordinary invoice; periods of different lengths meet again, and missed ones are caught up', async () => {
  await using nadi = await testApp();
  await patient(nadi);
  const home = await family(nadi, [
    { start: '2026-01-31', months: 1 },
    { start: '2026-01-31', days: 10, price: 40_000 },
  ]);
  for (const date of ['2026-01-24', '2026-02-03', '2026-02-13', '2026-03-25']) {
    goTo(nadi, date);
    await run(nadi);
  }
  const invoices = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    invoices.map((one) =>
      one.parts.length > 0
        ? partsOf(one, home).join(', ')
        : `${home.ids.indexOf(one.subscription_id ?? '')} ${one.period_start}`,
    ),
    [
      '0 2026-01-31/2026-02-28, 1 2026-01-31/2026-02-10',
      '1 2026-02-10',
      '1 2026-02-20',
      '0 2026-02-28/2026-03-31, 1 2026-03-02/2026-03-12',
      '0 2026-03-31/2026-04-30, 1 2026-03-12/2026-03-22',
      '1 2026-03-22',
      '1 2026-04-01',
    ],
  );
  await sound(nadi);
});

test('the setting is shown, changed midway, and taken back; a run for one subscription makes an ordinary invoice', async () => {
  await using nadi = await testApp();
  await patient(nadi);
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-15' }], null);
  const customer = `/api/customers/${home.customerId}`;
  const set = (days: number | null) =>
    ok<{ joint_invoice_days: number }>(nadi, {
      method: 'PUT',
      url: customer,
      body: { joint_invoice_days: days },
    });
  await run(nadi);
  assert.equal((await invoicesOfCustomer(nadi, home.customerId)).length, 2);
  assert.equal((await set(0)).joint_invoice_days, 0);
  assert.equal(
    (await nadi.request({ method: 'PUT', url: customer, body: { joint_invoice_days: 32 } })).statusCode,
    422,
  );
  goTo(nadi, '2026-02-10');
  assert.equal((await run(nadi)).renewed, 1);
  assert.equal((await set(null)).joint_invoice_days, null);
  goTo(nadi, '2026-03-10');
  assert.equal((await run(nadi)).renewed, 2);
  assert.equal((await set(7)).joint_invoice_days, 7);
  goTo(nadi, '2026-04-10');
  const scoped = await nadi.edition.runBilling({ subscriptionId: home.ids[0] });
  assert.equal(scoped.renewed, 1);
  assert.equal((await run(nadi)).renewed, 1);
  const invoices = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    invoices.map(({ parts }) => parts.length),
    [0, 0, 2, 0, 0, 0, 0],
  );
  await sound(nadi);
});

test('the preview of the next invoice is the joint invoice that the run makes', async () => {
  await using nadi = await testApp();
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11' } });
  const home = await family(nadi, [
    { start: '2026-02-10' },
    { start: '2026-02-13', months: 1 },
    { start: '2026-03-10' },
  ]);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[1]}/addons`,
    body: { name: 'IP', unit_price: '25000' },
  });
  const next = (n: number) => ok<Seen>(nadi, { url: `/api/subscriptions/${home.ids[n]}/next-invoice` });
  const said = [await next(0), await next(1)];
  assert.deepEqual(said[0], said[1]);
  const alone = await next(2);
  assert.deepEqual([alone.subscription_id, alone.parts], [home.ids[2], []]);
  goTo(nadi, '2026-02-03');
  await run(nadi);
  const made = await onlyInvoice(nadi, home.customerId);
  assert.deepEqual(
    [said[0]?.amount, said[0]?.tax_amount, said[0]?.lines, said[0]?.parts],
    [made.amount, made.tax_amount, made.lines, made.parts],
  );
  assert.deepEqual(partsOf(made, home), ['0 2026-02-10/2026-03-12', '1 2026-02-13/2026-03-13']);
  await sound(nadi);
});
