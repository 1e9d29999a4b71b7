import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints } from '#contract';
import { contractApp } from './contract-app.ts';
import { databaseDigest } from './digest.ts';
import { attemptOf, send } from './send.ts';
import { onlyReads, sharingWorlds } from './shared-world.ts';

test('in read-only mode reading goes on and every change is refused with 503', async () => {
  await using nadi = await contractApp();
  const digest = await databaseDigest(nadi.kit.pool);
  const setTo = (on: boolean) =>
    nadi.request({
      method: 'PUT',
      url: '/api/system/read-only',
      body: { read_only: on, reason: on ? 'pembaruan' : null },
    });
  const prepared = await sharingWorlds(nadi, ({ spec }) => !spec.allowedReadOnly);
  // What is read first: an example of a change may end what another reads.
  for (const endpoint of [...allEndpoints].sort((one, other) => +onlyReads(other) - +onlyReads(one))) {
    const { first: example } = await prepared(endpoint);
    assert.equal((await setTo(true)).statusCode, 200);
    const before = await digest.take();
    const answer = await send(nadi, attemptOf(endpoint, example));
    const { name, spec } = endpoint;
    if (spec.method === 'GET' || spec.allowedReadOnly) {
      assert.equal(answer.statusCode, endpoint.spec.status, `${name}: ${answer.body}`);
    } else {
      assert.equal(answer.statusCode, 503, `${name}: ${answer.body}`);
      assert.equal(String(answer.json().code).toLowerCase(), 'read_only');
      assert.match(answer.json().message, /hanya-baca: pembaruan/);
      assert.ok(Number(answer.headers['retry-after']) > 0, name);
      assert.deepEqual(await digest.take(), before, name);
    }
    assert.equal((await setTo(false)).statusCode, 200);
  }
});

test('what works in read-only mode is what signs in and out, the doors of gateways, and the switch itself', () => {
  const allowed = allEndpoints.filter(({ spec }) => spec.allowedReadOnly).map(({ name }) => name);
  assert.deepEqual(allowed.sort(), [
    'checkOta',
    'endOwnSession',
    'forgotPassword',
    'heartbeatOta',
    'login',
    'logout',
    'receiveMidtransNotification',
    'receiveXenditCallback',
    'reportOta',
    'resetPassword',
    'sendSignInCode',
    'setReadOnly',
    'signCustomerOut',
    'signCustomerOutEverywhere',
    'signInCustomer',
  ]);
});
