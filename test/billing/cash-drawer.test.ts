import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addUser } from '../contract/world.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
after(() => other[Symbol.asyncDispose]());
const nodes: Nodes = [nadi, other];
const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Budi' } });
let users = 0;

/** An administrator with an empty drawer, who may take, pay out and reverse. */
async function cashier() {
  users += 1;
  const { id, token } = await addUser(nadi, `kasir-${users}@drawer.test`, 'admin');
  const post = async (url: string, body: object, node: TestApp = nadi) =>
    (await node.request({ token, method: 'POST', url, body })).json();
  return {
    id,
    token,
    post,
    move: (what: string, amount: string, method = 'cash') =>
      post(`/api/customers/${customer.id}/${what}`, { amount, method }),
    pay: async (amount: string, node: TestApp = nadi) => {
      const body = { customer_id: customer.id, amount, due_date: '2026-01-20' };
      const invoice = await ok(nadi, { method: 'POST', url: '/api/invoices', body });
      return post('/api/payments', { invoice_id: invoice.id, amount }, node);
    },
    close: (counted: string, node: TestApp = nadi) => post('/api/cash-drawer/close', { counted }, node),
    drawer: () =>
      ok<{ expected: string; received: string; paid_out: string; items: { kind: string; amount: string }[] }>(
        nadi,
        { token, url: '/api/cash-drawer' },
      ),
  };
}

async function inOrder(): Promise<void> {
  assert.deepEqual(await readFaults(nodes), {});
}

test('a drawer holds the cash its person took, less what was paid out, until it is closed', async () => {
  const [one, two] = [await cashier(), await cashier()];
  await one.pay('50000');
  await one.move('deposit', '20000');
  await one.move('deposit', '99000', 'transfer');
  await one.move('deposit/return', '5000.50');
  await two.pay('7000');
  const drawer = await one.drawer();
  assert.deepEqual([drawer.received, drawer.paid_out, drawer.expected], ['70000.00', '5000.50', '64999.50']);
  assert.deepEqual(drawer.items.map(({ kind, amount }) => [kind, amount]).sort(), [
    ['deposit', '20000.00'],
    ['deposit_return', '-5000.50'],
    ['payment', '50000.00'],
  ]);
  const closing = await one.close('64000');
  assert.deepEqual(
    [closing.expected, closing.counted, closing.difference, closing.item_count, closing.user_id],
    ['64999.50', '64000.00', '-999.50', 3, one.id],
  );
  assert.deepEqual([(await one.drawer()).expected, (await one.drawer()).items], ['0.00', []]);
  assert.equal((await one.close('0')).code, 'drawer_empty');
  assert.equal((await two.drawer()).expected, '7000.00');
  await inOrder();
});

test('a payment reversed in an open drawer leaves it; in a closed one it is cash out of the reverser’s', async () => {
  const [one, two] = [await cashier(), await cashier()];
  const [open, closed] = [await one.pay('10000'), await one.pay('30000')];
  const reverse = (id: string) =>
    ok(nadi, { token: two.token, method: 'DELETE', url: `/api/payments/${id}?reason=Salah` });
  await reverse(open.id);
  assert.equal((await two.drawer()).expected, '0.00');
  assert.equal((await one.close('30000')).expected, '30000.00');
  await reverse(closed.id);
  assert.deepEqual([(await one.drawer()).expected, (await two.drawer()).expected], ['0.00', '-30000.00']);
  assert.equal((await two.close('0')).difference, '30000.00');
  assert.equal((await two.close('0')).code, 'drawer_empty');
  const top = await one.move('deposit', '900');
  await two.post(`/api/fund-movements/${top.id}/reverse`, { reason: 'Salah' });
  assert.deepEqual([(await one.drawer()).expected, (await two.drawer()).expected], ['0.00', '0.00']);
  await inOrder();
});

