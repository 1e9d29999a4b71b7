import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import { booksOf, paidWorld } from './paid-world.ts';

test('a customer pays by the link of the invoice, without signing in', async () => {
  await using world = await paidWorld();
  const { nadi, midtrans } = world;
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { name: '<b>Warnet & Co', payment_instructions: 'BCA 123' },
  });
  const payer = await world.payer();
  const { url } = await ok<{ url: string }>(nadi, { url: `/api/invoices/${payer.invoiceId}/payment-link` });
  const path = new URL(url).pathname;
  const get = async (at: string) => {
    const answer = await nadi.request({ as: 'nobody', url: at, headers: { 'accept-language': 'id' } });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.match(String(answer.headers['content-type']), /^text\/html/);
    return answer.body;
  };
  const page = await get(path);
  assert.match(page, /Rp 150\.000/);
  assert.match(page, /&lt;b&gt;Warnet &amp; Co/);
  assert.match(page, /Transfer bank/);
  const leading = await get(`${path}/midtrans`);
  const [, target = ''] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(leading) ?? [];
  assert.ok(target.startsWith(midtrans.url));
  // He presses the button there.
  const [order = ''] = midtrans.orders;
  midtrans.pay(order, { payment_type: 'gopay' });
  assert.match(await get(path), /refresh" content="15"/);
  await world.settle();
  assert.match(await get(path), /Lunas, terima kasih/);
  assert.match(await get(`${path}/midtrans`), /sudah lunas/);
  assert.match(await get(`${path}?language=en`), /Paid, thank you/);
  assert.equal((await booksOf(nadi, payer)).status, 'paid');
});

test('a link that is not ours leads nowhere', async () => {
  await using world = await paidWorld();
  const payer = await world.payer();
  const { url } = await ok<{ url: string }>(world.nadi, {
    url: `/api/invoices/${payer.invoiceId}/payment-link`,
  });
  const path = new URL(url).pathname;
  const changed = (at: number) => `${path.slice(0, at)}${path[at] === 'A' ? 'B' : 'A'}${path.slice(at + 1)}`;
  const others = Array.from({ length: 43 }, (_, at) => changed(path.length - 43 + at));
  for (const wrong of [...others, `${path}x`, '/bayar/x', `/bayar/${'A'.repeat(43)}`])
    for (const end of ['', '/midtrans']) {
      const answer = await world.nadi.request({ as: 'nobody', url: `${wrong}${end}` });
      assert.ok([404, 422].includes(answer.statusCode), `${wrong}${end}: ${answer.statusCode}`);
    }
});

test('transfers that are drawn at the same moment have a sum each', async () => {
  await using world = await paidWorld();
  const payers = await Promise.all(Array.from({ length: 8 }, () => world.payer()));
  await Promise.all(payers.map(({ invoiceId }) => world.order(invoiceId, 'transfer')));
  const { data } = await ok<{ data: { amount: string }[] }>(world.nadi, {
    url: '/api/payment-orders?gateway=transfer',
  });
  assert.equal(new Set(data.map(({ amount }) => amount)).size, 8);
});

test('a transfer is told by its sum, and noted once', async () => {
  await using world = await paidWorld();
  const { nadi } = world;
  const [one, two] = [await world.payer(), await world.payer()];
  const orders: string[] = [];
  for (const { invoiceId } of [one, two]) orders.push(await world.order(invoiceId, 'transfer'));
  const { data } = await ok<{ data: { id: string; order_id: string; amount: string }[] }>(nadi, {
    url: '/api/payment-orders?gateway=transfer',
  });
  assert.equal(new Set(data.map(({ amount }) => amount)).size, 2);
  assert.ok(data.every(({ amount }) => Number(amount) > 150_000 && Number(amount) < 151_000));
  const mine = data.find((order) => order.order_id === orders[0]);
  const found = await ok<{ data: { order_id: string }[] }>(nadi, {
    url: `/api/payment-orders?amount=${mine?.amount}`,
  });
  assert.deepEqual(
    found.data.map((order) => order.order_id),
    [orders[0]],
  );
  const receive = () =>
    nadi.request({
      method: 'POST',
      url: `/api/payment-orders/${mine?.id}/receive`,
      body: { reference: 'BCA 1' },
    });
  const answers = await Promise.all([receive(), receive(), receive()]);
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 409, 409]);
  const after = await booksOf(nadi, one);
  assert.equal(after.status, 'paid');
  assert.equal(Number(after.balance), Number(mine?.amount) - 150_000);
  assert.deepEqual(after.payments, [[mine?.amount, 'transfer', false]]);
  const { accounts } = await ok<{ accounts: { account: string; balance: string }[] }>(nadi, {
    url: '/api/ledger/trial-balance',
  });
  assert.equal(accounts.find(({ account }) => account === 'bank')?.balance, mine?.amount);
  await world.pass(73 * 3600);
  const late = await ok<{ data: { status: string }[] }>(nadi, {
    url: `/api/payment-orders?order_id=${orders[1]}`,
  });
  assert.equal(late.data[0]?.status, 'expired');
});
