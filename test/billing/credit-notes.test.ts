import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { creditParts } from '../../server/modules/billing/credit-rules.ts';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());
const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
after(() => other[Symbol.asyncDispose]());
const nodes: Nodes = [nadi, other];
await nadi.kit.pool.query(
  "insert into taxes (id, name, rate, created_at, updated_at) values (gen_random_uuid(), 'PPN', 11, '2026-01-01', '2026-01-01')",
);

interface Note {
  readonly id: string;
  readonly credit_note_number: string;
  readonly amount: string;
  readonly tax_amount: string;
}
interface Shown {
  readonly status: string;
  readonly amount: string;
  readonly amount_paid: string;
  readonly credit_notes: readonly Note[];
}

async function customer(): Promise<string> {
  return (await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Budi' } })).id;
}

/** An invoice of this price, on which eleven percent of tax come. */
async function invoice(customerId: string, price: string): Promise<string> {
  const body = { customer_id: customerId, amount: price, due_date: '2026-01-20' };
  return (await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id;
}

const credit = (id: string, amount: string, node: TestApp = nadi) =>
  node.request({
    method: 'POST',
    url: `/api/invoices/${id}/credit-notes`,
    body: { amount, reason: 'Gangguan tiga hari' },
  });
const shown = (id: string) => ok<Shown>(nadi, { url: `/api/invoices/${id}` });
const balanceOf = async (id: string) =>
  (await ok<{ balance: string }>(nadi, { url: `/api/customers/${id}/funds` })).balance;

test('credits take their share of tax, the last one the rest, and no more than the invoice', async () => {
  const id = await invoice(await customer(), '100000');
  const taxes = [];
  for (const amount of ['37000', '37000', '36999.50'])
    taxes.push((await credit(id, amount)).json().tax_amount);
  assert.deepEqual(taxes, ['3667.00', '3667.00', '3666.00']);
  const refused = await credit(id, '1');
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'credit_too_high']);
  assert.equal((await shown(id)).credit_notes.length, 3);
  assert.deepEqual(await readFaults(nodes), {});
});

test('the balance a credit makes pays the credited invoice first, then others; a paid one leaves it all', async () => {
  const budi = await customer();
  const [older, credited] = [await invoice(budi, '100000'), await invoice(budi, '50000')];
  const note = (await credit(credited, '55500')).json<Note>();
  assert.match(note.credit_note_number, /^CN-20260115-\d{4}$/);
  assert.deepEqual([(await shown(credited)).status, (await shown(older)).amount_paid], ['paid', '0.00']);
  const list = await ok<{ data: Note[] }>(nadi, { url: `/api/credit-notes?invoice_id=${credited}` });
  assert.deepEqual(list.data, [await ok(nadi, { url: `/api/credit-notes/${note.id}` })]);
  await ok(nadi, { method: 'POST', url: `/api/invoices/${older}/mark-paid` });
  const third = await invoice(budi, '10000');
  await credit(older, '20000');
  assert.equal((await shown(third)).status, 'paid');
  assert.equal(await balanceOf(budi), '8900.00');
  assert.deepEqual(await readFaults(nodes), {});
});