test('closing at once, with payments and reversals in the middle: all cash is in one closing or still in the drawer', async () => {
  const one = await cashier();
  for (let round = 0; round < 5; round += 1) {
    const paid = await Promise.all(Array.from({ length: 4 }, (_, n) => one.pay(`${1000 + n}`)));
    const answers = await Promise.all([
      one.pay('500', other),
      one.close('1'),
      one.close('2', other),
      one.move('deposit', '300'),
      nadi.request({ token: one.token, method: 'DELETE', url: `/api/payments/${paid[round % 4].id}` }),
      one.close('3'),
    ]);
    assert.ok(!JSON.stringify(answers).includes('internal'));
    await inOrder();
  }
  await one.close('0');
  const { rows } = await nadi.kit.pool.query(
    `select (select sum(expected) from cash_closings where user_id = $1) as closed,
      (select sum(case when 'cash' = debit then amount else -amount end) from ledger_entries
        where 'cash' in (debit, credit) and (payment_id in (select id from payments where received_by = $1)
          or kind = 'deposit' and amount = 300)) as booked,
      (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks`,
    [one.id],
  );
  assert.equal(rows[0].closed, rows[0].booked);
  assert.equal(rows[0].deadlocks, 0);
});

test('operators see their own closings, administrators everybody’s', async () => {
  await ok(nadi, {
    as: 'operator',
    method: 'POST',
    url: `/api/customers/${customer.id}/deposit`,
    body: { amount: '10' },
  });
  await ok(nadi, { as: 'operator', method: 'POST', url: '/api/cash-drawer/close', body: { counted: '10' } });
  const list = async (as: 'operator' | 'admin') =>
    (await ok<{ data: { user_name: string }[] }>(nadi, { as, url: '/api/cash-closings?per_page=100' })).data;
  assert.deepEqual(
    (await list('operator')).map((each) => each.user_name),
    ['operator'],
  );
  assert.ok((await list('admin')).length > 3);
  const bad = await nadi.request({
    method: 'POST',
    url: '/api/cash-drawer/close',
    body: { counted: '1.001' },
  });
  assert.equal(bad.statusCode, 422);
});

test('a cashier who is deleted leaves the money, the movements and the closings', async () => {
  const one = await cashier();
  await one.move('deposit', '100');
  await one.close('100');
  await one.move('deposit', '200');
  await one.close('150');
  await ok(nadi, { as: 'super_owner', method: 'DELETE', url: `/api/users/${one.id}` });
  await inOrder();
});

test('nobody is deleted whose drawer holds cash that was not counted, not even taken at the same moment', async () => {
  const one = await cashier();
  await one.pay('30000');
  const remove = (id: string) => nadi.request({ method: 'DELETE', url: `/api/users/${id}` });
  const refused = await remove(one.id);
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'drawer_filled']);
  assert.equal((await one.drawer()).expected, '30000.00');
  await one.close('30000');
  assert.equal((await remove(one.id)).statusCode, 204);
  for (let n = 0; n < 5; n += 1) {
    const { id, pay, move } = await cashier();
    await Promise.all([pay('1000', other), remove(id), move('deposit', '500')]);
  }
  const { rows } = await nadi.kit.pool.query(`
    select id from payments where method = 'cash' and received_by is null and reversed_at is null and cash_closing_id is null
    union all select id from fund_movements where method = 'cash' and drawer_of is null and cash_closing_id is null`);
  assert.deepEqual(rows, []);
  await inOrder();
});

test('the drawer of a cashier who does not come any more is counted by an administrator, and by nobody else', async () => {
  const one = await cashier();
  await one.pay('30000');
  await ok(nadi, {
    as: 'super_owner',
    method: 'PUT',
    url: `/api/users/${one.id}`,
    body: { is_active: false },
  });
  const url = `/api/users/${one.id}/cash`;
  assert.equal((await ok<{ expected: string }>(nadi, { url })).expected, '30000.00');
  const close = (as: 'operator' | 'admin') =>
    nadi.request({
      as,
      method: 'POST',
      url: `${url}/close`,
      body: { counted: '29000', notes: 'Serah terima' },
    });
  assert.equal((await close('operator')).statusCode, 403);
  const closing = (await close('admin')).json();
  assert.deepEqual(
    [closing.user_id, closing.difference, closing.notes],
    [one.id, '-1000.00', 'Serah terima'],
  );
  assert.equal((await close('admin')).json().code, 'drawer_empty');
  const nobody = '/api/users/00000000-0000-4000-8000-000000000000/cash';
  assert.equal((await nadi.request({ url: nobody })).statusCode, 404);
  await inOrder();
});
