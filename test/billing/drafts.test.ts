import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

interface Invoice {
  readonly id: string;
  readonly invoice_number: string | null;
  readonly status: string;
  readonly amount: string;
  readonly tax_amount: string;
  readonly due_date: string;
  readonly created_at: string;
  readonly lines: { description: string; amount: string }[];
  readonly taxes: unknown[];
}

const lines = [
  { description: 'Kabel', quantity: 3, unit_price: '10000.50' },
  { description: 'Pasang', unit_price: '70000' },
];

async function draft(nadi: TestApp, body: object = {}): Promise<Invoice> {
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Draf' } });
  return ok<Invoice>(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: customer.id, lines, due_date: '2026-01-20', draft: true, ...body },
  });
}

const show = (nadi: TestApp, id: string) => ok<Invoice>(nadi, { url: `/api/invoices/${id}` });

async function refused(nadi: TestApp, method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object) {
  const answer = await nadi.request({ method, url, ...(body ? { body } : {}) });
  return [answer.statusCode, answer.json().code];
}

const rows = async (nadi: TestApp) =>
  (
    await nadi.kit.pool.query(
      'select (select count(*)::int from ledger_entries) as entries, (select count(*)::int from invoice_counters) as numbers, (select count(*)::int from billing_logs) as logs',
    )
  ).rows[0];

