import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { systemAuthor } from '#kit/http/call.ts';
import { readFaults } from '../../../test/billing/books.ts';
import { goTo, ok } from '../../../test/support/provider.ts';
import { type TestApp, testApp } from '../../../test/support/test-app.ts';
import { importCustomers } from '../subscriptions/index.ts';
import { type ImportInvoicesOptions, importInvoices } from './import-invoices.ts';
import { importPayments } from './import-payments.ts';

const author = systemAuthor('a test');

/** A provider with the subscribers of the sample file, in the year of the samples. */
async function provider(now = '2026-11-15T03:00:00Z'): Promise<TestApp> {
  const nadi = await testApp({ now });
  for (const name of ['10 Mbps', '20 Mbps', '50 Mbps', '100 Mbps']) {
    await ok(nadi, {
      method: 'POST',
      url: '/api/packages',
      body: { name, bandwidth: '10M/10M', price: 150_000 },
    });
  }
  const source = Readable.from([await sample('customers')]);
  await importCustomers(nadi.kit, nadi.edition.subscriptionHooks, author, source, { fileName: 'c.csv' });
  return nadi;
}

const sample = (name: string) =>
  readFile(new URL(`../../../docs/import-${name}-sample.csv`, import.meta.url));

function invoices(nadi: TestApp, content: string | Uint8Array, options: Partial<ImportInvoicesOptions> = {}) {
  return importInvoices(nadi.kit, author, Readable.from([Buffer.from(content)]), {
    fileName: 'i.csv',
    ...options,
  });
}

function payments(nadi: TestApp, content: string | Uint8Array, options: { readonly dryRun?: boolean } = {}) {
  return importPayments(nadi.kit, author, Readable.from([Buffer.from(content)]), {
    fileName: 'p.csv',
    ...options,
  });
}

interface Told {
  readonly faults: readonly { line: number; column?: string; text: { en: string; id: string } }[];
}
const texts = ({ faults }: Told) =>
  faults.map(({ line, column, text }) => `${line} ${column ?? ''}: ${text.en}`);

async function total(nadi: TestApp, what: string): Promise<number> {
  return (await ok<{ total: number }>(nadi, { url: `/api/${what}` })).total;
}

async function subscriptionsOf(nadi: TestApp) {
  const { rows } = await nadi.kit.pool.query(
    'select id, status, end_date, billed_until from subscriptions order by id',
  );
  return rows;
}

async function balanceOf(nadi: TestApp, date: string): Promise<Record<string, string>> {
  const { accounts } = await ok<{ accounts: { account: string; balance: string }[] }>(nadi, {
    url: `/api/ledger/trial-balance?date=${date}`,
  });
  return Object.fromEntries(accounts.map(({ account, balance }) => [account, balance]));
}

const header = 'number,customer,date,amount,status';

