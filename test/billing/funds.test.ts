import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, type TestRequest, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
after(() => other[Symbol.asyncDispose]());
const nodes: Nodes = [nadi, other];

let count = 0;
type Body = Record<string, unknown>;
interface Seen {
  readonly id: string;
  readonly [field: string]: unknown;
}

async function customer(): Promise<string> {
  count += 1;
  return (await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: `Pelanggan ${count}` } })).id;
}

async function invoice(customerId: string, amount: string, due = '2026-01-20'): Promise<string> {
  const body = { customer_id: customerId, amount, due_date: due };
  return (await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id;
}

const post = (url: string, body: Body, more: Partial<TestRequest> = {}, node: TestApp = nadi) =>
  node.request({ ...more, method: 'POST', url, body });
const add = (url: string, body: Body, more: Partial<TestRequest> = {}) =>
  ok<Seen>(nadi, { ...more, method: 'POST', url, body });
const at = (customerId: string, what: string) => `/api/customers/${customerId}/${what}`;
const fundsOf = async (customerId: string) =>
  Object.values(await ok<Body>(nadi, { url: at(customerId, 'funds') }));
const shown = (id: string) => ok<Seen>(nadi, { url: `/api/invoices/${id}` });

async function codeOf(answer: Promise<{ statusCode: number; body: string; json: () => Body }>) {
  const given = await answer;
  return given.statusCode < 300 ? given.statusCode : given.json().code;
}

async function inOrder(): Promise<void> {
  assert.deepEqual(await readFaults(nodes), {});
}

test('a top-up pays open invoices at once, oldest due date first, and the rest waits', async () => {
  const id = await customer();
  const [late, early] = [await invoice(id, '70000', '2026-01-25'), await invoice(id, '50000', '2026-01-18')];
  const moved = await add(at(id, 'top-up'), { amount: '100000', notes: 'Titip' });
  assert.deepEqual(
    [moved.kind, moved.amount, moved.balance_change, moved.method],
    ['top_up', '100000.00', '100000.00', 'cash'],
  );
  assert.equal((await shown(early)).status, 'paid');
  assert.equal((await shown(late)).amount_paid, '50000.00');
  assert.deepEqual(await fundsOf(id), ['0.00', '0.00']);
  await add(at(id, 'top-up'), { amount: '50000.50', method: 'transfer' });
  assert.equal((await shown(late)).status, 'paid');
  assert.deepEqual(await fundsOf(id), ['30000.50', '0.00']);
  const list = await ok<{ total: number }>(nadi, { url: at(id, 'fund-movements') });
  assert.equal(list.total, 2);
  await inOrder();
});

test('nothing is paid out that is not there, nor to nobody, nor in three decimals', async () => {
  const id = await customer();
  await add(at(id, 'top-up'), { amount: '1000' });
  await add(at(id, 'deposit'), { amount: '2000' });
  assert.equal(await codeOf(post(at(id, 'refund'), { amount: '1000.01' })), 'balance_too_low');
  assert.equal(await codeOf(post(at(id, 'deposit/return'), { amount: '2000.01' })), 'deposit_too_low');
  assert.equal(await codeOf(post(at(id, 'deposit/to-balance'), { amount: '3000' })), 'deposit_too_low');
  for (const amount of ['0', '0.001', '-5', '1e3', '1000000000000'])
    assert.equal(await codeOf(post(at(id, 'top-up'), { amount })), 'validation_failed');
  const nobody = '00000000-0000-4000-8000-000000000000';
  assert.equal(await codeOf(post(at(nobody, 'top-up'), { amount: '1' })), 'not_found');
  assert.equal(await codeOf(nadi.request({ url: at(nobody, 'funds') })), 'not_found');
  assert.equal(await codeOf(post(at(id, 'refund'), { amount: '1' }, { as: 'operator' })), 'forbidden');
  assert.equal(
    await codeOf(nadi.request({ method: 'DELETE', url: `/api/customers/${id}` })),
    'customer_has_funds',
  );
  assert.deepEqual(await fundsOf(id), ['1000.00', '2000.00']);
  await inOrder();
});

test('two refunds of the whole balance at once: one is paid out', async () => {
  for (let round = 0; round < 3; round += 1) {
    const id = await customer();
    await add(at(id, 'top-up'), { amount: '90000' });
    const refund = (node: TestApp) => codeOf(post(at(id, 'refund'), { amount: '90000' }, {}, node));
    const codes = await Promise.all([refund(nadi), refund(other), refund(nadi)]);
    assert.deepEqual(codes.map(String).sort(), ['201', 'balance_too_low', 'balance_too_low']);
    assert.deepEqual(await fundsOf(id), ['0.00', '0.00']);
  }
  await inOrder();
});

test('a repeated request answers the first result and moves money once', async () => {
  const id = await customer();
  const stranger = await customer();
  const first = await invoice(id, '40000');
  const send = (url: string, body: Body) =>
    Promise.all([nadi, other, nadi].map(async (node) => (await post(url, body, {}, node)).json()));
  for (const [url, amount] of [
    [at(id, 'top-up'), '100000.00'],
    [at(id, 'refund'), '60000.00'],
  ] as const) {
    const ids = (await send(url, { amount, idempotency_key: 'satu' })).map((each) => each.id);
    assert.equal(new Set(ids).size, 1, 'one movement');
    assert.equal(typeof ids[0], 'string');
    assert.equal((await add(url, { amount, idempotency_key: 'satu' })).id, ids[0]);
  }
  assert.equal((await shown(first)).status, 'paid');
  assert.deepEqual(await fundsOf(id), ['0.00', '0.00']);
  const key = { amount: '100000', idempotency_key: 'satu' };
  for (const [url, body] of [
    [at(id, 'top-up'), { ...key, amount: '1' }],
    [at(stranger, 'top-up'), key],
  ] as const) {
    const refused = (await post(url, body)).json();
    assert.deepEqual(Object.keys(refused.errors), ['idempotency_key']);
  }
  const second = await invoice(id, '40000');
  const body = { invoice_id: second, amount: '55000', idempotency_key: 'satu' };
  const payments = await send('/api/payments', body);
  assert.equal(new Set(payments.map((each) => each.id)).size, 1, JSON.stringify(payments));
  assert.deepEqual(await fundsOf(id), ['15000.00', '0.00']);
  assert.equal(await codeOf(post('/api/payments', { ...body, amount: '1' })), 'validation_failed');
  const keys = { amount: '10', idempotency_key: 'dua' };
  const raced = await Promise.all([id, stranger].map((each) => codeOf(post(at(each, 'top-up'), keys))));
  assert.deepEqual(raced.map(String).sort(), ['201', 'validation_failed'], 'one key, two customers, at once');
  await inOrder();
});

test('a movement is undone once, by its opposite, unless its money was used', async () => {
  const id = await customer();
  const top = await add(at(id, 'top-up'), { amount: '30000' });
  const undo = (movement: string, node = nadi) =>
    codeOf(post(`/api/fund-movements/${movement}/reverse`, { reason: 'Salah ketik' }, {}, node));
  const codes = await Promise.all([undo(top.id), undo(top.id, other)]);
  assert.deepEqual(codes.map(String).sort(), ['201', 'movement_reversed']);
  assert.deepEqual(await fundsOf(id), ['0.00', '0.00']);
  const deposit = await add(at(id, 'deposit'), { amount: '20000' });
  const moved = await add(at(id, 'deposit/to-balance'), { amount: '20000' });
  assert.equal(await undo(deposit.id), 'deposit_too_low');
  await invoice(id, '5000');
  await nadi.edition.runBilling();
  assert.equal(await undo(moved.id), 'balance_too_low');
  const back = await add(at(id, 'refund'), { amount: '15000' });
  const debt = await invoice(id, '6000');
  assert.equal(await undo(back.id), 201);
  assert.equal((await shown(debt)).status, 'paid', 'what came back pays');
  const { data } = await ok<{ data: Seen[] }>(nadi, { url: at(id, 'fund-movements') });
  assert.equal(data.find((each) => each.id === back.id)?.reversed_by_id !== null, true);
  assert.equal(await undo(data.find((each) => each.reverses_id === back.id)?.id ?? ''), 'movement_reversed');
  await assert.rejects(nadi.kit.pool.query('update fund_movements set amount = 1'), /never changed/);
  await assert.rejects(nadi.kit.pool.query('delete from fund_movements'), /never deleted/);
  await inOrder();
});

test('two payments of one invoice at once with surplus: both are kept, or one is refused', async () => {
  const id = await customer();
  const open = await invoice(id, '50000');
  const body = { invoice_id: open, amount: '60000' };
  const codes = await Promise.all(nodes.map((node) => codeOf(post('/api/payments', body, {}, node))));
  assert.deepEqual(codes.map(String).sort(), ['201', 'invoice_paid']);
  assert.deepEqual(await fundsOf(id), ['10000.00', '0.00']);
  await inOrder();
});

test('receipt numbers have no gap where payments fail, come at once, or the run makes them', async () => {
  goTo(nadi, '2026-01-16');
  goTo(other, '2026-01-16');
  const ids = await Promise.all(Array.from({ length: 4 }, customer));
  const invoices = await Promise.all(ids.map((id) => invoice(id, '10000')));
  const pays = invoices.flatMap((invoiceId) =>
    nodes.map((node) => post('/api/payments', { invoice_id: invoiceId, amount: '12000' }, {}, node)),
  );
  const answers = (await Promise.all(pays)).filter((answer) => answer.statusCode === 201);
  assert.equal(answers.length, 4);
  await Promise.all(ids.map((id) => invoice(id, '1000')));
  assert.equal((await nadi.edition.runBilling()).from_balance, 4);
  const { rows } = await nadi.kit.pool.query(
    "select receipt_number as n from payments where receipt_number like 'KW-20260116-%' order by 1",
  );
  assert.deepEqual(
    rows.map((row) => row.n),
    Array.from({ length: 8 }, (_, n) => `KW-20260116-000${n + 1}`),
  );
  await inOrder();
});

test('a process that dies while it takes a payment leaves nothing: no number, no money, and the key is free', async () => {
  const id = await customer();
  const open = await invoice(id, '10000');
  const body = { invoice_id: open, amount: '15000', idempotency_key: 'mati' };
  const holder = await nadi.kit.pool.connect();
  await holder.query('begin');
  await holder.query('lock table ledger_entries in access exclusive mode');
  const answers = [
    post('/api/payments', body),
    post(at(id, 'deposit'), { amount: '7', idempotency_key: 'mati' }),
  ];
  for (let waiting = 0; waiting < answers.length; ) {
    const { rows } = await other.kit.pool.query(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    waiting = rows[0].n;
  }
  await other.kit.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  const codes = (await Promise.all(answers)).map((answer) => answer.statusCode);
  await holder.query('rollback');
  holder.release();
  assert.deepEqual(codes, [503, 503]);
  assert.equal((await shown(open)).amount_paid, '0.00');
  await inOrder();
  assert.equal(await codeOf(post('/api/payments', body)), 201);
  assert.deepEqual(await fundsOf(id), ['5000.00', '0.00']);
  await inOrder();
});