test('a draft has no number, is in no books and no total, and takes no payment', async () => {
  await using nadi = await testApp();
  const made = await draft(nadi);
  assert.deepEqual(
    [made.status, made.invoice_number, made.amount, made.tax_amount, made.lines.length],
    ['draft', null, '100002.00', '0.00', 2],
  );
  assert.deepEqual(await rows(nadi), { entries: 0, numbers: 0, logs: 0 });
  const stats = await ok<Record<string, unknown>>(nadi, { url: '/api/dashboard/stats' });
  assert.deepEqual([stats.unpaid_invoices, stats.outstanding_amount], [0, '0.00']);
  const url = `/api/invoices/${made.id}`;
  assert.deepEqual(await refused(nadi, 'POST', '/api/payments', { invoice_id: made.id, amount: 1000 }), [
    409,
    'invoice_draft',
  ]);
  assert.deepEqual(await refused(nadi, 'POST', `${url}/mark-paid`), [409, 'invoice_draft']);
  assert.deepEqual(await refused(nadi, 'POST', `${url}/waive-late-fee`), [409, 'invoice_draft']);
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { late_fee_kind: 'once', late_fee_amount: 5000 },
  });
  goTo(nadi, '2026-03-01');
  await nadi.edition.runBilling();
  const later = await show(nadi, made.id);
  assert.deepEqual([later.status, later.amount], ['draft', '100002.00']);
  assert.equal((await nadi.request({ url: `${url}/pdf` })).statusCode, 200);
  const listed = await ok<{ data: Invoice[] }>(nadi, { url: '/api/invoices?status=draft' });
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [made.id],
  );
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a draft is changed and deleted; an issued invoice is neither', async () => {
  await using nadi = await testApp();
  const made = await draft(nadi);
  const url = `/api/invoices/${made.id}`;
  const changed = await ok<Invoice>(nadi, {
    method: 'PUT',
    url,
    body: {
      lines: [{ description: 'Modem', unit_price: '250000.5' }],
      due_date: '2026-01-16',
      notes: 'Baru',
    },
  });
  assert.deepEqual(
    [changed.amount, changed.due_date, changed.lines.map(({ description }) => description)],
    ['250001.00', '2026-01-16', ['Modem']],
  );
  assert.equal(
    (await ok<Invoice>(nadi, { method: 'PUT', url, body: { amount: 500 } })).lines[0]?.description,
    'Baru',
  );
  assert.deepEqual(await refused(nadi, 'PUT', url, { amount: 500, lines }), [422, 'validation_failed']);
  assert.deepEqual(await refused(nadi, 'PUT', url, { amount: '0.4' }), [422, 'validation_failed']);
  assert.deepEqual(await refused(nadi, 'PUT', url, { due_date: '2026-01-14' }), [422, 'validation_failed']);
  await ok(nadi, { method: 'DELETE', url });
  assert.equal((await nadi.request({ url })).statusCode, 404);
  const { rows: left } = await nadi.kit.pool.query('select count(*)::int as n from invoice_lines');
  assert.equal(left[0].n, 0);
  const issued = await draft(nadi, { draft: false });
  const other = `/api/invoices/${issued.id}`;
  assert.deepEqual(await refused(nadi, 'PUT', other, { amount: 500 }), [409, 'invoice_not_draft']);
  assert.deepEqual(await refused(nadi, 'POST', `${other}/issue`), [409, 'invoice_not_draft']);
  await ok(nadi, { method: 'DELETE', url: other });
  assert.equal((await show(nadi, issued.id)).status, 'cancelled');
  await assert.rejects(nadi.kit.pool.query('delete from invoices'), /never deleted/);
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  const next = { subscription_id: subscriptionId, due_date: '2026-01-20', draft: true };
  assert.deepEqual(await refused(nadi, 'POST', '/api/invoices', next), [422, 'validation_failed']);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('issued: number, date, taxes and books of that day; a due date that has passed is today', async () => {
  await using nadi = await testApp();
  const made = await draft(nadi);
  await nadi.kit.pool.query(
    `insert into taxes (id, name, rate, created_at, updated_at) values (gen_random_uuid(), 'PPN', 11, '2026-01-16', '2026-01-16')`,
  );
  goTo(nadi, '2026-02-03');
  const issued = await ok<Invoice>(nadi, { method: 'POST', url: `/api/invoices/${made.id}/issue` });
  assert.deepEqual(
    [
      issued.id,
      issued.status,
      issued.invoice_number,
      issued.amount,
      issued.tax_amount,
      issued.due_date,
      issued.created_at,
    ],
    [
      made.id,
      'unpaid',
      'INV-20260203-0001',
      '111002.00',
      '11000.00',
      '2026-02-03',
      '2026-02-03T03:00:00.000Z',
    ],
  );
  assert.deepEqual([issued.lines, issued.taxes.length], [made.lines, 1]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  await ok(nadi, { method: 'POST', url: `/api/invoices/${made.id}/mark-paid` });
  assert.equal((await show(nadi, made.id)).status, 'paid');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('issued, changed, paid and deleted at once on two nodes: one of each, and no number is left out', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  for (let round = 0; round < 6; round += 1) {
    const made = await draft(nadi);
    const url = `/api/invoices/${made.id}`;
    const answers = await Promise.all(
      [nadi, other].flatMap((node) => [
        node.request({ method: 'POST', url: `${url}/issue` }),
        node.request({ method: 'PUT', url, body: { amount: 5000 + round } }),
        node.request({ method: 'POST', url: '/api/payments', body: { invoice_id: made.id, amount: 100 } }),
        ...(round % 2 ? [node.request({ method: 'DELETE', url })] : []),
      ]),
    );
    assert.deepEqual(
      answers.filter(({ statusCode }) => statusCode >= 500).map(({ body }) => body),
      [],
    );
    const issues = answers.filter(
      ({ statusCode, body }) => statusCode === 200 && body.includes('"invoice_number":"INV-'),
    );
    assert.ok(issues.length <= 1, 'it was issued twice');
    assert.deepEqual(await readFaults([nadi, other]), {});
  }
});

test('a draft of who left is not issued, nor on a closed day', async () => {
  await using nadi = await testApp();
  const { subscriptionId, customerId } = await subscriber(nadi, { start: '2026-01-15' });
  const of = await draft(nadi, { customer_id: customerId, subscription_id: subscriptionId });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  assert.deepEqual(await refused(nadi, 'POST', `/api/invoices/${of.id}/issue`), [409, 'subscription_state']);
  const told = await nadi.request({ method: 'POST', url: `/api/invoices/${of.id}/issue` });
  assert.match(told.json().message, /Delete the draft/);
  const anonymous = await draft(nadi, { customer_id: customerId });
  await ok(nadi, { method: 'POST', url: `/api/customers/${customerId}/anonymise` });
  assert.deepEqual(await refused(nadi, 'POST', `/api/invoices/${anonymous.id}/issue`), [
    409,
    'customer_anonymised',
  ]);
  const closed = await draft(nadi);
  await nadi.kit.pool.query("update ledger_closing set closed_until = '2026-01-15'");
  assert.deepEqual(await refused(nadi, 'POST', `/api/invoices/${closed.id}/issue`), [409, 'books_closed']);
  assert.equal((await show(nadi, closed.id)).invoice_number, null);
  const failed = await nadi.edition.runBilling();
  assert.equal(failed.state, 'done', 'nothing was to be booked');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});
