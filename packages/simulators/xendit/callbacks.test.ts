import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ask } from '../../../test/support/gateway-client.ts';
import { startWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { startXendit, type Xendit } from './start-xendit.ts';

const create = (xendit: Xendit, externalId: string, duration = 86_400) =>
  ask(xendit.url, xendit.secretKey, 'POST', '/v2/invoices', {
    external_id: externalId,
    amount: 50_000,
    invoice_duration: duration,
  });

test('paid, settled and expired invoices are told, with the token and with what was paid', async () => {
  await using receiver = await startWebhookReceiver();
  await using xendit = await startXendit({ callbackUrl: receiver.url, callbackToken: 'rahasia' });
  await create(xendit, 'A');
  await create(xendit, 'B', 600);
  xendit.pay('A', { channel: 'PERMATA', fee: 2500 });
  await xendit.idle();
  xendit.settle('A');
  await xendit.advance(600);
  const told = receiver.received.map(({ body }) => [body.external_id, body.status]);
  assert.deepEqual(told, [
    ['A', 'PAID'],
    ['A', 'SETTLED'],
    ['B', 'EXPIRED'],
  ]);
  for (const { headers } of receiver.received) assert.equal(headers['x-callback-token'], 'rahasia');
  const [paid, , expired] = receiver.received.map(({ body }) => JSON.parse(JSON.stringify(body)));
  assert.deepEqual(
    [paid.amount, paid.paid_amount, paid.adjusted_received_amount, paid.fees_paid_amount],
    [50_000, 50_000, 47_500, 2500],
  );
  assert.deepEqual(
    [paid.payment_method, paid.payment_channel, paid.bank_code, paid.paid_at],
    ['BANK_TRANSFER', 'PERMATA', 'PERMATA', '2026-01-01T00:00:00.000Z'],
  );
  assert.equal(expired.paid_amount, undefined);
  assert.throws(() => xendit.pay('B'), /EXPIRED/);
});

test('another amount may arrive, and the customer may pay a surcharge', async () => {
  await using xendit = await startXendit();
  await create(xendit, 'A');
  await create(xendit, 'B');
  xendit.pay('A', { amount: 49_999 });
  assert.equal(xendit.body('A').paid_amount, 49_999);
  xendit.pay('B', { method: 'EWALLET', channel: 'OVO', surcharge: 750 });
  const { amount, paid_amount, fees } = xendit.body('B');
  assert.deepEqual([amount, paid_amount, fees], [50_000, 50_750, [{ type: 'ADMIN', value: 750 }]]);
});

test('a callback is sent again after 15 minutes, 45 minutes, 2, 3, 6 and 12 hours, and then no more', async () => {
  await using receiver = await startWebhookReceiver();
  await using xendit = await startXendit({ callbackUrl: receiver.url });
  await create(xendit, 'A');
  receiver.status = 500;
  xendit.pay('A');
  await xendit.idle();
  for (const [index, minutes] of [15, 45, 120, 180, 360, 720].entries()) {
    await xendit.advance(minutes * 60 - 1);
    assert.equal(receiver.received.length, index + 1);
    await xendit.advance(1);
    assert.equal(receiver.received.length, index + 2);
  }
  await xendit.advance(1_000_000);
  assert.equal(receiver.received.length, 7);
  assert.equal(xendit.notifications[0]?.state, 'given up');
});

test('the same faults strike its callbacks: a forged one has no right token', async () => {
  await using receiver = await startWebhookReceiver();
  await using xendit = await startXendit({ callbackUrl: receiver.url });
  await create(xendit, 'A');
  xendit.faults.add({ do: 'forge', times: 1 });
  xendit.faults.add({ do: 'duplicate', times: 1 });
  xendit.pay('A');
  await xendit.idle();
  xendit.faults.add({ do: 'wrong amount', amount: 1, times: 1 });
  xendit.settle('A');
  await xendit.idle();
  xendit.send({ ...xendit.body('A'), status: 'PAID' }, 'guessed');
  xendit.send(xendit.body('A'));
  await xendit.idle();
  assert.deepEqual(
    receiver.received.map(({ headers, body }) => [headers['x-callback-token'], body.paid_amount]),
    [
      ['somebody-else', 50_000],
      ['somebody-else', 50_000],
      [xendit.callbackToken, 1],
      ['guessed', 50_000],
      [undefined, 50_000],
    ],
  );
});

const cycle: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['PAID', 'EXPIRED'],
  PAID: ['SETTLED'],
};

test('whatever is done in whatever order: only where Xendit goes, and the last callback says what the API says', async () => {
  await using receiver = await startWebhookReceiver();
  const act = fc.constantFrom('pay', 'expire', 'settle', 'ask', 'time');
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 12 }), async (acts) => {
      await using xendit = await startXendit({ callbackUrl: receiver.url });
      const { id } = (await create(xendit, 'A')).body;
      for (const each of acts) {
        if (each === 'time') await xendit.advance(40_000);
        else if (each === 'ask') await ask(xendit.url, xendit.secretKey, 'POST', `/invoices/${id}/expire!`);
        else
          try {
            xendit[each]('A');
          } catch (error) {
            assert.match(String(error), /cannot go|is (PAID|SETTLED|EXPIRED)/);
          }
      }
      await xendit.idle();
      const { history = [] } = xendit.find('A') ?? {};
      for (const [index, to] of history.slice(1).entries())
        assert.ok(cycle[history[index] ?? '']?.includes(to), history.join(' → '));
      assert.deepEqual(
        xendit.notifications.map(({ body }) => body.status),
        history.slice(1),
      );
      const now = (await ask(xendit.url, xendit.secretKey, 'GET', `/v2/invoices/${id}`)).body;
      for (const [name, value] of Object.entries(xendit.notifications.at(-1)?.body ?? {}))
        assert.deepEqual(now[name], value);
    }),
    { numRuns: 60 },
  );
});