test('what cannot be credited is refused, and an invoice with credits is not voided', async () => {
  const id = await invoice(await customer(), '100000');
  const url = `/api/invoices/${id}/credit-notes`;
  const body = { reason: 'Gangguan', amount: '1', lines: [{ description: 'x', unit_price: '1' }] };
  for (const [field, bad] of [
    ['amount', { reason: 'Gangguan' }],
    ['lines', body],
    ['amount', { reason: 'Gangguan', amount: '0.49' }],
    ['amount', { reason: 'Gangguan', amount: '1.001' }],
    ['reason', { reason: ' ', amount: '1' }],
  ] as const) {
    const answer = await nadi.request({ method: 'POST', url, body: bad });
    assert.deepEqual([answer.statusCode, Object.keys(answer.json().errors)], [422, [field]]);
  }
  const lines = Array.from({ length: 100 }, () => ({
    description: 'x',
    quantity: 100_000,
    unit_price: '999999999999.99',
  }));
  const huge = await nadi.request({ method: 'POST', url, body: { reason: 'x', lines } });
  assert.equal(huge.json().code, 'credit_too_high');
  assert.equal((await credit('00000000-0000-4000-8000-000000000000', '1')).statusCode, 404);
  const paid = await ok<{ id: string }>(nadi, {
    method: 'POST',
    url,
    body: { reason: 'Gangguan', lines: [{ description: 'Hari', quantity: 3, unit_price: '1000.50' }] },
  }).then(async () => ok<{ data: { id: string }[] }>(nadi, { url: `/api/payments?invoice_id=${id}` }));
  await ok(nadi, {
    method: 'DELETE',
    url: `/api/payments/${(paid as unknown as { data: { id: string }[] }).data[0]?.id}`,
  });
  const voided = await nadi.request({ method: 'DELETE', url: `/api/invoices/${id}` });
  assert.equal(voided.json().code, 'invoice_has_credit_notes');
  const gone = await invoice(await customer(), '5000');
  await ok(nadi, { method: 'DELETE', url: `/api/invoices/${gone}` });
  assert.equal((await credit(gone, '1')).json().code, 'invoice_cancelled');
  assert.deepEqual(await readFaults(nodes), {});
});

test('credits of the whole at once: one is made, and numbers have no gap', async () => {
  for (const node of nodes) goTo(node, '2026-01-17');
  const ids = await Promise.all([1, 2, 3].map(async () => invoice(await customer(), '10000')));
  const answers = await Promise.all(
    ids.flatMap((id) => [...nodes, nadi].map((node) => credit(id, '11100', node))),
  );
  const numbers = answers.filter((one) => one.statusCode === 201).map((one) => one.json().credit_note_number);
  assert.deepEqual(numbers.sort(), ['CN-20260117-0001', 'CN-20260117-0002', 'CN-20260117-0003']);
  assert.ok(answers.every((one) => one.statusCode === 201 || one.json().code === 'credit_too_high'));
  assert.deepEqual(await readFaults(nodes), {});
});

test('any row of credits keeps every part within what is left, and the last one is exact', () => {
  const rupiah = fc.bigInt({ min: 0n, max: 10_000n });
  fc.assert(
    fc.property(
      rupiah,
      rupiah,
      rupiah,
      fc.array(fc.bigInt({ min: 1n, max: 3000n })),
      (net, tax, fee, given) => {
        const total = net + tax + fee;
        fc.pre(total > 0n);
        const invoiced = { amount: `${total}.00`, tax_amount: `${tax}.00`, late_fee: `${fee}.00` };
        const sum = { amount: 0n, tax_amount: 0n, late_fee: 0n };
        const keys = ['amount', 'tax_amount', 'late_fee'] as const;
        for (let n = 0; sum.amount < total; n += 1) {
          const left = total - sum.amount;
          const wanted = given[n] ?? left;
          const earlier = {
            amount: `${sum.amount}.00`,
            tax_amount: `${sum.tax_amount}.00`,
            late_fee: `${sum.late_fee}.00`,
          };
          const parts = creditParts(invoiced, earlier, wanted < left ? wanted : left);
          assert.ok(parts);
          for (const key of keys) {
            const part = BigInt(parts[key].replace('.00', ''));
            assert.ok(part >= 0n);
            sum[key] += part;
          }
          assert.ok(total - sum.amount >= tax - sum.tax_amount + (fee - sum.late_fee));
          assert.ok(sum.tax_amount <= tax && sum.late_fee <= fee);
        }
        assert.deepEqual(sum, { amount: total, tax_amount: tax, late_fee: fee });
      },
    ),
  );
});
