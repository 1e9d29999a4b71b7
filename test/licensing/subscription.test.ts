import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import {
  addPlan,
  beating,
  box,
  call,
  done,
  drawKey,
  pairing,
  refusedWith,
  rowsOf,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

interface License {
  readonly id: string;
  readonly status: string;
  readonly valid_until: string | null;
  readonly package: { readonly name: string };
  readonly subscription_id: string | null;
}

const licensesOf = async (customerId: string) =>
  (await ok<{ data: License[] }>(nadi, { url: `/api/licenses?customer_id=${customerId}` })).data;

async function subscribed(body: object = {}) {
  const { packageId, customerId } = await addPlan(nadi);
  const given = {
    customer_id: customerId,
    package_id: packageId,
    start_date: '2026-01-15',
    end_date: '2026-02-15',
    ...body,
  };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body: given });
  const [license] = await licensesOf(customerId);
  assert.ok(license);
  const stands = async () => (await licensesOf(customerId))[0];
  const act = (verb: string, more: object = {}) =>
    ok(nadi, { method: 'POST', url: `/api/licenses/${license.id}/${verb}`, body: more });
  const subscription = (verb: string) =>
    ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/${verb}` });
  return { packageId, customerId, subscriptionId: id, license, stands, act, subscription };
}

test('a subscription to a license makes its license, valid as long as it is paid', async () => {
  const { license, subscriptionId } = await subscribed();
  assert.partialDeepStrictEqual(license, {
    status: 'active',
    subscription_id: subscriptionId,
    valid_until: '2026-02-14T17:00:00.000Z',
  });
  const { customerId } = await addPlan(nadi);
  const pack = { name: 'Internet', bandwidth: '10M/10M', price: '100000' };
  const { id: packageId } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const body = { customer_id: customerId, package_id: packageId, mikrotik_username: 'internet' };
  await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  assert.deepEqual(await licensesOf(customerId), []);
});

test('a license is suspended and resumed with its subscription, and its installations are told', async () => {
  const { license, stands, subscription } = await subscribed();
  const key = await drawKey(nadi, license.id);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  await subscription('suspend');
  assert.equal((await stands())?.status, 'suspended');
  refusedWith(await call(nadi, 'heartbeat', beating(key, machine, 1), { token }), 'SUSPENDED');
  refusedWith(await call(nadi, 'pair', pairing(key, machine)), 'SUSPENDED');
  await subscription('activate');
  await done(nadi, 'heartbeat', beating(key, machine, 1), { token });
});

test('what a person suspended or revoked, no payment resumes; and a person does not lift what the subscription does', async () => {
  const { stands, act, subscription } = await subscribed();
  await act('revoke', { reason: 'Pelanggaran' });
  await subscription('suspend');
  await subscription('activate');
  assert.equal((await stands())?.status, 'revoked');
  await act('resume');
  assert.equal((await stands())?.status, 'active');
  await subscription('suspend');
  await act('suspend', { reason: 'Diselidiki' });
  await act('resume');
  assert.equal((await stands())?.status, 'suspended');
  await subscription('activate');
  assert.equal((await stands())?.status, 'active');
});

test('a payment extends the license, reversing it takes that back, and the run suspends who does not pay', async () => {
  await using app = await vendorApp({ now: '2026-02-10T03:00:00Z' });
  const { packageId, customerId } = await addPlan(app);
  const body = {
    customer_id: customerId,
    package_id: packageId,
    start_date: '2026-01-15',
    end_date: '2026-02-15',
  };
  const { id: subscriptionId } = await ok(app, { method: 'POST', url: '/api/subscriptions', body });
  const stands = async () =>
    (await ok<{ data: License[] }>(app, { url: `/api/licenses?customer_id=${customerId}` })).data[0];
  await app.edition.runBilling();
  const { data: invoices } = await ok<{ data: { id: string }[] }>(app, {
    url: `/api/invoices?customer_id=${customerId}`,
  });
  const pay = { invoice_id: invoices[0]?.id, amount: '1000000' };
  const { id: payment } = await ok(app, { method: 'POST', url: '/api/payments', body: pay });
  assert.equal((await stands())?.valid_until, '2026-03-14T17:00:00.000Z');
  await ok(app, { method: 'DELETE', url: `/api/payments/${payment}` });
  assert.equal((await stands())?.valid_until, '2026-02-14T17:00:00.000Z');
  app.clock.set('2026-02-16T03:00:00Z');
  assert.equal((await stands())?.status, 'grace');
  app.clock.set('2026-02-18T03:00:00Z');
  await app.edition.runBilling();
  assert.equal((await stands())?.status, 'suspended');
  await ok(app, { method: 'POST', url: '/api/payments', body: pay });
  assert.equal((await stands())?.status, 'active');
  await ok(app, { method: 'DELETE', url: `/api/subscriptions/${subscriptionId}` });
  assert.equal((await stands())?.status, 'expired');
});

test('one that does not renew expires with its paid time, and starts again with a payment', async () => {
  await using app = await vendorApp({ now: '2026-02-20T03:00:00Z' });
  const { packageId, customerId } = await addPlan(app);
  const body = {
    customer_id: customerId,
    package_id: packageId,
    start_date: '2026-01-15',
    end_date: '2026-02-15',
    auto_renew: false,
  };
  const { id } = await ok(app, { method: 'POST', url: '/api/subscriptions', body });
  const stands = async () =>
    (await ok<{ data: License[] }>(app, { url: `/api/licenses?customer_id=${customerId}` })).data[0]?.status;
  await app.edition.runBilling();
  assert.equal(await stands(), 'expired');
  await ok(app, { method: 'POST', url: `/api/subscriptions/${id}/activate` });
  assert.notEqual(await stands(), 'expired');
});

test('a license has the plan of the package its subscription changes to', async () => {
  const { stands, subscriptionId } = await subscribed();
  const { packageId } = await addPlan(nadi, { limits: { max_rooms: 500 } });
  await ok(nadi, {
    method: 'PUT',
    url: `/api/subscriptions/${subscriptionId}`,
    body: { package_id: packageId },
  });
  assert.partialDeepStrictEqual(await stands(), { package: { id: packageId }, limits: { max_rooms: 500 } });
});

test('who subscribed before their package was one of licenses gets a license as it becomes one', async () => {
  const pack = { name: 'Dulu internet', bandwidth: '10M/10M', price: '100000' };
  const { id: packageId } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const { customerId } = await addPlan(nadi);
  const body = { customer_id: customerId, package_id: packageId, mikrotik_username: 'dulu' };
  await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { type: 'license' } });
  assert.equal((await licensesOf(customerId)).length, 1);
});

test('a license of a subscription is renewed by paying, and its package is the subscription’s', async () => {
  const { license, packageId } = await subscribed();
  const code = async (method: 'POST' | 'PUT', path: string, body: object) =>
    (await nadi.request({ method, url: `/api/licenses/${license.id}${path}`, body })).json().code;
  assert.equal(await code('POST', '/renew', { valid_until: '2030-01-01' }), 'license_of_subscription');
  assert.equal(await code('PUT', '', { package_id: packageId }), 'license_of_subscription');
});

test('sold to somebody else, a license follows their subscription, or keeps the time that is paid', async () => {
  const sold = await subscribed();
  const key = await drawKey(nadi, sold.license.id);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const buyer = await subscribed({ end_date: '2026-06-15' });
  await sold.act('transfer', {
    customer_id: buyer.customerId,
    subscription_id: buyer.subscriptionId,
    reason: 'Hotel dijual',
  });
  assert.partialDeepStrictEqual(await licensesOf(buyer.customerId), [
    { id: sold.license.id, subscription_id: buyer.subscriptionId, valid_until: '2026-06-14T17:00:00.000Z' },
  ]);
  assert.deepEqual(await licensesOf(sold.customerId), []);
  await done(nadi, 'heartbeat', beating(key, machine, 1), { token });
  const heir = await addPlan(nadi);
  await sold.act('transfer', { customer_id: heir.customerId, reason: 'Warisan' });
  assert.partialDeepStrictEqual(await licensesOf(heir.customerId), [
    { subscription_id: null, valid_until: '2026-06-14T17:00:00.000Z' },
  ]);
  const third = await subscribed();
  await done(nadi, 'pair', pairing(await drawKey(nadi, third.license.id), box()));
  const url = `/api/licenses/${sold.license.id}/transfer`;
  const into = { customer_id: third.customerId, subscription_id: third.subscriptionId, reason: 'Tes' };
  assert.equal((await nadi.request({ method: 'POST', url, body: into })).json().code, 'license_state');
  const foreign = { ...into, subscription_id: buyer.subscriptionId };
  assert.ok((await nadi.request({ method: 'POST', url, body: foreign })).json().errors.subscription_id);
  const logs = await rowsOf(
    nadi,
    `select new_values from audit_logs where action = 'license.transferred' and subject_id = $1`,
    [sold.license.id],
  );
  assert.equal(logs.length, 2);
});

test('a license that was to be paid afterwards keeps no more than what is paid when it is sold', async () => {
  const { customerId } = await addPlan(nadi);
  const pack = { name: 'Bayar belakangan', type: 'license', price: '100000', billing_mode: 'postpaid' };
  const { id: packageId } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const body = { customer_id: customerId, package_id: packageId, start_date: '2026-01-15' };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/suspend` });
  const [license] = await licensesOf(customerId);
  assert.deepEqual([license?.status, license?.valid_until], ['suspended', null]);
  const heir = await addPlan(nadi);
  const to = { customer_id: heir.customerId, reason: 'Warisan' };
  await ok(nadi, { method: 'POST', url: `/api/licenses/${license?.id}/transfer`, body: to });
  assert.partialDeepStrictEqual(await licensesOf(heir.customerId), [
    { subscription_id: null, status: 'grace', valid_until: '2026-01-14T17:00:00.000Z' },
  ]);
});

