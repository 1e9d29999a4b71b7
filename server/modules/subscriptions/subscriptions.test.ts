import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, subscriber } from '../../../test/support/provider.ts';
import { testApp } from '../../../test/support/test-app.ts';
import { anchorDay, datesFault } from './rules.ts';

test('the anchor keeps the start’s day through shorter months', () => {
  assert.equal(anchorDay('2025-01-31', '2026-02-28'), 31);
  assert.equal(anchorDay('2025-01-31', '2026-03-31'), 31);
  assert.equal(anchorDay('2025-01-31', '2026-02-15'), 15);
  assert.equal(anchorDay('2025-01-05', '2026-02-05'), 5);
});

test('dates that would invoice years are refused', () => {
  assert.equal(datesFault('2026-01-15', '2026-01-14', '2026-01-15'), 'end_before_start');
  assert.equal(datesFault('2015-01-15', '2016-01-14', '2026-01-15'), 'end_too_old');
  assert.equal(datesFault('2015-01-15', '2026-01-14', '2026-01-15'), undefined);
});

test('a username is unique while in use, and free again once cancelled', async () => {
  await using nadi = await testApp();
  const first = await subscriber(nadi);
  const { mikrotik_username: username } = await ok(nadi, {
    url: `/api/subscriptions/${first.subscriptionId}`,
  });
  const body = { customer_id: first.customerId, package_id: first.packageId, mikrotik_username: username };
  const taken = await nadi.request({ method: 'POST', url: '/api/subscriptions', body });
  assert.equal(taken.statusCode, 422);
  assert.match(taken.json().errors.mikrotik_username[0], /in use/);
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${first.subscriptionId}` });
  await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
});

test('the password is in no answer but its own, and each look is recorded', async () => {
  await using nadi = await testApp();
  const { subscriptionId, customerId } = await subscriber(nadi);
  const url = `/api/subscriptions/${subscriptionId}`;
  await ok(nadi, { method: 'PUT', url, body: { mikrotik_password: 'rahasia-sekali' } });
  for (const path of [url, '/api/subscriptions', `/api/customers/${customerId}`]) {
    assert.ok(!(await nadi.request({ url: path })).body.includes('rahasia-sekali'));
  }
  const secret = await ok(nadi, { url: `${url}/secret`, as: 'operator' });
  assert.equal(secret.password, 'rahasia-sekali');
  assert.equal((await nadi.request({ url: `${url}/secret`, as: 'viewer' })).statusCode, 403);
  const log = await ok<{ total: number }>(nadi, { url: '/api/audit-logs?action=subscription.secret_shown' });
  assert.equal(log.total, 1);
  assert.ok(!nadi.logged().includes('rahasia-sekali'));
  const all = await nadi.kit.pool.query(
    "select count(*)::int as count from audit_logs where to_jsonb(audit_logs)::text like '%rahasia%'",
  );
  assert.equal(all.rows[0].count, 0);
});

test('from a license to a network package: it needs a username and gets an account', async () => {
  await using nadi = await testApp();
  const pppoe = await subscriber(nadi);
  const license = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'L', type: 'license', price: 1 },
  });
  const created = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: { customer_id: pppoe.customerId, package_id: license.id },
  });
  const url = `/api/subscriptions/${created.id}`;
  assert.equal((await nadi.request({ url: `${url}/secret` })).statusCode, 404);
  const refused = await nadi.request({ method: 'PUT', url, body: { package_id: pppoe.packageId } });
  assert.ok(refused.json().errors.mikrotik_username);
  await ok(nadi, { method: 'PUT', url, body: { package_id: pppoe.packageId, mikrotik_username: 'baru' } });
  assert.equal((await ok(nadi, { url: `${url}/secret` })).username, 'baru');
});

test('states: cancelled is final, a package in use stays, a package not sold is refused', async () => {
  await using nadi = await testApp();
  const { subscriptionId, packageId, customerId } = await subscriber(nadi);
  const inUse = await nadi.request({ method: 'DELETE', url: `/api/packages/${packageId}` });
  assert.deepEqual([inUse.statusCode, inUse.json().code], [409, 'package_in_use']);
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  for (const act of ['suspend', 'activate']) {
    const answer = await nadi.request({ method: 'POST', url: `/api/subscriptions/${subscriptionId}/${act}` });
    assert.deepEqual([answer.statusCode, answer.json().code], [409, 'subscription_state']);
  }
  await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { is_active: false } });
  const body = { customer_id: customerId, package_id: packageId, mikrotik_username: 'lagi' };
  const notSold = await nadi.request({ method: 'POST', url: '/api/subscriptions', body });
  assert.match(notSold.json().errors.package_id[0], /no longer sold/);
});
