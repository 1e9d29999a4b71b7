import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { askMidtrans, statusOf } from '../../../test/support/midtrans-client.ts';
import { startWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import type { PaymentFault } from '../payments/faults.ts';
import type { Payment } from './pay.ts';
import { type Midtrans, startMidtrans } from './start-midtrans.ts';

/** Written down from the specification, not taken from the simulator. */
const cycle: Readonly<Record<string, readonly string[]>> = {
  pending: ['settlement', 'expire', 'cancel', 'deny'],
  authorize: ['capture', 'cancel'],
  capture: ['settlement', 'cancel', 'deny'],
  settlement: ['refund', 'partial_refund', 'chargeback', 'partial_chargeback'],
  partial_refund: ['refund', 'partial_refund'],
  partial_chargeback: ['chargeback', 'partial_chargeback'],
};

const id = fc.constantFrom('A', 'B');
const types = ['bank_transfer', 'echannel', 'gopay', 'qris', 'shopeepay', 'cstore', 'akulaku'] as const;
const payment: fc.Arbitrary<Payment> = fc.oneof(
  fc.record({
    payment_type: fc.constantFrom(...types),
    fee: fc.option(fc.record({ amount: fc.constantFrom(0, 71, 4440) }), { nil: undefined }),
  }),
  fc.record({
    payment_type: fc.constant('credit_card' as const),
    fraud: fc.constantFrom('accept', 'challenge', 'deny'),
    authorize: fc.boolean(),
  }),
);
const fault: fc.Arbitrary<PaymentFault> = fc.oneof(
  fc.record({ do: fc.constant('duplicate' as const), times: fc.constant(1) }),
  fc.record({ do: fc.constant('reorder' as const), times: fc.constant(2) }),
  fc.record({
    do: fc.constant('postpone' as const),
    seconds: fc.constantFrom(30, 4000),
    times: fc.constant(1),
  }),
  fc.record({
    do: fc.constant('html' as const),
    when: fc.constantFrom('before', 'after'),
    times: fc.constant(1),
  }),
);

type Step = (midtrans: Midtrans) => unknown;

/** The customer, the bank or the dashboard: they are refused by throwing. */
const refusable =
  (act: (midtrans: Midtrans) => void): Step =>
  (midtrans) => {
    try {
      act(midtrans);
    } catch (error) {
      assert.match(String(error), /cannot|has|not|no |Nobody|is to be paid/);
    }
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(id, payment).map(([name, how]) => refusable((midtrans) => midtrans.pay(name, how))),
  fc
    .tuple(id, fc.constantFrom(...types))
    .map(([name, type]) => refusable((midtrans) => midtrans.choose(name, { payment_type: type }))),
  id.map((name) => refusable((midtrans) => midtrans.pay(name))),
  fc
    .tuple(
      id,
      fc.constantFrom('settle', 'capture', 'expire', 'cancel', 'deny', 'approve', 'refund', 'chargeback'),
    )
    .map(([name, act]) => refusable((midtrans) => midtrans[act as 'settle'](name))),
  fc
    .tuple(id, fc.integer({ min: -1, max: 12_000 }))
    .map(([name, amount]) => refusable((midtrans) => midtrans.refund(name, amount))),
  id.map((name) => refusable((midtrans) => midtrans.chargeback(name, 'part'))),
  fc
    .tuple(
      id,
      fc.constantFrom('cancel', 'expire', 'approve', 'deny', 'refund', 'refund/online/direct', 'status'),
    )
    .map(
      ([name, act]): Step =>
        async (midtrans) => {
          const { status } = await askMidtrans(midtrans, 'POST', `/v2/${name}/${act}`);
          assert.equal(status, 200);
        },
    ),
  fc.tuple(id, fc.integer({ min: -1, max: 12_000 }), fc.constantFrom('a', 'b')).map(
    ([name, amount, key]): Step =>
      (midtrans) =>
        askMidtrans(midtrans, 'POST', `/v2/${name}/refund`, { amount, refund_key: key }),
  ),
  id.map(
    (name): Step =>
      (midtrans) =>
        askMidtrans(midtrans, 'POST', '/snap/v1/transactions', {
          transaction_details: { order_id: name, gross_amount: 10_000 },
        }),
  ),
  fault.map(
    (one): Step =>
      (midtrans) =>
        midtrans.faults.add(one),
  ),
  fc.constantFrom(30, 600, 40_000, 90_000).map(
    (seconds): Step =>
      (midtrans) =>
        midtrans.advance(seconds),
  ),
);

test('whatever is done in whatever order: only where Midtrans goes, and the last notification says what status says', async () => {
  await using receiver = await startWebhookReceiver();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
      await using midtrans = await startMidtrans({ notificationUrl: receiver.url });
      for (const name of ['A', 'B'])
        await askMidtrans(midtrans, 'POST', '/snap/v1/transactions', {
          transaction_details: { order_id: name, gross_amount: 10_000 },
        });
      for (const act of steps) await act(midtrans);
      midtrans.faults.clear();
      await midtrans.advance(100_000);
      await midtrans.advance(100_000);
      for (const name of ['A', 'B']) {
        const transaction = midtrans.find(name);
        const told = midtrans.notifications.filter(({ subject }) => subject === name);
        if (transaction === undefined) {
          assert.equal(told.length, 0);
          continue;
        }
        const { history, refunds, amount } = transaction;
        for (const [index, to] of history.slice(1).entries())
          assert.ok(cycle[history[index] ?? '']?.includes(to), history.join(' → '));
        const sum = refunds.reduce((so, refund) => so + refund.amount, 0);
        assert.ok(sum <= amount);
        assert.equal(sum === amount, history.at(-1) === 'refund');
        assert.ok(told.every(({ state }) => state === 'delivered'));
        // What came about last is what is: only its code may differ.
        const {
          status_code: _code,
          signature_key: _key,
          status_message: _text,
          ...last
        } = told.at(-1)?.body ?? {};
        const { status_code, signature_key, status_message, ...now } = await statusOf(midtrans, name);
        assert.deepEqual(now, JSON.parse(JSON.stringify(last)));
        assert.ok([status_code, signature_key, status_message].every((each) => typeof each === 'string'));
      }
    }),
    { numRuns: 60 },
  );
});
