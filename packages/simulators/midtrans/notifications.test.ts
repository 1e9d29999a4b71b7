import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askMidtrans, snap, statusOf } from '../../../test/support/midtrans-client.ts';
import { startWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { signatureOf } from './formats.ts';
import type { Payment } from './pay.ts';
import { startMidtrans } from './start-midtrans.ts';

test("the signature is that of Midtrans' own example", () => {
  // The values of docs.midtrans.com/reference/handle-notifications; the sum is of coreutils' sha512sum.
  assert.equal(
    signatureOf('1111', '200', '100000.00', 'askvnoibnosifnboseofinbofinfgbiufglnbfg'),
    'edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231',
  );
});

test('each way to pay has its fields, in a signed notification that says what status says', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url, serverKey: 'rahasia' });
  const cases: readonly (readonly [Payment, readonly string[]])[] = [
    [{ payment_type: 'bank_transfer' }, ['va_numbers', 'payment_amounts']],
    [{ payment_type: 'bank_transfer', bank: 'permata' }, ['permata_va_number']],
    [{ payment_type: 'echannel' }, ['biller_code', 'bill_key']],
    [{ payment_type: 'gopay' }, []],
    [{ payment_type: 'qris' }, ['acquirer', 'issuer', 'transaction_type', 'merchant_cross_reference_id']],
    [{ payment_type: 'shopeepay' }, ['shopeepay_reference_number', 'reference_id']],
    [
      { payment_type: 'cstore', store: 'alfamart' },
      ['store', 'payment_code', 'approval_code', 'fraud_status'],
    ],
    [{ payment_type: 'akulaku' }, ['fraud_status']],
    [{ payment_type: 'credit_card' }, ['masked_card', 'bank', 'eci', 'card_type', 'fraud_status']],
  ];
  for (const [index, [payment, fields]] of cases.entries()) {
    await snap(midtrans, `A${index}`, 150_000);
    midtrans.pay(`A${index}`, payment);
    await midtrans.idle();
    const told = receiver.received.at(-1)?.body ?? {};
    for (const field of fields) assert.ok(field in told, `${payment.payment_type} ${field}`);
    assert.equal(told.gross_amount, '150000.00');
    assert.equal(told.status_code, '200');
    assert.equal(told.signature_key, signatureOf(`A${index}`, '200', '150000.00', 'rahasia'));
    const status = await statusOf(midtrans, `A${index}`);
    assert.deepEqual({ ...status, status_message: 'midtrans payment notification' }, told);
  }
  await snap(midtrans, 'I');
  midtrans.pay('I', { payment_type: 'cstore' });
  await midtrans.idle();
  // Indomaret's sample has none: one must not wait for it.
  assert.ok(!('fraud_status' in (receiver.received.at(-1)?.body ?? {})));
  assert.equal(receiver.received[0]?.headers['user-agent'], 'Veritrans');
});

test('a pending ShopeePay is answered in capitals and with 200, and is not paid', async () => {
  await using midtrans = await startMidtrans();
  await snap(midtrans, 'A');
  midtrans.choose('A', { payment_type: 'shopeepay' });
  const { transaction_status, status_code } = await statusOf(midtrans, 'A');
  assert.deepEqual([transaction_status, status_code], ['PENDING', '200']);
});

test('a fee that the customer pays is in gross_amount, and told apart where Midtrans tells it', async () => {
  await using midtrans = await startMidtrans();
  const info = {
    gross_amount_info: {
      original_amount: '10000',
      gross_amount: 10_071,
      customer_imposed_payment_fee: '71',
    },
  };
  for (const [told, expected] of [
    [undefined, { metadata: { extra_info: info } }],
    ['extra_info', { extra_info: info }],
    ['nowhere', {}],
  ] as const) {
    const id = `A-${told}`;
    await snap(midtrans, id, 10_000);
    midtrans.pay(id, { payment_type: 'gopay', fee: { amount: 71, told } });
    const { gross_amount, metadata, extra_info } = midtrans.body(id);
    assert.equal(gross_amount, '10071.00');
    assert.deepEqual(JSON.parse(JSON.stringify({ metadata, extra_info })), expected);
  }
});

