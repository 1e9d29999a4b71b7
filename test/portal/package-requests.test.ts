import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { addCustomerToken } from '../contract/portal-world.ts';
import { ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const faster = (
  await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'Cepat', bandwidth: '50M/50M', price: '350000', in_portal: true },
  })
).id;

let people = 0;
async function customer() {
  people += 1;
  const made = await subscriber(nadi, { start: '2026-01-15' });
  const email = `paket${people}@rumah.test`;
  await ok(nadi, { method: 'PUT', url: `/api/customers/${made.customerId}`, body: { email } });
  const token = await addCustomerToken(nadi, made.customerId, email);
  const send = (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object) =>
    nadi.request({ token, method, url: `/api/portal${url}`, ...(body ? { body } : {}) });
  const ask = (when: 'now' | 'renewal' = 'now') =>
    send('POST', `/services/${made.subscriptionId}/package-requests`, { package_id: faster, when });
  const preview = () =>
    send('POST', `/services/${made.subscriptionId}/package-preview`, { package_id: faster, when: 'now' });
  return { ...made, send, ask, preview };
}
const decide = (id: string, verb: 'approve' | 'refuse') =>
  nadi.request({
    method: 'POST',
    url: `/api/package-requests/${id}/${verb}`,
    ...(verb === 'refuse' ? { body: { reason: 'Jaringan penuh' } } : {}),
  });
const packageOf = async (id: string) =>
  (await ok<{ package_id: string }>(nadi, { url: `/api/subscriptions/${id}` })).package_id;

test('a package is asked for at the price that is shown, and approved at no more', async () => {
  await nadi.edition.runBilling();
  const budi = await customer();
  await nadi.edition.runBilling();
  const offered = (await budi.send('GET', '/packages')).json().data;
  assert.deepEqual(
    offered.map(({ name }: { name: string }) => name),
    ['Cepat'],
  );
  const shown = (await budi.preview()).json();
  const asked = await budi.ask();
  assert.equal(asked.statusCode, 201, asked.body);
  assert.deepEqual([asked.json().to_pay, asked.json().state], [shown.to_pay, 'open']);
  assert.equal(await packageOf(budi.subscriptionId), budi.packageId, 'nothing changed yet');
  const approved = await decide(asked.json().id, 'approve');
  assert.equal(approved.statusCode, 200, approved.body);
  assert.equal(approved.json().decided_by, nadi.userIds.admin);
  assert.equal(await packageOf(budi.subscriptionId), faster);
  assert.equal((await budi.send('GET', '/package-requests')).json().data[0].state, 'approved');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('of two requests at once one is open; a refused one says why and makes room', async () => {
  const budi = await customer();
  const answers = await Promise.all([budi.ask(), budi.ask('renewal'), budi.ask()]);
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [201, 409, 409]);
  assert.equal(answers.find(({ statusCode }) => statusCode === 409)?.json().code, 'package_request_open');
  const id = String(answers.find(({ statusCode }) => statusCode === 201)?.json().id);
  assert.equal((await decide(id, 'refuse')).statusCode, 200);
  const [seen] = (await budi.send('GET', '/package-requests')).json().data;
  assert.deepEqual([seen.state, seen.reason], ['refused', 'Jaringan penuh']);
  assert.ok(!('customer' in seen) && !('decided_by' in seen));
  assert.equal((await budi.ask()).statusCode, 201);
});

test('approved, refused and withdrawn at the same moment: one of them, and the package follows it', async () => {
  for (let turn = 0; turn < 6; turn += 1) {
    const budi = await customer();
    const id = String((await budi.ask()).json().id);
    const answers = await Promise.all([
      decide(id, 'approve'),
      decide(id, 'refuse'),
      budi.send('DELETE', `/package-requests/${id}`),
      decide(id, 'approve'),
    ]);
    assert.equal(answers.filter(({ statusCode }) => statusCode < 300).length, 1);
    assert.ok(answers.every(({ statusCode }) => statusCode < 300 || [409, 422].includes(statusCode)));
    const { state } = (await budi.send('GET', '/package-requests')).json().data[0];
    assert.equal((await packageOf(budi.subscriptionId)) === faster, state === 'approved');
  }
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('what costs more by now than was shown is not approved, and changes nothing', async () => {
  const budi = await customer();
  await nadi.edition.runBilling();
  await ok(nadi, {
    method: 'POST',
    url: `/api/invoices/${(await budi.send('GET', '/invoices')).json().data[0]?.id}/mark-paid`,
  });
  const id = String((await budi.ask()).json().id);
  await ok(nadi, { method: 'PUT', url: `/api/packages/${faster}`, body: { price: '450000' } });
  const refused = await decide(id, 'approve');
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'package_request_dearer']);
  assert.equal(await packageOf(budi.subscriptionId), budi.packageId);
  assert.equal((await budi.send('GET', '/package-requests')).json().data[0].state, 'open');
  await ok(nadi, { method: 'PUT', url: `/api/packages/${faster}`, body: { price: '350000' } });
  assert.equal((await decide(id, 'approve')).statusCode, 200);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('the present package, one of another kind and one that was withdrawn from offer are refused', async () => {
  const budi = await customer();
  const hotspot = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'Warung', type: 'hotspot', bandwidth: '5M/5M', price: '50000', in_portal: true },
  });
  await ok(nadi, { method: 'PUT', url: `/api/packages/${budi.packageId}`, body: { in_portal: true } });
  for (const package_id of [budi.packageId, hotspot.id, budi.customerId]) {
    const url = `/services/${budi.subscriptionId}/package-requests`;
    const answer = await budi.send('POST', url, { package_id, when: 'renewal' });
    assert.equal(answer.statusCode, 422, answer.body);
  }
  await ok(nadi, { method: 'PUT', url: `/api/packages/${budi.packageId}`, body: { in_portal: false } });
  await ok(nadi, { method: 'PUT', url: `/api/packages/${hotspot.id}`, body: { in_portal: false } });
});
