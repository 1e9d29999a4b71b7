import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import {
  family,
  invoicesOfCustomer,
  logOf,
  onlyInvoice,
  partsOf,
  pay,
  run,
  sound,
  standings,
} from './joint-support.ts';

test('paid in part it extends none; in full each by its period; reversed, each is taken back', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { start: '2026-01-15' },
    { start: '2026-01-17', months: 1, price: 100_000 },
  ]);
  await run(nadi);
  const invoice = await onlyInvoice(nadi, home.customerId);
  await pay(nadi, invoice, '249999');
  const unpaid = ['active 2026-01-15 2026-02-14', 'active 2026-01-17 2026-02-17'];
  assert.deepEqual(await standings(nadi, home), unpaid);
  const last = await pay(nadi, invoice, '1');
  const paid = ['active 2026-02-14 2026-02-14', 'active 2026-02-17 2026-02-17'];
  assert.deepEqual(await standings(nadi, home), paid);
  await sound(nadi);
  await ok(nadi, { method: 'DELETE', url: `/api/payments/${last.id}` });
  assert.deepEqual(await standings(nadi, home), unpaid);
  assert.equal((await onlyInvoice(nadi, home.customerId)).amount_paid, '249999.00');
  await sound(nadi);
  await pay(nadi, invoice);
  assert.deepEqual(await standings(nadi, home), paid);
  assert.deepEqual(
    await logOf(nadi, home, invoice.id),
    [
      '0 paid',
      '0 paid',
      '0 part_paid',
      '0 payment_reversed',
      '0 renewed',
      '1 paid',
      '1 paid',
      '1 part_paid',
      '1 payment_reversed',
      '1 renewed',
    ].sort((one, other) => (one.slice(2) < other.slice(2) ? -1 : Number(one.slice(2) > other.slice(2)))),
  );
  await sound(nadi);
});

test('overdue it suspends each whose own paid time is over, and the payment resumes them all but who was suspended by hand', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { start: '2026-01-15' },
    { start: '2026-01-15', price: 50_000 },
    { start: '2026-01-22' },
  ]);
  await run(nadi);
  const invoice = await onlyInvoice(nadi, home.customerId);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${home.ids[1]}/suspend` });
  goTo(nadi, '2026-01-17');
  const late = await run(nadi);
  assert.deepEqual([late.overdue, late.suspended], [1, 1]);
  assert.deepEqual(
    (await standings(nadi, home)).map((text) => text.split(' ')[0]),
    ['suspended', 'suspended', 'active'],
  );
  const { rows } = await nadi.kit.pool.query(
    "select subscription_id, invoice_id, meta ->> 'amount' as amount from billing_logs where action = 'suspended' and invoice_id is not null",
  );
  assert.deepEqual(rows, [{ subscription_id: home.ids[0], invoice_id: invoice.id, amount: '350000.00' }]);
  goTo(nadi, '2026-01-24');
  assert.equal((await run(nadi)).suspended, 1);
  await sound(nadi);
  goTo(nadi, '2026-01-27');
  await pay(nadi, invoice);
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-02-24 2026-02-24',
    'suspended 2026-02-14 2026-02-14',
    'active 2026-02-24 2026-02-24',
  ]);
  await sound(nadi);
});

test('void gives back every period, charge and discount, and the run makes one invoice of them again', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-16' }]);
  const [first, second] = home.ids;
  const discounts = `/api/subscriptions/${first}/discounts`;
  await ok(nadi, {
    method: 'POST',
    url: discounts,
    body: { name: 'Teman', kind: 'amount', value: '10000', periods: 1 },
  });
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${second}/charges`,
    body: { description: 'Kabel', unit_price: '5000' },
  });
  await run(nadi);
  const before = await onlyInvoice(nadi, home.customerId);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${before.id}` });
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-01-15 2026-01-15',
    'active 2026-01-16 2026-01-16',
  ]);
  await sound(nadi);
  await run(nadi);
  const after = await onlyInvoice(nadi, home.customerId);
  assert.notEqual(after.id, before.id);
  assert.deepEqual([after.amount, partsOf(after, home)], [before.amount, partsOf(before, home)]);
  assert.equal((await onlyInvoice(nadi, home.customerId)).amount, '295000.00');
  // The first of two periods counts as given when it goes, the last is free again.
  await ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { subscription_id: first, due_date: '2026-02-20' },
  });
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${after.id}` });
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-02-14 2026-03-16',
    'active 2026-01-16 2026-01-16',
  ]);
  await sound(nadi);
});

test('a run for one subscription marks, fees and pays its joint invoice, and suspends it alone', async () => {
  await using nadi = await testApp();
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { late_fee_kind: 'once', late_fee_amount: 1000 },
  });
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-15' }]);
  await run(nadi);
  goTo(nadi, '2026-01-20');
  const late = await nadi.edition.runBilling({ subscriptionId: home.ids[1] });
  assert.deepEqual([late.overdue, late.late_fees, late.suspended], [1, 1, 1]);
  assert.deepEqual(
    (await standings(nadi, home)).map((text) => text.split(' ')[0]),
    ['active', 'suspended'],
  );
  const invoice = await onlyInvoice(nadi, home.customerId);
  assert.equal(invoice.amount, '301000.00');
  assert.deepEqual(await logOf(nadi, home, invoice.id), [
    '0 renewed',
    '1 renewed',
    '0 late_fee',
    '1 late_fee',
    '1 suspended',
  ]);
  await ok(nadi, { method: 'POST', url: `/api/invoices/${invoice.id}/waive-late-fee` });
  assert.equal((await onlyInvoice(nadi, home.customerId)).amount, '300000.00');
  await sound(nadi);
});

test('a balance pays a joint invoice in part and then in full, also for one of its subscriptions', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-15' }]);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[0]}/charges`,
    body: { description: 'Ganti rugi', unit_price: '400000', credit: true, invoice_now: true },
  });
  await run(nadi);
  const paid = (await invoicesOfCustomer(nadi, home.customerId)).find(({ parts }) => parts.length === 2);
  assert.deepEqual([paid?.status, paid?.amount_paid], ['paid', '300000.00']);
  goTo(nadi, '2026-02-12');
  await run(nadi);
  const open = (await invoicesOfCustomer(nadi, home.customerId)).at(-1);
  assert.deepEqual([open?.status, open?.amount_paid], ['unpaid', '100000.00']);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[1]}/charges`,
    body: { description: 'Ganti rugi', unit_price: '200000', credit: true, invoice_now: true },
  });
  await nadi.edition.runBilling({ subscriptionId: home.ids[0], steps: ['from_balance'] });
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-03-16 2026-03-16',
    'active 2026-03-16 2026-03-16',
  ]);
  await sound(nadi);
});

test('whoever has another joint invoice overdue stays suspended until that is paid too', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { start: '2026-01-15', days: 5 },
    { start: '2026-01-15', days: 5 },
  ]);
  await run(nadi);
  const open = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    open.map((one) => one.parts.length),
    [2, 2],
  );
  goTo(nadi, '2026-01-25');
  await run(nadi);
  const states = async () => (await standings(nadi, home)).map((text) => text.split(' ')[0]);
  for (const [n, state] of ['suspended', 'active'].entries()) {
    assert.deepEqual(await states(), ['suspended', 'suspended']);
    await pay(nadi, open[n] ?? assert.fail());
    assert.deepEqual(await states(), [state, state]);
  }
  await sound(nadi);
});
