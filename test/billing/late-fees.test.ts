import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, invoicesOf, ok, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

interface Invoice {
  readonly id: string;
  readonly amount: string;
  readonly late_fee: string;
  readonly amount_paid: string;
  readonly status: string;
  readonly late_fee_waived_at: string | null;
}

const settings = (nadi: TestApp, body: object) => ok(nadi, { method: 'PUT', url: '/api/organisation', body });
const run = (nadi: TestApp, body: object = {}) =>
  ok<{ late_fees: number; state: string; run_id: string | null }>(nadi, {
    method: 'POST',
    url: '/api/billing/run',
    body,
  });
const show = (nadi: TestApp, id: string) => ok<Invoice>(nadi, { url: `/api/invoices/${id}` });
const pay = (nadi: TestApp, id: string, amount: number | string) =>
  nadi.request({ method: 'POST', url: '/api/payments', body: { invoice_id: id, amount } });
const waive = (nadi: TestApp, id: string) =>
  nadi.request({ method: 'POST', url: `/api/invoices/${id}/waive-late-fee` });

/** An invoice of 100000 that is due on 15 January. */
async function dueInvoice(nadi: TestApp): Promise<string> {
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Telat' } });
  const body = { customer_id: customer.id, amount: 100_000, due_date: '2026-01-15' };
  return (await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id;
}

async function feesAfter(nadi: TestApp, id: string, dates: readonly string[]): Promise<string[]> {
  const fees = [];
  for (const date of dates) {
    goTo(nadi, date);
    await run(nadi);
    const invoice = await show(nadi, id);
    assert.equal(Number(invoice.amount), 100_000 + Number(invoice.late_fee));
    fees.push(invoice.late_fee);
  }
  return fees;
}

test('by itself nobody pays late fees', async () => {
  await using nadi = await testApp();
  assert.deepEqual(await feesAfter(nadi, await dueInvoice(nadi), ['2026-03-01']), ['0.00']);
});

test('once: after the days that cost nothing, and never again', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'once', late_fee_amount: 5000, late_fee_after_days: 3 });
  const dates = ['2026-01-15', '2026-01-18', '2026-01-19', '2026-01-19', '2026-02-20'];
  assert.deepEqual(await feesAfter(nadi, id, dates), ['0.00', '0.00', '5000.00', '5000.00', '5000.00']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('switched on later: days before it cost nothing, and one fee is not for those who were late before', async () => {
  for (const [kind, fees] of [
    ['daily', ['0.00', '1000.00', '2000.00', '12000.00']],
    ['once', ['0.00', '0.00', '0.00', '0.00']],
  ] as const) {
    await using nadi = await testApp();
    const id = await dueInvoice(nadi);
    assert.deepEqual(await feesAfter(nadi, id, ['2026-03-01']), ['0.00']);
    goTo(nadi, '2026-03-02');
    const { late_fee_since: since } = await settings(nadi, { late_fee_kind: kind, late_fee_amount: 1000 });
    assert.equal(since, '2026-03-02');
    goTo(nadi, '2026-03-01');
    const dates = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-13'];
    assert.deepEqual(await feesAfter(nadi, id, dates), fees, kind);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
  }
});

test('daily: each day once, missed days are caught up, and the cap holds', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: '1000.50', late_fee_cap: '7500.75' });
  const dates = ['2026-01-16', '2026-01-16', '2026-01-17', '2026-01-20', '2026-01-19', '2026-02-20'];
  assert.deepEqual(await feesAfter(nadi, id, dates), [
    '1001.00',
    '1001.00',
    '2002.00',
    '5005.00',
    '5005.00',
    '7500.00',
  ]);
  const { rows } = await nadi.kit.pool.query(
    "select message, meta from billing_logs where action = 'late_fee' and invoice_id = $1 order by created_at desc limit 1",
    [id],
  );
  assert.equal(
    rows[0].message,
    'Late fee 2495 on INV-20260115-0001: 36 days overdue, 105005 to pay before it',
  );
  assert.deepEqual([rows[0].meta.amount, rows[0].meta.late_fee], ['2495.00', '7500.00']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a percentage is of what is open without fees, in whole rupiah', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: 9, late_fee_percent: '1.25' });
  assert.deepEqual(await feesAfter(nadi, id, ['2026-01-17']), ['2500.00']);
  assert.equal((await pay(nadi, id, 60_001)).statusCode, 201);
  // 1.25 % of 39999 is 499.9875.
  assert.deepEqual(await feesAfter(nadi, id, ['2026-01-18']), ['3000.00']);
  assert.equal((await pay(nadi, id, '39998.50')).statusCode, 201);
  assert.deepEqual(
    await feesAfter(nadi, id, ['2026-02-18']),
    ['3000.00'],
    'half a rupiah is open beside the fees',
  );
  assert.equal((await pay(nadi, id, '3000.50')).statusCode, 201);
  assert.deepEqual(await feesAfter(nadi, id, ['2026-03-18']), ['3000.00'], 'it is paid');
  assert.equal((await show(nadi, id)).status, 'paid');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('the highest fee for the longest time stays within what an invoice can hold', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: '999999999999.99' });
  assert.deepEqual(await feesAfter(nadi, id, ['2027-01-15', '2027-02-15']), [
    '99999999999.00',
    '99999999999.00',
  ]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('void takes the fee out of the books, and a voided invoice costs no more', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: 1000 });
  await feesAfter(nadi, id, ['2026-01-18']);
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${id}` });
  assert.deepEqual(await feesAfter(nadi, id, ['2026-01-25']), ['3000.00']);
  const balance = await ok<{ accounts: { account: string; balance: string }[] }>(nadi, {
    url: '/api/ledger/trial-balance',
  });
  for (const account of balance.accounts) assert.equal(Number(account.balance), 0, account.account);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('waived: off what is open, booked back, and it does not come back', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: 1000 });
  await feesAfter(nadi, id, ['2026-01-18']);
  assert.equal((await pay(nadi, id, 100_500)).statusCode, 201);
  const waived = (await waive(nadi, id)).json<Invoice>();
  // 500 of the fee were paid, which leaves 2500 to take off.
  assert.deepEqual([waived.late_fee, waived.amount, waived.status], ['500.00', '100500.00', 'paid']);
  assert.ok(waived.late_fee_waived_at);
  const again = await waive(nadi, id);
  assert.deepEqual([again.statusCode, again.json().code], [409, 'invoice_paid']);
  const other = await dueInvoiceLater(nadi);
  goTo(nadi, '2026-01-22');
  await run(nadi);
  assert.equal((await show(nadi, other)).late_fee, '2000.00');
  assert.equal((await waive(nadi, other)).statusCode, 200);
  assert.deepEqual(await feesAfter(nadi, other, ['2026-01-22', '2026-02-22']), ['0.00', '0.00']);
  const audits = await ok<{ data: unknown[] }>(nadi, {
    url: '/api/audit-logs?action=invoice.late_fee_waived',
  });
  assert.equal(audits.data.length, 2);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

async function dueInvoiceLater(nadi: TestApp): Promise<string> {
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Telat' } });
  const body = { customer_id: customer.id, amount: 100_000, due_date: '2026-01-20' };
  return (await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id;
}

test('a waiver that leaves nothing to pay gives the period and resumes the subscription', async () => {
  await using nadi = await testApp();
  await settings(nadi, { late_fee_kind: 'once', late_fee_amount: 5000 });
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15', billSuspended: true });
  await run(nadi);
  goTo(nadi, '2026-01-18');
  await run(nadi);
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  assert.equal((await pay(nadi, invoice?.id ?? '', 150_000)).statusCode, 201);
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
  assert.equal((await waive(nadi, invoice?.id ?? '')).statusCode, 200);
  const { status, end_date } = await subscriptionOf(nadi, subscriptionId);
  assert.deepEqual([status, end_date], ['active', '2026-02-14']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('payments, waivers, voids and runs on two nodes at once: each day is charged once, and the books hold', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes = [nadi, other] as const;
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: 1000 });
  const ids: string[] = [];
  for (let n = 0; n < 8; n += 1) ids.push(await dueInvoice(nadi));
  const left = await dueInvoice(nadi);
  const rounds = fc.sample(
    fc.array(
      fc.record({
        deed: fc.constantFrom('run', 'pay', 'pay', 'waive', 'void', 'reverse'),
        at: fc.nat(999),
        node: fc.constantFrom(0, 1),
      }),
      { minLength: 30, maxLength: 30 },
    ),
    { seed: Number(process.env.NADI_MODEL_SEED ?? '20260115'), numRuns: 5 },
  );
  for (const [index, deeds] of rounds.entries()) {
    const date = Temporal.PlainDate.from('2026-01-16')
      .add({ days: index * 2 })
      .toString();
    for (const node of nodes) goTo(node, date);
    const payments = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/payments?per_page=100' })).data;
    const answers = await Promise.all(
      deeds.map(async ({ deed, at, node }) => {
        const app = nodes[node] ?? nadi;
        const id = ids[at % ids.length] ?? '';
        if (deed === 'run') return app.request({ method: 'POST', url: '/api/billing/run', body: {} });
        if (deed === 'waive') return waive(app, id);
        if (deed === 'pay') return pay(app, id, 1000 + at * 60);
        if (deed === 'void') return app.request({ method: 'DELETE', url: `/api/invoices/${id}` });
        const payment = payments[at % Math.max(1, payments.length)]?.id ?? id;
        return app.request({ method: 'DELETE', url: `/api/payments/${payment}` });
      }),
    );
    assert.deepEqual(
      answers.filter(({ statusCode }) => statusCode >= 500).map(({ body }) => body),
      [],
    );
    for (const answer of answers)
      if (answer.statusCode === 200) assert.notEqual(answer.json().state, 'failed');
    await run(nadi);
    assert.deepEqual(await readFaults([nadi, other]), {});
    assert.equal((await show(nadi, left)).late_fee, `${1000 * (1 + index * 2)}.00`);
  }
  const { rows } = await nadi.kit.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  assert.equal(rows[0].deadlocks, 0);
});

test('killed before and after the step: each day is charged once', async () => {
  await using nadi = await testApp();
  const id = await dueInvoice(nadi);
  await settings(nadi, { late_fee_kind: 'daily', late_fee_amount: 1000 });
  for (const [index, stopAfter] of ['overdue', 'late_fees', 'suspended'].entries()) {
    goTo(nadi, `2026-01-${16 + index}`);
    const options = {
      onStep: (step: string) => {
        if (step === stopAfter) throw new Error('the process is gone');
      },
    };
    await assert.rejects(nadi.edition.runBilling(options));
    await run(nadi);
    assert.equal((await show(nadi, id)).late_fee, `${1000 * (index + 1)}.00`);
  }
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});