test('a license ends when its subscription is changed to what is none, and is back when that is', async () => {
  const { packageId, subscriptionId, license, stands } = await subscribed();
  const key = await drawKey(nadi, license.id);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const pack = { name: 'Internet saja', bandwidth: '10M/10M', price: '100000' };
  const { id: internet } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const change = (to: string) =>
    ok(nadi, {
      method: 'PUT',
      url: `/api/subscriptions/${subscriptionId}`,
      body: { package_id: to, mikrotik_username: 'hotel', mikrotik_password: 'rahasia123' },
    });
  await change(internet);
  assert.equal((await stands())?.status, 'expired');
  refusedWith(await call(nadi, 'heartbeat', beating(key, machine, 1), { token }), 'EXPIRED');
  await change(packageId);
  assert.equal((await stands())?.status, 'active');
  await done(nadi, 'heartbeat', beating(key, machine, 2), { token });
});

test('nobody ends all licenses of a package by making it another kind of package', async () => {
  const { packageId, license } = await subscribed();
  const key = await drawKey(nadi, license.id);
  const { token } = await done(nadi, 'pair', pairing(key, box()));
  const become = (type: string) =>
    nadi.request({
      method: 'PUT',
      url: `/api/packages/${packageId}`,
      body: { type, bandwidth: '10M/10M' },
    });
  const refused = await become('hotspot');
  assert.equal(refused.statusCode, 422);
  assert.deepEqual(Object.keys(refused.json().errors), ['type']);
  await done(nadi, 'unpair', { reason: 'Tutup' }, { token });
  assert.equal((await become('hotspot')).statusCode, 200);
  assert.equal((await become('license')).statusCode, 200);
});

