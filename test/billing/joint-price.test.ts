import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import {
  family,
  invoicesOfCustomer,
  onlyInvoice,
  pay,
  run,
  type Seen,
  sound,
  standings,
} from './joint-support.ts';

const post = (nadi: TestApp, url: string, body: object) => nadi.request({ method: 'POST', url, body });

test('free months and credits: a joint invoice of nothing is paid as it is made, and what is over goes to the balance', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-15' }]);
  for (const id of home.ids)
    await ok(nadi, {
      method: 'POST',
      url: `/api/subscriptions/${id}/discounts`,
      body: { name: 'Gratis', kind: 'percent', value: '100', periods: 1 },
    });
  await run(nadi);
  const free = await onlyInvoice(nadi, home.customerId);
  assert.deepEqual([free.amount, free.status], ['0.00', 'paid']);
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-02-14 2026-02-14',
    'active 2026-02-14 2026-02-14',
  ]);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[0]}/charges`,
    body: { description: 'Ganti rugi', unit_price: '320000', credit: true },
  });
  goTo(nadi, '2026-02-10');
  await run(nadi);
  const credited = (await invoicesOfCustomer(nadi, home.customerId)).at(-1);
  assert.deepEqual(
    [credited?.amount, credited?.status, credited?.lines.at(-1)?.kind, credited?.lines.at(-1)?.amount],
    ['0.00', 'paid', 'to_balance', '20000.00'],
  );
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-03-16 2026-03-16',
    'active 2026-03-16 2026-03-16',
  ]);
  await sound(nadi);
});

test('taxes are of the sum: one rounding, and the revenues of the packages with the tax are the invoice', async () => {
  for (const inclusive of [true, false]) {
    await using nadi = await testApp();
    await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11', inclusive } });
    await ok(nadi, {
      method: 'POST',
      url: '/api/taxes',
      body: { name: 'PB1', rate: '3.3333', inclusive: true },
    });
    const prices = [99_995, 33, 7, 150_003, 1];
    const home = await family(nadi, [
      ...prices.map((price) => ({ price, start: '2026-01-15' })),
      { price: 50_001, start: '2026-01-15', taxable: false },
    ]);
    await run(nadi);
    const invoice = await onlyInvoice(nadi, home.customerId);
    const { rows } = await nadi.kit.pool.query(
      `select package_id, credit, sum(amount)::bigint as amount from ledger_entries where invoice_id = $1 group by 1, 2`,
      [invoice.id],
    );
    const total = rows.reduce((sum, row) => sum + BigInt(row.amount), 0n);
    assert.equal(`${total}.00`, invoice.amount);
    assert.equal(`${rows.find(({ credit }) => credit === 'tax').amount}.00`, invoice.tax_amount);
    // Against one invoice by hand of the same lines.
    const lines = [...prices, 50_001].map((price, n) => ({
      description: 'P',
      unit_price: String(price),
      taxable: n < prices.length,
    }));
    const alone = await ok<Seen>(nadi, {
      method: 'POST',
      url: '/api/invoices',
      body: { customer_id: home.customerId, lines, due_date: '2026-01-20' },
    });
    assert.deepEqual([invoice.amount, invoice.tax_amount], [alone.amount, alone.tax_amount]);
    // Each package bears its own share of what is contained in prices, to a rupiah of each tax.
    for (const [n, price] of [...prices, 50_001].entries()) {
      const own = Number(
        rows.find((row) => row.package_id === home.packageIds[n] && row.credit === 'revenue')?.amount ?? 0,
      );
      const contained =
        n < prices.length
          ? (price * (inclusive ? 14.3333 : 3.3333)) / (100 + (inclusive ? 14.3333 : 3.3333))
          : 0;
      assert.ok(Math.abs(own - (price - contained)) <= 2, `${price}: ${own}`);
    }
    await sound(nadi);
    await ok(nadi, { method: 'DELETE', url: `/api/invoices/${invoice.id}` });
    const { rows: left } = await nadi.kit.pool.query(
      `select package_id, sum(case when credit = 'revenue' then amount else -amount end) as amount from ledger_entries
       where invoice_id = $1 and 'revenue' in (debit, credit) group by 1 having sum(case when credit = 'revenue' then amount else -amount end) <> 0`,
      [invoice.id],
    );
    assert.deepEqual(left, []);
    await sound(nadi);
  }
});

test('cancelling one now credits its own days exactly and leaves the others', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { start: '2026-01-15', price: 300_000 },
    { start: '2026-01-15', price: 90_000 },
  ]);
  await run(nadi);
  await pay(nadi, await onlyInvoice(nadi, home.customerId));
  goTo(nadi, '2026-01-25');
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[0]}/cancel`,
    body: { at: 'now', credit: true },
  });
  const [, credit] = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    credit?.lines.map(({ amount }) => amount),
    ['-200000.00', '200000.00'],
  );
  assert.deepEqual(await standings(nadi, home), [
    'cancelled 2026-02-14 2026-02-14',
    'active 2026-02-14 2026-02-14',
  ]);
  const { id } = await invoicesOfCustomer(nadi, home.customerId).then(([first]) => first ?? assert.fail());
  assert.equal(
    (await nadi.request({ method: 'DELETE', url: `/api/invoices/${id}` })).json().code,
    'invoice_has_payments',
  );
  await sound(nadi);
});

