import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, payAll, subscriber, subscriptionOf } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

test('field.md 2: suspended with nothing to pay, or over a rounding remainder – nobody is', async () => {
  await using nadi = await testApp();
  // 12 % of 11/12 of 99,995 is 10,999.45: the tax, the invoice and what is paid are whole rupiah all the same.
  await nadi.kit.pool.query(
    `insert into taxes (id, name, rate, base_numerator, base_denominator, created_at, updated_at)
     values (nadi_uuid('2026-01-01'), 'PPN', 12, 11, 12, '2026-01-01', '2026-01-01')`,
  );
  const paid = await subscriber(nadi, { start: '2026-01-15', price: 99_995 });
  const nearly = await subscriber(nadi, { start: '2026-01-15', price: 99_995 });
  const free = await subscriber(nadi, { start: '2026-01-15', price: 0.4 });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, paid.subscriptionId);
  assert.equal(invoice?.amount, '110994.00');
  for (const amount of ['36998.00', '36998.00', '36998.00'])
    await ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: invoice?.id, amount } });
  const [other] = await invoicesOf(nadi, nearly.subscriptionId);
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: other?.id, amount: '110993.01' },
  });
  for (const day of ['2026-01-20', '2026-02-10']) {
    goTo(nadi, day);
    await nadi.edition.runBilling();
  }
  for (const { subscriptionId } of [paid, nearly, free]) {
    const open = (await invoicesOf(nadi, subscriptionId)).some(({ status }) => status === 'overdue');
    assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'active', String(open));
  }
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('field.md 3: three months suspended are not billed when it is resumed', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { months: 1, start: '2026-01-15' });
  await nadi.edition.runBilling();
  for (const day of ['2026-01-17', '2026-02-10', '2026-03-10', '2026-04-17']) {
    goTo(nadi, day);
    await nadi.edition.runBilling();
  }
  assert.equal((await subscriptionOf(nadi, subscriptionId)).status, 'suspended');
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
  await payAll(nadi, subscriptionId);
  await nadi.edition.runBilling();
  const { status, end_date: end } = await subscriptionOf(nadi, subscriptionId);
  // 17 January to 17 April are ninety days without service: the paid month goes on for as long.
  assert.deepEqual([status, end], ['active', '2026-05-16']);
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
});

test('field.md 8: nobody knew whether a payment was taken, and asked again – one payment', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  const part = { invoice_id: invoice?.id, amount: '50000', method: 'transfer', idempotency_key: 'TRX-1' };
  const pay = (node: TestApp, body: object) =>
    ok<{ id: string }>(node, { method: 'POST', url: '/api/payments', body });
  // The answer is lost on its way; a day later somebody asks again, on the other node.
  const first = await pay(nadi, part);
  for (const node of [nadi, other]) goTo(node, '2026-01-16');
  assert.equal((await pay(other, part)).id, first.id);
  assert.equal((await invoicesOf(nadi, subscriptionId))[0]?.amount_paid, '50000.00');
  // The key of one payment is not good for another.
  for (const change of [{ amount: '60000' }, { method: 'cash' }, { transaction_id: 'TRX-2' }]) {
    const refused = await nadi.request({
      method: 'POST',
      url: '/api/payments',
      body: { ...part, ...change },
    });
    assert.deepEqual(
      [refused.statusCode, Object.keys(refused.json().errors)],
      [422, ['idempotency_key']],
      JSON.stringify(change),
    );
  }
  assert.deepEqual(await readFaults([nadi, other]), {});
});

test('field.md 8: the same notification of a payment comes twice at once, on two nodes – one payment', async () => {
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const { subscriptionId, customerId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  for (const [key, amount] of [
    ['A', '50000'],
    ['B', '150000'],
  ] as const) {
    const body = { invoice_id: invoice?.id, amount, method: 'qris', idempotency_key: key };
    const sent = [nadi, other, nadi, other].map((node) =>
      ok<{ id: string }>(node, { method: 'POST', url: '/api/payments', body }),
    );
    assert.equal(new Set((await Promise.all(sent)).map(({ id }) => id)).size, 1, key);
  }
  // 150,000 were owed and 200,000 came: the rest is the customer's, once.
  assert.equal((await invoicesOf(nadi, subscriptionId))[0]?.status, 'paid');
  const { balance } = await ok<{ balance: string }>(nadi, { url: `/api/customers/${customerId}/funds` });
  assert.equal(balance, '50000.00');
  assert.deepEqual(await readFaults([nadi, other]), {});
});

test('a closed day takes no booking: the payment is refused whole, and a later date is taken', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  const [invoice] = await invoicesOf(nadi, subscriptionId);
  goTo(nadi, '2026-02-03');
  const close = (until: string) =>
    nadi.request({ method: 'POST', url: '/api/ledger/closing', body: { closed_until: until } });
  assert.equal((await close('2026-01-31')).statusCode, 200);
  assert.equal((await close('2026-01-30')).statusCode, 422);
  assert.equal((await close('2026-02-03')).statusCode, 422);
  const pay = (date: string) =>
    nadi.request({
      method: 'POST',
      url: '/api/payments',
      body: { invoice_id: invoice?.id, amount: '100000', payment_date: date },
    });
  const refused = await pay('2026-01-31T10:00:00Z');
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'books_closed']);
  assert.equal((await invoicesOf(nadi, subscriptionId))[0]?.amount_paid, '0.00');
  // 31 January, 18:00 UTC is 1 February in Jakarta.
  assert.equal((await pay('2026-01-31T18:00:00Z')).statusCode, 201);
  // A clock that goes back into closed days bills nothing, rather than into closed books.
  goTo(nadi, '2026-01-20');
  const run = await nadi.request({ method: 'POST', url: '/api/billing/run', body: {} });
  assert.ok([200, 409].includes(run.statusCode), run.body);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  const trial = await ok(nadi, { url: '/api/ledger/trial-balance?date=2026-02-28' });
  assert.equal(trial.debit, trial.credit);
});
