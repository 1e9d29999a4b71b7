import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import {
  addLicense,
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

const codeOf = async (method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object) => {
  const answer = await nadi.request({ method, url, ...(body ? { body } : {}) });
  assert.ok(
    answer.statusCode >= 400 && answer.statusCode < 500,
    `${url}: ${answer.statusCode} ${answer.body}`,
  );
  return answer.json();
};

test('a package of the type license has one plan, whose changes installations have with their next heartbeat', async () => {
  const { key, packageId, licenseId } = await addLicense(nadi);
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  const plan = { features: { pos: true }, limits: { max_rooms: 200 }, overage: 'refuse' };
  await ok(nadi, { method: 'PUT', url: `/api/license-plans/${packageId}`, body: plan });
  const answer = await done(nadi, 'heartbeat', beating(key, machine, 1), { token });
  assert.deepEqual([answer.features, answer.limits], [{ pos: true }, { max_rooms: 200 }]);
  const own = { features: { pos: false, spa: true }, limits: { max_rooms: 250 }, max_nodes: 3 };
  await ok(nadi, { method: 'PUT', url: `/api/licenses/${licenseId}`, body: own });
  const { token: next } = answer;
  const later = await done(nadi, 'heartbeat', beating(key, machine, 2), { token: next });
  assert.deepEqual([later.features, later.limits], [{ pos: false, spa: true }, { max_rooms: 250 }]);
  await done(nadi, 'pair', pairing(key, box()));
  assert.equal(
    (await codeOf('POST', '/api/license-plans', { package_id: packageId })).code,
    'license_plan_exists',
  );
  const network = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'Net', bandwidth: '1M', price: '1' },
  });
  assert.ok((await codeOf('POST', '/api/license-plans', { package_id: network.id })).errors.package_id);
  const listed = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/license-plans' });
  assert.ok(listed.data.some(({ id }) => id === packageId));
  assert.equal((await codeOf('DELETE', `/api/packages/${packageId}`)).code, 'package_in_use');
});

test('licenses are found by how they stand, by customer, package, key and agent code', async () => {
  const { key, licenseId, customerId, packageId } = await addLicense(nadi, {
    license: { valid_until: '2026-01-10' },
  });
  const { agent_code: code } = await done(nadi, 'pair', pairing(key, box()));
  const found = async (query: string) =>
    (await ok<{ data: { id: string }[] }>(nadi, { url: `/api/licenses?${query}` })).data.map(({ id }) => id);
  for (const query of [
    'status=grace',
    `customer_id=${customerId}`,
    `package_id=${packageId}`,
    `search=${key.slice(-5).toLowerCase()}`,
    `search=${code}`,
  ])
    assert.deepEqual(await found(query), [licenseId], query);
  assert.ok(!(await found('status=active')).includes(licenseId));
  const installations = await ok<{ data: { license_id: string }[] }>(nadi, {
    url: `/api/installations?agent_code=${code}&state=paired`,
  });
  assert.deepEqual(
    installations.data.map(({ license_id: id }) => id),
    [licenseId],
  );
});

test('what a person does is in the audit log with who did it and why, and no key is', async () => {
  const { licenseId, key } = await addLicense(nadi);
  const act = (verb: string, body?: object) =>
    ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/${verb}`, ...(body ? { body } : {}) });
  await act('suspend', { reason: 'Diselidiki' });
  await act('resume');
  await act('resume');
  await act('renew', { valid_until: '2027-01-01' });
  await act('moves', { count: 2, reason: 'Kebanjiran' });
  await act('revoke', { reason: 'Dijual tanpa izin' });
  assert.equal(
    (await codeOf('POST', `/api/licenses/${licenseId}/suspend`, { reason: 'x' })).code,
    'license_state',
  );
  const logs = await rowsOf(
    nadi,
    'select action, actor, new_values from audit_logs where subject_id = $1 order by created_at, id',
    [licenseId],
  );
  assert.deepEqual(logs.map(({ action }) => String(action)).sort(), [
    'license.created',
    'license.key_drawn',
    'license.moves_granted',
    'license.renewed',
    'license.resumed',
    'license.revoked',
    'license.suspended',
  ]);
  assert.ok(logs.every(({ actor }) => actor === 'admin@nadi.test'));
  const text = JSON.stringify(logs);
  for (const reason of ['Diselidiki', 'Kebanjiran', 'Dijual tanpa izin']) assert.ok(text.includes(reason));
  assert.ok(!text.includes(key) && !text.includes(key.replaceAll('-', '')));
});

test('viewers look on, operators work, and only the newest key works', async () => {
  const { licenseId } = await addLicense(nadi);
  const draw = (as: 'viewer' | 'operator') =>
    nadi.request({ as, method: 'POST', url: `/api/licenses/${licenseId}/key` });
  assert.equal((await nadi.request({ as: 'viewer', url: '/api/licenses' })).statusCode, 200);
  assert.equal((await draw('viewer')).statusCode, 403);
  const first = (await draw('operator')).json().license_key;
  const second = await drawKey(nadi, licenseId);
  refusedWith(await call(nadi, 'pair', pairing(first, box())), 'KEY_NOT_FOUND');
  await done(nadi, 'pair', pairing(second, box()));
});

test('a customer with licenses is anonymised, not deleted, and what installations said of people goes', async () => {
  const { customerId, key, licenseId } = await addLicense(nadi);
  const machine = box();
  await done(nadi, 'pair', pairing(key, machine, { owner: { name: 'Budi Santoso' } }));
  assert.equal((await codeOf('DELETE', `/api/customers/${customerId}`)).code, 'customer_has_licenses');
  await ok(nadi, { method: 'POST', url: `/api/customers/${customerId}/anonymise` });
  const shown = JSON.stringify(await ok(nadi, { url: `/api/licenses/${licenseId}` }));
  assert.ok(!shown.includes('Budi Santoso') && !shown.includes(machine.hostname));
  const body = { customer_id: customerId, package_id: (await addPlan(nadi)).packageId };
  assert.ok((await codeOf('POST', '/api/licenses', body)).errors.customer_id);
});