test('time to come on an open joint invoice: cancelled now it is credited, at the period’s end it is refused with the way out', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-15', price: 90_000 }]);
  await run(nadi);
  await pay(nadi, await onlyInvoice(nadi, home.customerId));
  goTo(nadi, '2026-02-10');
  await run(nadi);
  const open = (await invoicesOfCustomer(nadi, home.customerId)).at(-1);
  assert.equal(open?.parts.length, 2);
  const atEnd = { at: 'period_end' };
  const refused = await post(nadi, `/api/subscriptions/${home.ids[0]}/cancel`, atEnd);
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'invoice_joint']);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${open?.id}` });
  assert.equal((await post(nadi, `/api/subscriptions/${home.ids[0]}/cancel`, atEnd)).statusCode, 200);
  await run(nadi);
  const again = (await invoicesOfCustomer(nadi, home.customerId)).at(-1);
  assert.deepEqual([again?.subscription_id, again?.amount], [home.ids[1], '90000.00']);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${home.ids[0]}/keep` });
  await run(nadi);
  await sound(nadi);
  // The other customer cancels one now: what it owes for time to come is paid from its own credit.
  const other = await family(nadi, [{ start: '2026-02-12' }, { start: '2026-02-12', price: 90_000 }]);
  await run(nadi);
  await ok(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${other.ids[0]}/cancel`,
    body: { at: 'now', credit: true },
  });
  await run(nadi);
  const [joint] = await invoicesOfCustomer(nadi, other.customerId);
  assert.deepEqual([joint?.amount, joint?.amount_paid], ['240000.00', '150000.00']);
  await sound(nadi);
});

test('a change of package now is prorated by the subscription’s own lines, and the joint invoice then stays', async () => {
  await using nadi = await testApp();
  const home = await family(nadi, [
    { start: '2026-01-15', price: 300_000 },
    { start: '2026-01-15', price: 90_000 },
  ]);
  await run(nadi);
  const joint = await onlyInvoice(nadi, home.customerId);
  goTo(nadi, '2026-01-25');
  const packageId = home.packageIds[0];
  const change = await ok<{ lines: { amount: string }[] }>(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[1]}/change-package`,
    body: { package_id: packageId, when: 'now' },
  });
  assert.deepEqual(
    change.lines.map(({ amount }) => amount),
    ['-60000.00', '200000.00'],
  );
  assert.equal(
    (await nadi.request({ method: 'DELETE', url: `/api/invoices/${joint.id}` })).json().code,
    'invoice_prorated',
  );
  // The other one of the same invoice is prorated by itself.
  const { lines } = await ok<{ lines: { amount: string }[] }>(nadi, {
    method: 'POST',
    url: `/api/subscriptions/${home.ids[0]}/change-package`,
    body: { package_id: home.packageIds[1], when: 'now', preview: true },
  });
  assert.deepEqual(
    lines.map(({ amount }) => amount),
    ['-200000.00', '60000.00'],
  );
  await sound(nadi);
});

test('what one invoice cannot hold goes onto a second: the run goes through whatever a customer has', async () => {
  await using nadi = await testApp();
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'Semua', rate: '100' } });
  const dear = { price: '99999999999', start: '2026-01-15' };
  const home = await family(nadi, [dear, dear, dear, dear, dear, dear, dear]);
  assert.equal((await run(nadi)).state, 'done');
  const invoices = await invoicesOfCustomer(nadi, home.customerId);
  assert.deepEqual(
    invoices.map(({ parts, amount }) => `${parts.length} ${amount}`),
    ['3 599999999994.00', '2 399999999996.00', '2 399999999996.00'],
  );
  await sound(nadi);
});