test('thousands of licenses follow in the statement of the change itself', async () => {
  await using app = await vendorApp({ now: '2026-02-20T03:00:00Z' });
  const { packageId, customerId } = await addPlan(app);
  const at = app.clock.now().toString();
  await app.kit.pool.query(
    `insert into subscriptions (id, customer_id, package_id, start_date, end_date, billed_until, anchor_day, status, auto_renew, created_at, updated_at)
     select nadi_uuid($3::timestamptz, n), $1, $2, '2026-01-15', '2026-02-15', '2026-02-15', 15, 'active', n % 2 = 0, $3, $3 from generate_series(1, 2000) n`,
    [customerId, packageId, at],
  );
  await app.kit.pool.query(
    'insert into licenses (id, customer_id, subscription_id, created_at, updated_at) select gen_random_uuid(), customer_id, id, $1, $1 from subscriptions',
    [at],
  );
  await app.edition.runBilling();
  const counts = await rowsOf(
    app,
    'select l.status, s.status as theirs, count(*)::integer as n from licenses l join subscriptions s on s.id = l.subscription_id group by 1, 2 order by 1',
  );
  assert.deepEqual(counts, [
    { status: 'active', theirs: 'active', n: 1000 },
    { status: 'expired', theirs: 'expired', n: 1000 },
  ]);
});
