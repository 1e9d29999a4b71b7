import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

test('what no notification told is found by asking, also of a gateway that was down', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  midtrans.notificationUrl = undefined;
  xendit.callbackUrl = undefined;
  const [one, two] = [await world.payer(), await world.payer()];
  const [first, second] = [await world.order(one.invoiceId), await world.order(two.invoiceId, 'xendit')];
  midtrans.pay(first, { payment_type: 'gopay' });
  xendit.pay(second);
  const heal = midtrans.faults.add({ do: 'fail', status: 503, when: 'before', call: /status$/ });
  await world.pass(130);
  assert.equal((await booksOf(nadi, one)).status, 'unpaid');
  assert.deepEqual((await booksOf(nadi, two)).payments, [['150000.00', 'xendit', false]]);
  heal();
  await world.pass(130);
  assert.deepEqual((await booksOf(nadi, one)).payments, [['150000.00', 'gopay', false]]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('while Midtrans cannot be asked, a genuine notification is believed, but not one whose amount is off', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const [right, off] = [await world.payer(), await world.payer()];
  const [one, two] = [await world.order(right.invoiceId), await world.order(off.invoiceId)];
  const heal = midtrans.faults.add({ do: 'reset', when: 'before', call: /status$/ });
  midtrans.faults.add({ do: 'wrong amount', amount: 149_999, of: (body) => body.order_id === two });
  midtrans.pay(one, { payment_type: 'qris' });
  midtrans.pay(two, { payment_type: 'qris' });
  await world.settle();
  assert.equal((await booksOf(nadi, right)).status, 'paid');
  assert.equal((await booksOf(nadi, off)).status, 'unpaid');
  const unconfirmed = () =>
    ok<{ gateways: { unconfirmed: number; booked: string }[] }>(nadi, {
      url: '/api/gateways/reconciliation?from=2025-01-01&to=2026-12-31',
    });
  assert.equal((await unconfirmed()).gateways[0]?.unconfirmed, 1);
  heal();
  await world.pass(60);
  assert.deepEqual(
    (await booksOf(nadi, off)).payments,
    [['150000.00', 'qris', false]],
    'what it says when asked counts',
  );
  assert.equal((await unconfirmed()).gateways[0]?.unconfirmed, 0);
  assert.equal((await unconfirmed()).gateways[0]?.booked, '300000.00');
});

test('a gateway that denies what it notified of is not believed either way: a person looks', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  const payer = await world.payer();
  const order = await world.order(payer.invoiceId);
  midtrans.choose(order, { payment_type: 'qris' });
  const heal = midtrans.faults.add({ do: 'reset', when: 'before', call: /status$/ });
  const { createHash } = await import('node:crypto');
  const gross = '150000.00';
  const signature = createHash('sha512').update(`${order}200${gross}${midtrans.serverKey}`).digest('hex');
  midtrans.send({
    ...midtrans.body(order),
    transaction_status: 'settlement',
    status_code: '200',
    signature_key: signature,
  });
  await world.settle();
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
  midtrans.expire(order);
  heal();
  await world.pass(200);
  assert.equal((await booksOf(nadi, payer)).status, 'paid', 'nobody is cut off by a doubt');
  const { data } = await ok<{ data: { order_id: string; transactions: { held: string }[] }[] }>(nadi, {
    url: '/api/payment-orders?held=true',
  });
  assert.deepEqual(
    data.map((each) => [each.order_id, each.transactions[0]?.held]),
    [[order, 'contradicted']],
  );
  await world.pass(60);
  const alerts = await ok<{ data: { message: string }[] }>(nadi, { url: '/api/alerts?type=payment' });
  assert.equal(alerts.data.length, 1, 'staff are told once');
  assert.ok(alerts.data[0]?.message.includes(order));
});

