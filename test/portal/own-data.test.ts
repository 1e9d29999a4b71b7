import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addCustomerToken } from '../contract/portal-world.ts';
import { addConfig, check, use } from '../quota/quota-support.ts';
import { readPdf } from '../support/pdf-text.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
await ok(nadi, {
  method: 'PUT',
  url: '/api/organisation',
  body: { name: 'Nusa Net', payment_instructions: 'BCA 123-456 a.n. Nusa Net' },
});

let people = 0;
async function customer() {
  people += 1;
  const made = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-14' });
  const email = `sendiri${people}@rumah.test`;
  await ok(nadi, { method: 'PUT', url: `/api/customers/${made.customerId}`, body: { email } });
  const token = await addCustomerToken(nadi, made.customerId, email);
  const send = (method: 'GET' | 'POST', url: string) => nadi.request({ token, method, url });
  const get = async (url: string) => (await send('GET', `/api/portal${url}`)).json();
  return { ...made, send, get };
}

test('invoices, payments, what is owed and the balance; documents are one’s own', async () => {
  goTo(nadi, '2026-01-15');
  const budi = await customer();
  await ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: budi.customerId, amount: '9999', due_date: '2026-02-01', draft: true },
  });
  goTo(nadi, '2026-02-10');
  await nadi.edition.runBilling();
  const [invoice, ...more] = (await budi.get('/invoices')).data;
  assert.deepEqual([invoice.status, invoice.amount, more.length], ['unpaid', '150000.00', 0], 'no drafts');
  assert.equal((await budi.get('/me')).owed, '150000.00');
  const pdf = await budi.send('GET', `/api/portal/invoices/${invoice.id}/pdf`);
  assert.match((await readPdf(pdf.rawPayload)).text, new RegExp(invoice.invoice_number));
  const body = { invoice_id: invoice.id, amount: '160000', method: 'transfer', notes: 'rahasia kantor' };
  await ok(nadi, { method: 'POST', url: '/api/payments', body });
  const [payment] = (await budi.get('/payments')).data;
  assert.deepEqual(
    [payment.amount, payment.to_balance, payment.invoice_number],
    ['160000.00', '10000.00', invoice.invoice_number],
  );
  assert.ok(!('notes' in payment) && !('received_by' in payment));
  const receipt = await budi.send('GET', `/api/portal/payments/${payment.id}/receipt`);
  assert.match((await readPdf(receipt.rawPayload)).text, new RegExp(payment.receipt_number));
  const { owed, balance } = await budi.get('/me');
  assert.deepEqual([owed, balance], ['0.00', '10000.00']);
  const shown = await budi.get(`/invoices/${invoice.id}`);
  assert.deepEqual([shown.payments.length, shown.lines.length > 0], [1, true]);
});

test('a draft is nobody’s yet', async () => {
  const budi = await customer();
  const draft = await ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: budi.customerId, amount: '9999', due_date: '2026-03-01', draft: true },
  });
  for (const [method, end] of [
    ['GET', ''],
    ['GET', '/pdf'],
    ['POST', '/pay'],
  ] as const)
    assert.equal((await budi.send(method, `/api/portal/invoices/${draft.id}${end}`)).statusCode, 404);
});

test('who is suspended sees why, signs in and pays; where there is no place to, it is told so', async () => {
  goTo(nadi, '2026-01-15');
  const budi = await customer();
  for (const date of ['2026-02-10', '2026-02-25']) {
    goTo(nadi, date);
    await nadi.edition.runBilling();
  }
  const [service] = (await budi.get('/services')).data;
  assert.deepEqual(
    [service.status, service.suspended_for, service.speed, service.end_date],
    ['suspended', 'overdue', null, '2026-02-14'],
  );
  const [invoice] = (await budi.get('/invoices?status=overdue')).data;
  const pay = () => budi.send('POST', `/api/portal/invoices/${invoice.id}/pay`);
  assert.match((await pay()).json().url, /\/bayar\/[\w-]{40,}$/);
  const instructions = (payment_instructions: string | null) =>
    ok(nadi, { method: 'PUT', url: '/api/organisation', body: { payment_instructions } });
  await instructions(null);
  const refused = await pay();
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'payment_unavailable']);
  await instructions('BCA 123-456 a.n. Nusa Net');
  await ok(nadi, { method: 'POST', url: `/api/invoices/${invoice.id}/mark-paid` });
  assert.equal((await budi.get(`/services/${service.id}`)).status, 'active');
  const paid = await budi.send('POST', `/api/portal/invoices/${invoice.id}/pay`);
  assert.equal(paid.json().code, 'invoice_paid');
});

test('usage by day, the quota, and the speed it leaves', async () => {
  goTo(nadi, '2026-03-01');
  const budi = await customer();
  await addConfig(nadi, { action: 'throttle', throttle_rate: '1M/1M', period: 'month' });
  await use(nadi, budi.subscriptionId, '2026-03-01', 4);
  await check(nadi);
  const url = `/services/${budi.subscriptionId}`;
  assert.equal((await budi.get(url)).speed, '10M/10M');
  const usage = await budi.get(`${url}/usage?from=2026-02-28&to=2026-03-01`);
  assert.deepEqual([usage.bytes_in, usage.days.length], [4e9, 1]);
  const quota = async () => (await budi.send('GET', '/api/v1/quota')).json();
  const before = await quota();
  assert.deepEqual([before.member_id, before.used_gb, before.remaining_gb], [budi.customerId, 4, 6]);
  await use(nadi, budi.subscriptionId, '2026-03-01', 7);
  await check(nadi);
  assert.equal((await quota()).state, 'exceeded');
  const { speed, limited_for } = await budi.get(url);
  assert.deepEqual([speed, limited_for], ['1M/1M', 'quota']);
  const staff = await nadi.request({ url: '/api/v1/quota' });
  assert.equal(staff.statusCode, 401);
});

test('online is what the accounting or the last look says, and nothing where nobody knows', async () => {
  const budi = await customer();
  const online = async () => {
    const { online: is, online_since: since } = await budi.get(`/services/${budi.subscriptionId}`);
    return [is, since !== null];
  };
  assert.deepEqual(await online(), [null, false], 'there is no router');
  const at = nadi.clock.now().toString();
  await nadi.kit.pool.query(
    `insert into router_settings (id, name, host, username, password, is_default, created_at, updated_at)
     values (gen_random_uuid(), 'R', 'r.test', 'x', 'x', true, $1, $1)`,
    [at],
  );
  assert.deepEqual(await online(), [null, false], 'it was never looked at');
  await nadi.kit.pool.query(
    `insert into usage_polls (router_id, state, polled_at) select id, 'ok', $1 from router_settings`,
    [at],
  );
  assert.deepEqual(await online(), [false, false]);
  const name = (await budi.get(`/services/${budi.subscriptionId}`)).username;
  await nadi.kit.pool.query(
    `insert into usage_counters (router_id, kind, key, username, subscription_id, started_at, began, router_uptime, bytes_in, bytes_out, seen_at)
     select id, 'pppoe', '*F1', $1, $2, $3, 10, 20, 5, 6, $3 from router_settings`,
    [name, budi.subscriptionId, at],
  );
  assert.deepEqual(await online(), [true, true]);
  nadi.clock.advance({ minutes: 16 });
  assert.deepEqual(await online(), [null, false], 'the look is too old to tell');
});
