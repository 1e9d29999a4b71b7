import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { importInvoices } from '../../server/modules/imports/index.ts';
import { openBalances } from '../../server/modules/ledger/index.ts';
import { prepareReports } from '../../server/modules/reports/index.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

const author = systemAuthor('a test');

test('an invoice and a payment from before stand in the months they are of, and their taxes are one', async () => {
  await using nadi = await testApp();
  const body = { name: 'Lama', email: 'lama@example.id' };
  await ok(nadi, { method: 'POST', url: '/api/customers', body });
  await prepareReports(nadi.kit);
  const csv = [
    'number,customer,date,due_date,amount,tax,status,paid_on,method',
    'A1,lama@example.id,2025-11-03,2025-11-10,111000,11000,paid,2025-12-02,transfer',
    'A2,lama@example.id,2025-11-04,2025-11-11,100001,9910,unpaid,,',
  ].join('\n');
  const brought = await importInvoices(nadi.kit, author, Readable.from([Buffer.from(csv)]), {
    fileName: 'old.csv',
  });
  assert.deepEqual(brought.faults, []);
  for (const prepare of [false, true]) {
    if (prepare) await prepareReports(nadi.kit);
    const report = async (what: string) =>
      (await ok<{ rows: Record<string, unknown>[] }>(nadi, { url: `/api/reports/${what}` })).rows;
    assert.deepEqual(
      (await report('revenue')).map((row) => [row.month, row.package_id, row.revenue]),
      [['2025-11', null, '190091.00']],
    );
    assert.deepEqual(await report('tax'), [
      { month: '2025-11', tax_id: null, name: 'Pajak', rate: null, base: '190091.00', tax: '20910.00' },
    ]);
    assert.deepEqual(
      (await report('collections')).map((row) => [row.period, row.account, row.received]),
      [['2025-12', 'bank', '111000.00']],
    );
    const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
    assert.deepEqual([stats.overdue_invoices, stats.overdue_amount], [1, '100001.00']);
  }
});

test('money that waits on a balance is counted when it comes in and not when it pays', async () => {
  await using nadi = await testApp();
  const { customerId } = await subscriber(nadi, { price: 200_000, months: 1 });
  await nadi.edition.runBilling();
  const { data } = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/invoices' });
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: data[0]?.id, amount: '500000' },
  });
  goTo(nadi, '2026-02-10');
  await nadi.edition.runBilling();
  const paid = await ok<{ data: { method: string; amount: string }[] }>(nadi, {
    url: '/api/payments?method=balance',
  });
  assert.deepEqual(
    paid.data.map(({ amount }) => amount),
    ['200000.00'],
  );
  await inTransaction(nadi.kit.db, (tx) =>
    openBalances(tx, [{ customer_id: customerId, amount: '70000' }], '2026-02-10', '2026-02-10T03:00:00Z'),
  );
  const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
  assert.deepEqual([stats.revenue_last_month, stats.revenue_this_month], ['500000.00', '0.00']);
  const { totals } = await ok<{ totals: object }>(nadi, { url: '/api/reports/collections' });
  assert.deepEqual(totals, { received: '500000.00', returned: '0.00', net: '500000.00' });
});

test('what is put onto a balance came in, what is paid out went, and a deposit is the customer’s until it is moved', async () => {
  await using nadi = await testApp();
  const { customerId } = await subscriber(nadi, { price: 200_000 });
  const move = async (what: string, body: object) => {
    nadi.clock.advance({ minutes: 1 });
    await ok(nadi, { method: 'POST', url: `/api/customers/${customerId}/${what}`, body });
  };
  await move('top-up', { amount: '90000', method: 'cash' });
  await move('deposit', { amount: '50000', method: 'transfer' });
  await move('refund', { amount: '15000', method: 'cash' });
  await move('deposit/to-balance', { amount: '20000' });
  await nadi.edition.runBilling();
  for (const prepare of [false, true]) {
    if (prepare) await prepareReports(nadi.kit);
    const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
    assert.deepEqual([stats.revenue_today, stats.revenue_this_month], ['95000.00', '95000.00']);
    const { rows } = await ok<{ rows: Record<string, unknown>[] }>(nadi, { url: '/api/reports/collections' });
    assert.deepEqual(
      rows.map(({ account, method, received_by_name: by, net }) => [account, method, by !== null, net]),
      [
        ['bank', 'transfer', true, '50000.00'],
        ['cash', 'cash', true, '75000.00'],
      ],
    );
  }
  const { data } = await ok<{ data: { kind: string; text: string }[] }>(nadi, {
    url: `/api/customers/${customerId}/timeline?language=id`,
  });
  assert.deepEqual(
    data.filter(({ kind }) => kind === 'funds').map(({ text }) => text),
    [
      'Uang jaminan dipindahkan ke saldo.',
      'Saldo dikembalikan tunai.',
      'Uang jaminan diterima lewat transfer bank.',
      'Saldo diisi tunai.',
    ],
  );
});

test('late fees and drafts are in the timeline, and no draft is said to be issued', async () => {
  await using nadi = await testApp();
  const fees = { late_fee_kind: 'once', late_fee_amount: '5000' };
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: fees });
  const { customerId } = await subscriber(nadi, { start: '2027-01-01' });
  const make = async (draft: boolean) => {
    const body = { customer_id: customerId, amount: '70000', due_date: '2026-01-16', draft };
    return (await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id;
  };
  const [issued] = [await make(false), await make(true)];
  const dropped = await make(true);
  const url = `/api/invoices/${dropped}`;
  await ok(nadi, { method: 'PUT', url, body: { due_date: '2026-01-30' } });
  await ok(nadi, { method: 'DELETE', url });
  goTo(nadi, '2026-01-20');
  await nadi.edition.runBilling();
  goTo(nadi, '2026-01-21');
  await ok(nadi, { method: 'POST', url: `/api/invoices/${issued}/waive-late-fee`, body: {} });
  const { data } = await ok<{ data: { kind: string; text: string; amount: string | null }[] }>(nadi, {
    url: `/api/customers/${customerId}/timeline?language=id`,
  });
  const told = data.filter(({ text }) => /tagihan/i.test(text)).map(({ text, amount }) => [text, amount]);
  assert.deepEqual(told.slice(0, 2), [
    ['Denda tagihan INV-20260115-0001 dihapuskan.', null],
    ['Denda keterlambatan tagihan INV-20260115-0001.', '5000.00'],
  ]);
  assert.deepEqual(
    told
      .slice(2)
      .map(([text]) => text)
      .sort(),
    ['Draf tagihan dibuat.', 'Tagihan INV-20260115-0001 diterbitkan.'],
  );
  for (const path of ['per_page=1', 'per_page=2']) {
    let cursor: string | null = '';
    let seen = 0;
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { data: object[]; next_cursor: string | null } = await ok(nadi, {
        url: `/api/customers/${customerId}/timeline?${path}${more}`,
      });
      seen += page.data.length;
      cursor = page.next_cursor;
    }
    assert.equal(seen, data.length);
  }
});