test('the sample files are imported, twice to the same end, and booked on their dates', async () => {
  await using nadi = await provider();
  const before = await subscriptionsOf(nadi);
  const rehearsed = await invoices(nadi, await sample('invoices'), { dryRun: true });
  assert.deepEqual([texts(rehearsed), rehearsed.invoices, await total(nadi, 'invoices')], [[], 8, 0]);
  const first = await invoices(nadi, await sample('invoices'));
  assert.deepEqual(
    [first.invoices, first.paid, first.unpaid, first.cancelled, first.alreadyThere],
    [8, 5, 2, 1, 0],
  );
  assert.deepEqual(await balanceOf(nadi, '2026-02-28'), {
    cash: '150000.00',
    bank: '150000.00',
    gateway: '277500.00',
    revenue: '-550000.00',
    tax: '-27500.00',
    receivable: '0.00',
  });
  assert.equal((await balanceOf(nadi, '2026-02-08')).receivable, '150000.00');
  const paid = await payments(nadi, await sample('payments'));
  assert.deepEqual([texts(paid), paid.payments], [[], 3]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  assert.deepEqual(await subscriptionsOf(nadi), before, 'history extends and suspends nothing');
  const again = await invoices(nadi, await sample('invoices'));
  const paidAgain = await payments(nadi, await sample('payments'));
  assert.deepEqual(
    [again.invoices, again.alreadyThere, paidAgain.payments, paidAgain.alreadyThere],
    [0, 8, 0, 3],
  );
  assert.equal(await total(nadi, 'invoices'), 8);
  assert.equal(await total(nadi, 'payments'), 8);
  assert.equal(await total(nadi, 'audit-logs?action=invoices.imported'), 1);
  assert.equal(await total(nadi, 'audit-logs?action=payments.imported'), 1);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('an open imported invoice is overdue, suspends nobody, is found by its number and paid as any other', async () => {
  await using nadi = await provider();
  await invoices(nadi, await sample('invoices'));
  await nadi.drainJobs();
  const suspended = await total(nadi, 'subscriptions?status=suspended');
  goTo(nadi, '2026-11-16');
  await nadi.edition.runBilling();
  assert.equal(await total(nadi, 'subscriptions?status=suspended'), suspended, 'only the run’s own suspend');
  const { data } = await ok<{ data: { id: string; status: string; amount: string; created_at: string }[] }>(
    nadi,
    {
      url: '/api/invoices?search=SN/2026/008',
    },
  );
  const [open] = data;
  assert.ok(open);
  assert.equal(open.status, 'overdue');
  assert.equal(open.created_at, '2026-06-08T05:00:00.000Z');
  assert.equal((await nadi.request({ url: `/api/invoices/${open.id}/pdf` })).statusCode, 200);
  const settled = await ok<{ status: string }>(nadi, {
    method: 'POST',
    url: `/api/invoices/${open.id}/mark-paid`,
  });
  assert.equal(settled.status, 'paid');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a fault of an invoice is told with its line, its column and what to write, in both languages', async () => {
  await using nadi = await provider();
  await ok(nadi, { method: 'POST', url: '/api/ledger/closing', body: { closed_until: '2025-12-31' } });
  await nadi.kit.pool.query(
    `update customers set phone = '0811-000-111' where name in ('Budi Santoso', 'Siti Aminah')`,
  );
  const result = await invoices(
    nadi,
    `${header},due_date,tax,paid_on
A-1,budi.santoso,2026-03-01,150000,paid,,,
A-1,budi.santoso,2026-03-01,150000,paid,,,
A-2,nobody,2026-03-01,150000,paid,,,
A-3,0811000111,2026-03-01,150000,paid,,,
A-4,budi.santoso,2026-12-01,150000,unpaid,,,
A-5,budi.santoso,2025-12-31,150000,unpaid,,,
A-6,budi.santoso,2025-12-31,150000,void,,,
A-7,budi.santoso,2026-03-01,150000.50,lunas,01/02/2026,,
A-8,budi.santoso,2026-03-01,150000,maybe,,,
A-9,budi.santoso,2026-03-01,150000,paid,,80000,2026-12-01
INV-20261115-0001,budi.santoso,2026-03-01,150000,unpaid,,,
INV-20260301-0001,budi.santoso,2026-03-01,150000,unpaid,,,
,budi.santoso,2026-03-01,-5,unpaid,,,`,
  );
  const expected = [
    /^3 number: "A-1" stands in line 2 already/,
    /^4 customer: "nobody" is no username of a subscription/,
    /^5 customer: "0811000111" belongs to 2 customers: Budi Santoso, Siti Aminah\. Write the username/,
    /^6 date: "2026-12-01" lies in the future/,
    /^7 date: "2025-12-31": the books are closed until 2025-12-31/,
    /^9 due_date: "01\/02\/2026": write it as 2026-02-01/,
    /^9 amount: "150000.50": Use whole rupiah/,
    /^10 status: "maybe": this is not one of the words/,
    /^11 paid_on: "2026-12-01" lies in the future/,
    /^11 tax: "80000.00" is more than half/,
    /^12 number: "INV-20261115-0001" is a number that Nadi gives itself.*OLD-INV-20261115-0001/,
    /^14 number: it is empty/,
    /^14 amount: "-5": /,
  ];
  const found = texts(result);
  assert.equal(found.length, expected.length, found.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
  for (const { text } of result.faults) assert.notEqual(text.en, text.id);
  assert.equal(await total(nadi, 'invoices'), 0);
});

test('a number that looks like ours stays out of the way of our own', async () => {
  await using nadi = await provider();
  await invoices(nadi, `${header}\nINV-20260301-0001,budi.santoso,2026-03-01,150000,unpaid`);
  const { data } = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/customers?search=budi' });
  const made = await ok<{ invoice_number: string }>(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: data[0]?.id, amount: 1000, due_date: '2026-11-20' },
  });
  assert.equal(made.invoice_number, 'INV-20261115-0001');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  const other = await invoices(nadi, `${header}\nINV-20261115-0001,siti.aminah,2026-03-01,1,unpaid`);
  assert.match(texts(other).join(), /already the number of an invoice of Budi Santoso of 1000\.00/);
});

test('a fault of a payment is told, and nothing is imported', async () => {
  await using nadi = await provider();
  await nadi.drainJobs();
  await invoices(nadi, await sample('invoices'));
  const { data } = await ok<{ data: { invoice_number: string; subscription_id: string | null }[] }>(nadi, {
    url: '/api/invoices?per_page=100',
  });
  const own = data.find((invoice) => invoice.subscription_id !== null)?.invoice_number ?? '';
  const before = await total(nadi, 'payments');
  const result = await payments(
    nadi,
    `invoice,amount,date,method
SN/2026/004,100000,2026-03-28,tunai
SN/2026/004,60000,2026-03-29,tunai
SN/2026/004,50000,2026-03-29,tunai
SN/2026/004,1,2026-03-30,tunai
SN/2026/099,1,2026-03-30,tunai
SN/2026/005,1,2026-03-30,tunai
${own},1,2026-03-30,tunai
SN/2026/008,1,2026-12-30,balance
SN/2026/001,150000,2026-01-07,tunai`,
  );
  const expected = [
    /^3 amount: "60000.00" is more than the 50000.00 that is left of SN\/2026\/004\. Write 50000.00 at most/,
    /^5 invoice: "SN\/2026\/004" is paid in full before this line/,
    /^6 invoice: "SN\/2026\/099" is not the number of an invoice/,
    /^7 invoice: "SN\/2026\/005" is void/,
    /^8 invoice: "INV-.*" is an invoice that Nadi made/,
    /^9 method: "balance"/,
  ];
  const found = texts(result);
  assert.equal(found.length, expected.length, found.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? '', pattern);
  assert.equal(result.alreadyPaid, 1);
  assert.equal(await total(nadi, 'payments'), before);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('invoices whose payments follow stay open until these come; two alike on a day are two', async () => {
  await using nadi = await provider();
  const first = await invoices(
    nadi,
    `${header}\nB-1,budi.santoso,2026-03-01,150000,paid\nB-2,budi.santoso,2026-03-01,0,paid`,
    { paymentsFollow: true },
  );
  assert.deepEqual([first.paid, first.unpaid], [0, 2]);
  const file = 'invoice,amount,date\nB-1,50000,2026-03-02\nB-1,50000,2026-03-02\nB-1,50000,2026-03-03';
  const cut = file.split('\n').slice(0, 2).join('\n');
  assert.equal((await payments(nadi, cut)).payments, 1);
  const whole = await payments(nadi, file);
  assert.deepEqual([texts(whole), whole.payments, whole.alreadyThere], [[], 2, 1]);
  assert.equal(await total(nadi, 'invoices?status=paid'), 2);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('files at once add each line once, and one killed in the middle leaves nothing', async () => {
  await using nadi = await provider();
  const lines = (from: number) =>
    Array.from({ length: 3000 }, (_, index) => `K-${from + index},budi.santoso,2026-03-01,1000,paid\n`).join(
      '',
    );
  const file = `${header}\n${lines(0)}`;
  const both = await Promise.all([invoices(nadi, file), invoices(nadi, file)]);
  assert.deepEqual(
    both.map((result) => result.invoices).toSorted((a, b) => a - b),
    [0, 3000],
  );
  async function* killed() {
    yield Buffer.from(`${header}\n${lines(3000)}`);
    yield Buffer.from(lines(6000));
    const { rowCount } = await nadi.kit.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
    );
    assert.equal(rowCount, 1);
    yield Buffer.from(lines(9000));
  }
  await assert.rejects(importInvoices(nadi.kit, author, killed(), { fileName: 'k.csv' }));
  const { rows } = await nadi.kit.pool.query('select count(*)::int as n from invoices');
  assert.equal(rows[0]?.n, 3000);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('payments taken while they are imported neither hang nor count twice', async () => {
  await using nadi = await provider();
  const lines = Array.from({ length: 60 }, (_, index) => `M-${index},budi.santoso,2026-03-01,1000,unpaid`);
  await invoices(nadi, `${header}\n${lines.join('\n')}`);
  const { rows } = await nadi.kit.pool.query(`select id from invoices where invoice_number like 'M-%'`);
  const file = `invoice,amount,date\n${Array.from({ length: 60 }, (_, index) => `M-${59 - index},1000,2026-03-02`).join('\n')}`;
  const taken = rows.map(({ id }) => nadi.request({ method: 'POST', url: `/api/invoices/${id}/mark-paid` }));
  const result = await payments(nadi, file);
  const statuses = (await Promise.all(taken)).map((answer) => answer.statusCode);
  assert.ok(
    statuses.every((status) => status < 500),
    statuses.join(),
  );
  assert.ok(result.faults.every(({ text }) => text.en.includes('paid in full')));
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});
