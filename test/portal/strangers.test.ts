import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints } from '#contract';
import { contractApp } from '../contract/contract-app.ts';
import { databaseDigest } from '../contract/digest.ts';
import { examplesOf } from '../contract/examples.ts';
import { addCustomerToken, portalOf } from '../contract/portal-world.ts';
import { attemptOf, send } from '../contract/send.ts';
import { newWorld } from '../contract/world.ts';
import { testApp } from '../support/test-app.ts';

/** A thing that nobody has, of each kind of id. */
const nothing = (id: string) => (/^\d+$/.test(id) ? '4000000000' : '00000000-0000-7000-8000-000000000000');

test('another’s things are not found by any address of the portal, as if they were not, whoever shares the phone', async () => {
  await using nadi = await contractApp();
  const digest = await databaseDigest(nadi.kit.pool);
  const walked: string[] = [];
  for (const endpoint of allEndpoints.filter(({ spec }) => spec.permission === 'customer' && spec.params)) {
    const world = await newWorld(nadi);
    const mine = await portalOf(world, nadi);
    const phone = `0812${String(world.number).padStart(8, '0')}`;
    const shared = await world.send('POST', '/api/customers', { name: 'Serumah', phone });
    await world.send('PUT', `/api/customers/${mine.ids.customer}`, { phone });
    const strangers = [
      await addCustomerToken(nadi, world.ids.customer ?? '', `c${world.number}@world.test`),
      await addCustomerToken(nadi, String(shared.id), `62${phone.slice(1)}`),
    ];
    const [example] = await examplesOf(endpoint, world, nadi);
    assert.ok(example);
    const { token, ...request } = attemptOf(endpoint, example);
    const none = attemptOf(endpoint, {
      ...example,
      params: Object.fromEntries(Object.entries(example.params).map(([name, id]) => [name, nothing(id)])),
    });
    const before = await digest.take();
    for (const stranger of strangers) {
      const theirs = await send(nadi, { ...request, token: stranger });
      const absent = await send(nadi, { ...request, url: none.url, token: stranger });
      assert.equal(theirs.statusCode, 404, `${endpoint.name}: ${theirs.body}`);
      assert.deepEqual([absent.statusCode, absent.body], [theirs.statusCode, theirs.body], endpoint.name);
    }
    assert.deepEqual(await digest.take(), before, endpoint.name);
    const own = await send(nadi, { ...request, ...(token === undefined ? {} : { token }) });
    assert.equal(own.statusCode, endpoint.spec.status, `${endpoint.name}: ${own.body}`);
    walked.push(endpoint.name);
  }
  assert.ok(walked.length >= 14, walked.join());
});

test('lists of the portal hold nothing of anybody else', async () => {
  await using nadi = await testApp();
  const [one, other] = [await newWorld(nadi), await newWorld(nadi)];
  const [mine, theirs] = [await portalOf(one, nadi), await portalOf(other, nadi)];
  const lists = allEndpoints.filter(
    ({ spec }) => spec.permission === 'customer' && spec.method === 'GET' && !spec.params && !spec.produces,
  );
  assert.ok(lists.length >= 11);
  for (const { name, spec } of lists) {
    const { body } = await nadi.request({ token: mine.token, url: spec.path });
    const offered = name === 'listOfferedPackages';
    for (const [kind, id] of Object.entries(theirs.ids)) {
      const everybodys = kind === 'assigned_to' || (kind === 'package' && offered) || kind === 'session';
      if (!everybodys) assert.ok(!body.includes(id), `${name} shows a ${kind}`);
    }
    assert.ok(!body.includes(theirs.email), name);
  }
});

test('a ticket about another’s subscription cannot be opened, nor a package asked for that is not offered', async () => {
  await using nadi = await testApp();
  const [one, other] = [await newWorld(nadi), await newWorld(nadi)];
  const [mine, theirs] = [await portalOf(one, nadi), await portalOf(other, nadi)];
  const post = (url: string, body: object) => nadi.request({ token: mine.token, method: 'POST', url, body });
  const about = { subject: 'a', body: 'b', subscription_id: theirs.ids.subscription };
  assert.equal((await post('/api/portal/tickets', about)).statusCode, 422);
  const wish = { package_id: one.ids.package, when: 'renewal' };
  const hidden = await post(`/api/portal/services/${mine.ids.service}/package-requests`, wish);
  assert.equal(hidden.statusCode, 422);
  assert.ok(hidden.json().errors.package_id);
});