test('notifications are sent again as documented, by what was answered', async () => {
  const minutes = [2, 10, 30, 90, 210];
  for (const [status, retries] of [
    [200, 0],
    [204, 0],
    [302, 0],
    [500, 1],
    [503, 4],
    [400, 2],
    [404, 2],
    [401, 5],
    [502, 5],
  ] as const) {
    await using receiver = await startWebhookReceiver();
    await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
    receiver.status = status;
    await snap(midtrans, 'A');
    midtrans.choose('A', { payment_type: 'bank_transfer' });
    await midtrans.idle();
    for (const [index, wait] of minutes.entries()) {
      await midtrans.advance(wait * 60 - 1);
      assert.equal(receiver.received.length, Math.min(index, retries) + 1);
      await midtrans.advance(1);
      assert.equal(receiver.received.length, Math.min(index + 1, retries) + 1);
    }
    const [told] = midtrans.notifications;
    assert.equal(told?.state, status < 300 ? 'delivered' : 'given up');
    assert.deepEqual(new Set(told?.attempts.map((each) => each.status)), new Set([status]));
  }
});

test('whoever does not answer, or is not there, is tried five times more; a success ends it', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({
    notificationUrl: 'http://127.0.0.1:9/',
    answerWithinMilliseconds: 50,
  });
  await snap(midtrans, 'A', 10_000, { 'X-Append-Notification': 'ftp://127.0.0.1/, nowhere' });
  midtrans.choose('A', { payment_type: 'bank_transfer' });
  await midtrans.idle();
  midtrans.notificationUrl = receiver.url;
  receiver.status = undefined;
  midtrans.pay('A');
  await midtrans.idle();
  const [first, ftp, nowhere, second] = midtrans.notifications;
  assert.equal(ftp?.attempts[0]?.text, 'ftp://127.0.0.1/ is no address');
  assert.equal(nowhere?.attempts[0]?.text, 'nowhere is no address');
  assert.equal(first?.attempts[0]?.text, 'ECONNREFUSED');
  assert.equal(second?.attempts[0]?.text, 'timeout');
  receiver.status = 200;
  await midtrans.advance(120);
  assert.equal(second?.state, 'delivered');
  assert.deepEqual(
    second?.attempts.map((each) => each.status),
    [undefined, 200],
  );
  for (const minutes of [10, 30, 90, 210, 1000]) await midtrans.advance(minutes * 60);
  assert.equal(first?.state, 'given up');
  assert.equal(first?.attempts.length, 6);
});

test('a late retry tells what was then, not what is now', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
  await snap(midtrans, 'A');
  receiver.status = 503;
  midtrans.choose('A', { payment_type: 'gopay' });
  await midtrans.idle();
  receiver.status = 200;
  midtrans.pay('A');
  await midtrans.advance(120);
  const statuses = receiver.received.map(({ body }) => body.transaction_status);
  assert.deepEqual(statuses, ['pending', 'settlement', 'pending']);
});

test('a refund is told twice: as it is made, and a day later as the bank confirmed it', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
  await snap(midtrans, 'A');
  midtrans.pay('A', { payment_type: 'gopay' });
  await askMidtrans(midtrans, 'POST', '/v2/A/refund', { refund_key: 'r1', amount: 4000 });
  await midtrans.advance(86_399);
  assert.equal(receiver.received.length, 3);
  await midtrans.advance(1);
  await midtrans.advance(86_400);
  assert.equal(receiver.received.length, 4);
  const [first, second] = receiver.received.slice(2).map(({ body }) => JSON.parse(JSON.stringify(body)));
  assert.equal(first.transaction_status, 'partial_refund');
  assert.equal(first.refunds[0].bank_confirmed_at, undefined);
  assert.deepEqual(second.refunds, [
    { ...first.refunds[0], refund_method: 'online', bank_confirmed_at: '2026-01-02 07:00:00' },
  ]);
});

test('so many are on their way at once, and no more; all arrive, those of an order one after the other', async () => {
  await using receiver = await startWebhookReceiver();
  await using midtrans = await startMidtrans({ notificationUrl: receiver.url, concurrency: 4 });
  receiver.milliseconds = 5;
  for (let number = 0; number < 40; number += 1) await snap(midtrans, `A${number}`);
  for (const id of midtrans.orders) midtrans.pay(id, { payment_type: 'qris' });
  await midtrans.idle();
  assert.equal(receiver.received.length, 80);
  assert.equal(Math.max(...receiver.received.map(({ atOnce }) => atOnce)), 4);
  for (const id of midtrans.orders) {
    const told = receiver.received.filter(({ body }) => body.order_id === id);
    assert.deepEqual(
      told.map(({ body }) => body.transaction_status),
      ['pending', 'settlement'],
    );
    const [first, second] = told.map(({ milliseconds }) => milliseconds);
    // The second waited for the answer to the first, which takes 5 ms.
    assert.ok((second ?? 0) - (first ?? 0) > 4);
  }
});
