import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../../test/support/gateway-client.ts';
import { askMidtrans, snap, statusOf } from '../../../test/support/midtrans-client.ts';
import { type Midtrans, startMidtrans } from './start-midtrans.ts';

const act = async (midtrans: Midtrans, orderId: string, name: string, body?: unknown) =>
  (await askMidtrans(midtrans, 'POST', `/v2/${orderId}/${name}`, body)).body;

const refusal = {
  status_code: '412',
  status_message: 'Merchant cannot modify the status of the transaction',
};

test('without its key nobody is told anything', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  midtrans.pay('A', { payment_type: 'gopay' });
  const { status, body } = await ask(midtrans.url, 'wrong', 'GET', '/v2/A/status');
  assert.equal(status, 401);
  assert.deepEqual(body, {
    status_code: '401',
    status_message: 'Transaction cannot be authorized with the current client/server key.',
  });
});

test('a pending transaction is cancelled or expires once; what is settled is neither', async () => {
  await using midtrans = await startMidtrans();
  for (const id of ['A', 'B', 'C']) {
    await snap(midtrans, id);
    midtrans.choose(id, { payment_type: 'bank_transfer' });
    assert.equal((await statusOf(midtrans, id)).status_code, '201');
  }
  const cancelled = await act(midtrans, 'A', 'cancel');
  assert.equal(cancelled.status_code, '200');
  assert.equal(cancelled.status_message, 'Success, transaction is canceled');
  assert.equal(cancelled.transaction_status, 'cancel');
  const expired = await act(midtrans, 'B', 'expire');
  // Not an error, for all its 4xx.
  assert.equal(expired.status_code, '407');
  assert.equal(expired.status_message, 'Success, transaction has expired');
  assert.equal((await statusOf(midtrans, 'B')).status_code, '407');
  midtrans.pay('C');
  for (const id of ['A', 'B', 'C'])
    for (const name of ['cancel', 'expire', 'approve', 'deny'])
      assert.deepEqual(await act(midtrans, id, name), refusal);
  const settled = await statusOf(midtrans, 'C');
  assert.equal(settled.transaction_status, 'settlement');
  assert.equal(settled.status_code, '200');
  assert.equal(settled.settlement_time, '2026-01-01 07:00:00');
  // By the transaction's id, too.
  assert.deepEqual(await statusOf(midtrans, `${settled.transaction_id}`), settled);
});

test('what is not there is told in the body; the HTTP status says so only where it is asked to', async () => {
  for (const sameStatus of [false, true]) {
    await using midtrans = await startMidtrans({ sameStatus });
    await snap(midtrans, 'A');
    for (const [method, path, code] of [
      ['GET', '/v2/nothing/status', '404'],
      ['POST', '/v2/A/cancel', '404'],
      ['GET', '/v2/%E0%A4%A/status', '404'],
      ['GET', '/v2/A/cancel', '405'],
      ['POST', '/v2/A/nonsense', '405'],
      ['POST', '/v2/capture', '404'],
    ] as const) {
      const { status, body } = await askMidtrans(midtrans, method, path);
      assert.equal(body.status_code, code);
      assert.equal(status, sameStatus ? Number(code) : 200);
    }
    midtrans.choose('A', { payment_type: 'gopay' });
    midtrans.expire('A');
    assert.equal((await askMidtrans(midtrans, 'GET', '/v2/A/status')).status, 200);
  }
});

test('a challenged card is approved or denied, and cancelled if nobody does', async () => {
  await using midtrans = await startMidtrans();
  for (const id of ['A', 'B', 'C', 'D']) {
    await snap(midtrans, id);
    midtrans.pay(id, { payment_type: 'credit_card', fraud: id === 'D' ? 'deny' : 'challenge' });
  }
  const challenged = await statusOf(midtrans, 'A');
  assert.deepEqual(
    [challenged.transaction_status, challenged.fraud_status, challenged.status_code],
    ['capture', 'challenge', '201'],
  );
  const approved = await act(midtrans, 'A', 'approve');
  assert.deepEqual([approved.transaction_status, approved.fraud_status], ['capture', 'accept']);
  const denied = await act(midtrans, 'B', 'deny');
  assert.deepEqual([denied.transaction_status, denied.fraud_status], ['deny', 'deny']);
  // Decided once: an accepted capture is cancelled, not denied.
  assert.throws(() => midtrans.deny('A'), /cannot go from capture to deny/);
  assert.deepEqual(await act(midtrans, 'A', 'deny'), refusal);
  midtrans.settle('A');
  midtrans.settle('C');
  assert.equal((await statusOf(midtrans, 'A')).transaction_status, 'settlement');
  assert.equal((await statusOf(midtrans, 'C')).transaction_status, 'cancel');
  assert.equal((await statusOf(midtrans, 'D')).status_code, '202');
  assert.throws(() => midtrans.approve('A'), /not challenged/);
});