test('an order whose answer was lost is paid all the same, and a refusal is said', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const [one, two, small] = [await world.payer(), await world.payer(), await world.payer()];
  midtrans.faults.add({ do: 'reset', when: 'after', call: 'POST /snap/v1/transactions', times: 1 });
  xendit.faults.add({ do: 'garble', when: 'after', call: 'POST /v2/invoices', times: 1 });
  for (const [payer, gateway] of [
    [one, 'midtrans'],
    [two, 'xendit'],
  ] as const) {
    const answer = await nadi.request({
      method: 'POST',
      url: '/api/payment-orders',
      body: { invoice_id: payer.invoiceId, gateway },
    });
    assert.equal(answer.statusCode, 409);
    assert.equal(answer.json().code, 'gateway_trouble');
    assert.ok(!answer.body.includes('kunci-'), 'no key is told');
  }
  const { data } = await ok<{ data: { order_id: string; status: string; gateway: string }[] }>(nadi, {
    url: '/api/payment-orders',
  });
  assert.deepEqual(
    data.map(({ status }) => status),
    ['creating', 'creating'],
  );
  for (const { order_id: order, gateway } of data)
    if (gateway === 'midtrans') midtrans.pay(order, { payment_type: 'qris' });
    else xendit.pay(order);
  await world.settle();
  assert.equal((await booksOf(nadi, one)).status, 'paid');
  assert.equal((await booksOf(nadi, two)).status, 'paid');
  await ok(nadi, {
    method: 'POST',
    url: '/api/payments',
    body: { invoice_id: small.invoiceId, amount: '145000' },
  });
  const refused = await nadi.request({
    method: 'POST',
    url: '/api/payment-orders',
    body: { invoice_id: small.invoiceId, gateway: 'xendit' },
  });
  assert.match(refused.json().message, /below Rp10000/);
});

test('several open orders of one invoice: the second payment is a balance, and pays what else is open', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const payer = await world.payer();
  const orders = [await world.order(payer.invoiceId), await world.order(payer.invoiceId, 'xendit')];
  assert.equal(await world.order(payer.invoiceId), orders[0], 'one that stands is given again');
  const { id: other } = await ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: payer.customerId, amount: '100000', due_date: '2026-01-30' },
  });
  midtrans.pay(orders[0] ?? '', { payment_type: 'qris' });
  xendit.pay(orders[1] ?? '');
  await world.settle();
  const after = await booksOf(nadi, payer);
  assert.equal(after.status, 'paid');
  assert.equal(after.balance, '50000.00');
  assert.equal((await ok(nadi, { url: `/api/invoices/${other}` })).status, 'paid');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('a payment of a cancelled invoice is a balance; orders nobody needs expire', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const [gone, settled, late] = [await world.payer(), await world.payer(), await world.payer()];
  const { id: extra } = await ok(nadi, {
    method: 'POST',
    url: '/api/invoices',
    body: { customer_id: gone.customerId, amount: '90000', due_date: '2026-01-30' },
  });
  const order = await world.order(extra);
  const needless = await world.order(settled.invoiceId, 'xendit');
  const chosen = await world.order(late.invoiceId);
  midtrans.choose(chosen, { payment_type: 'bank_transfer', bank: 'bca' });
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${extra}` });
  for (const { invoiceId } of [settled, late])
    await ok(nadi, {
      method: 'POST',
      url: '/api/payments',
      body: { invoice_id: invoiceId, amount: '150000' },
    });
  midtrans.pay(order, { payment_type: 'qris' });
  await world.settle();
  await world.pass(130);
  assert.equal((await ok(nadi, { url: `/api/invoices/${extra}` })).status, 'cancelled');
  assert.equal((await booksOf(nadi, gone)).amount_paid, '90000.00', 'it pays what is open');
  assert.equal(xendit.find(needless)?.status, 'EXPIRED');
  assert.equal(midtrans.find(chosen)?.status, 'expire');
  assert.deepEqual(await readFaults([nadi, nadi]), {});
});

test('fees that the customer pays on top are not credited, wherever Midtrans tells of them', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans, xendit } = world;
  const payers = await Promise.all(
    ['metadata', 'extra_info', 'nowhere'].map(async (told) => ({ told, payer: await world.payer() })),
  );
  for (const { told, payer } of payers)
    midtrans.pay(await world.order(payer.invoiceId), {
      payment_type: 'qris',
      fee: { amount: 1065, told: told as 'nowhere' },
    });
  const fourth = await world.payer();
  xendit.pay(await world.order(fourth.invoiceId, 'xendit'), { surcharge: 4500, fee: 4000 });
  await world.settle();
  for (const payer of [...payers.map(({ payer }) => payer), fourth])
    assert.partialDeepStrictEqual(await booksOf(nadi, payer), {
      status: 'paid',
      amount_paid: '150000.00',
      balance: '0.00',
    });
  const { gateways } = await ok<{ gateways: { gateway: string; fees: string }[] }>(nadi, {
    url: '/api/gateways/reconciliation?from=2025-01-01&to=2026-12-31',
  });
  assert.deepEqual(
    gateways.map(({ gateway, fees }) => [gateway, fees]),
    [
      ['midtrans', '3195.00'],
      ['xendit', '4500.00'],
    ],
  );
});
