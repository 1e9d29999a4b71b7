import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoicesOf, ok, subscriber } from '../../../test/support/provider.ts';
import { testApp } from '../../../test/support/test-app.ts';

test('a customer with invoices is kept: delete is refused, anonymise erases', async () => {
  await using nadi = await testApp();
  const { customerId, subscriptionId } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.drainJobs();
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1);
  const refused = await nadi.request({ method: 'DELETE', url: `/api/customers/${customerId}` });
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'customer_has_invoices']);
  const early = await nadi.request({ method: 'POST', url: `/api/customers/${customerId}/anonymise` });
  assert.deepEqual([early.statusCode, early.json().code], [409, 'customer_has_subscriptions']);
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  const erased = await ok(nadi, { method: 'POST', url: `/api/customers/${customerId}/anonymise` });
  assert.match(String(erased.name), /^Anonim /);
  assert.equal(erased.phone, null);
  assert.equal((await invoicesOf(nadi, subscriptionId)).length, 1, 'the invoice stands');
});

test('a customer never invoiced is deleted with the subscriptions and accounts', async () => {
  await using nadi = await testApp();
  const { customerId, subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-06-01' });
  await ok(nadi, { method: 'DELETE', url: `/api/customers/${customerId}` });
  assert.equal((await nadi.request({ url: `/api/subscriptions/${subscriptionId}` })).statusCode, 404);
  assert.equal((await nadi.request({ url: `/api/customers/${customerId}` })).statusCode, 404);
  const { rows } = await nadi.kit.pool.query('select count(*)::int as count from mikrotik_secrets');
  assert.equal(rows[0].count, 0);
});

test('search takes % _ and \\ as they are, part of name, e-mail or phone', async () => {
  await using nadi = await testApp();
  for (const [name, phone] of [
    ['Ani 100% Jaya', '0811-111'],
    ['Budi_Santoso', '0822-222'],
    ['C:\\Warnet', '0833-333'],
  ] as const) {
    await ok(nadi, { method: 'POST', url: '/api/customers', body: { name, phone } });
  }
  const find = async (text: string) =>
    (
      await ok<{ data: { name: string }[] }>(nadi, {
        url: `/api/customers?search=${encodeURIComponent(text)}`,
      })
    ).data.map((customer) => customer.name);
  assert.deepEqual(await find('00%'), ['Ani 100% Jaya']);
  assert.deepEqual(await find('di_s'), ['Budi_Santoso']);
  assert.deepEqual(await find(':\\w'), ['C:\\Warnet']);
  assert.deepEqual(await find('2-22'), ['Budi_Santoso']);
  assert.deepEqual(await find('%%%'), []);
});

test('a change writes who, what, before and after; a change of nothing writes nothing', async () => {
  await using nadi = await testApp();
  const customer = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name: 'Ani', phone: '0811' },
  });
  const url = `/api/customers/${customer.id}`;
  // Rows of one millisecond stand in no order.
  nadi.clock.advance({ milliseconds: 1 });
  await ok(nadi, { method: 'PATCH', url, as: 'operator', body: { phone: '0822' } });
  await ok(nadi, { method: 'PUT', url, as: 'operator', body: { phone: '0822' } });
  const { data } = await ok<{ data: Record<string, unknown>[] }>(nadi, {
    url: `/api/audit-logs?subject_id=${customer.id}`,
  });
  assert.deepEqual(
    data.map((row) => [row.action, row.actor, row.old_values, row.user_id]),
    [
      ['customer.updated', 'operator@nadi.test', { phone: '0811' }, nadi.userIds.operator],
      ['customer.created', 'admin@nadi.test', null, nadi.userIds.admin],
    ],
  );
});