test('an authorized card is captured or cancelled, and a capture cancelled until it is settled', async () => {
  await using midtrans = await startMidtrans();
  for (const id of ['A', 'B']) {
    await snap(midtrans, id);
    midtrans.pay(id, { payment_type: 'credit_card', authorize: true });
  }
  const { transaction_id } = await statusOf(midtrans, 'A');
  const captured = (await askMidtrans(midtrans, 'POST', '/v2/capture', { transaction_id })).body;
  assert.equal(captured.transaction_status, 'capture');
  assert.deepEqual((await askMidtrans(midtrans, 'POST', '/v2/capture', { transaction_id })).body, refusal);
  // Before it is settled, a card is not refunded.
  assert.deepEqual(await act(midtrans, 'A', 'refund'), refusal);
  assert.equal((await act(midtrans, 'A', 'cancel')).transaction_status, 'cancel');
  assert.equal((await act(midtrans, 'B', 'cancel')).transaction_status, 'cancel');
});

test('refunds: in parts and in whole, each key once, never more than was paid', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A', 10_000);
  midtrans.pay('A', { payment_type: 'gopay' });
  const part = await act(midtrans, 'A', 'refund', { refund_key: 'r1', amount: 4000, reason: 'too much' });
  assert.deepEqual(
    [part.status_code, part.transaction_status, part.refund_amount, part.refund_key],
    ['200', 'partial_refund', '4000.00', 'r1'],
  );
  const again = await act(midtrans, 'A', 'refund', { refund_key: 'r1', amount: 4000 });
  assert.deepEqual(again, { status_code: '406', status_message: 'Duplicate refund ID' });
  for (const amount of [6001, 0, -1, 1.5, 'x']) {
    const body = await act(midtrans, 'A', 'refund', { refund_key: 'r2', amount });
    assert.equal(body.status_code, '414');
    assert.equal(body.status_message, 'Refund request is rejected due to invalid amount');
  }
  for (const body of ['{', { refund_key: 'a b' }])
    assert.equal((await act(midtrans, 'A', 'refund', body)).status_code, '400');
  const rest = await act(midtrans, 'A', 'refund/online/direct', { refund_key: 'r3', amount: '6000' });
  assert.equal(rest.transaction_status, 'refund');
  assert.deepEqual(await act(midtrans, 'A', 'refund', { refund_key: 'r4', amount: 1 }), refusal);
  const status = await statusOf(midtrans, 'A');
  assert.equal(status.refund_amount, '10000.00');
  assert.equal((status.refunds as unknown[]).length, 2);
});

test('transfers are not refunded through Midtrans, and ShopeePay only in whole', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  await snap(midtrans, 'B');
  midtrans.pay('A', { payment_type: 'bank_transfer' });
  midtrans.pay('B', { payment_type: 'shopeepay' });
  assert.deepEqual(await act(midtrans, 'A', 'refund'), refusal);
  assert.deepEqual(await act(midtrans, 'B', 'refund', { amount: 1 }), refusal);
  assert.equal((await act(midtrans, 'B', 'refund')).transaction_status, 'refund');
});

test('a chargeback takes a settled payment back, in part or in whole', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  midtrans.pay('A', { payment_type: 'credit_card' });
  assert.throws(() => midtrans.chargeback('A'), /cannot go from capture to chargeback/);
  midtrans.settle('A');
  midtrans.chargeback('A', 'part');
  assert.equal((await statusOf(midtrans, 'A')).transaction_status, 'partial_chargeback');
  midtrans.chargeback('A');
  assert.deepEqual(midtrans.find('A')?.history, [
    'capture',
    'settlement',
    'partial_chargeback',
    'chargeback',
  ]);
});
