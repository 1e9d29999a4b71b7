import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

const { NADI_MODEL_SEED: seed = '20260115', NADI_MONEY_ROUNDS: rounds = '6' } = process.env;

const deeds = [
  'top-up',
  'refund',
  'deposit',
  'deposit/return',
  'deposit/to-balance',
  'undo',
  'invoice',
  'pay',
  'pay',
  'reverse',
  'credit',
  'void',
  'run',
  'close',
] as const;
type Deed = (typeof deeds)[number];

interface Step {
  readonly deed: Deed;
  readonly n: number;
  readonly amount: number;
  readonly key: boolean;
}

/** What each of them may be refused with: an answer for a person, never a fault of ours. */
const refusals = new Set([
  'balance_too_low',
  'deposit_too_low',
  'movement_reversed',
  'validation_failed',
  'invoice_paid',
  'invoice_cancelled',
  'invoice_has_payments',
  'invoice_has_credit_notes',
  'credit_too_high',
  'payment_reversed',
  'balance_used',
  'drawer_empty',
]);

test('any row of moves by two nodes at once keeps the books, and no balance below zero', async (context) => {
  context.diagnostic(`seed ${seed}`);
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  await nadi.kit.pool.query(
    "insert into taxes (id, name, rate, created_at, updated_at) values (gen_random_uuid(), 'PPN', 11, '2026-01-01', '2026-01-01')",
  );
  const names = ['Budi', 'Siti', 'Ayu'];
  const customers = await Promise.all(
    names.map(async (name) => (await ok(nadi, { method: 'POST', url: '/api/customers', body: { name } })).id),
  );
  const step: fc.Arbitrary<Step> = fc.record({
    deed: fc.constantFrom(...deeds),
    n: fc.nat(),
    amount: fc.integer({ min: 1, max: 9_000_000 }).map((hundredths) => hundredths / 100),
    key: fc.boolean(),
  });
  const schedule = fc.sample(fc.array(step, { minLength: 60, maxLength: 60 }), {
    seed: Number(seed),
    numRuns: Number(rounds),
  });
  for (const [round, steps] of schedule.entries()) {
    const day = Temporal.PlainDate.from('2026-01-15').add({ days: round }).toString();
    for (const node of nodes) goTo(node, day);
    for (let from = 0; from < steps.length; from += 12) {
      const seen = await whatIsThere(nadi, customers);
      const answers = await Promise.all(
        steps.slice(from, from + 12).map((each, index) => take(nodes[index % 2] ?? nadi, each, day, seen)),
      );
      const astray = answers.filter(({ status, code }) => status >= 300 && !refusals.has(String(code)));
      assert.deepEqual(astray, [], `round ${round}`);
      assert.deepEqual(await readFaults(nodes), {}, `round ${round}, from step ${from}`);
    }
  }
  const { rows } = await nadi.kit.pool.query(
    `select (select min(least(balance, deposit))::text from customer_funds) as least,
      (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks,
      (select count(*)::int from credit_notes) as credits, (select count(*)::int from fund_movements) as movements`,
  );
  context.diagnostic(JSON.stringify(rows[0]));
  assert.ok(Number(rows[0].least) >= 0 && rows[0].credits > 5 && rows[0].movements > 50);
  assert.equal(rows[0].deadlocks, 0);
  for (const node of nodes) assert.doesNotMatch(node.logged(), /deadlock|not paid from the balance/);
});

interface Seen {
  readonly customers: readonly string[];
  readonly invoices: readonly string[];
  readonly payments: readonly string[];
  readonly movements: readonly string[];
}

async function whatIsThere(nadi: TestApp, customers: readonly string[]): Promise<Seen> {
  const ids = async (table: string) =>
    (
      await nadi.kit.pool.query<{ id: string }>(
        `select id from ${table} order by created_at desc, id limit 20`,
      )
    ).rows.map((row) => row.id);
  const [invoices, payments, movements] = await Promise.all(
    ['invoices', 'payments', 'fund_movements'].map(ids),
  );
  return { customers, invoices: invoices ?? [], payments: payments ?? [], movements: movements ?? [] };
}

async function take(node: TestApp, { deed, n, amount, key }: Step, day: string, seen: Seen) {
  const pick = (list: readonly string[]) => list[n % list.length] ?? '00000000-0000-4000-8000-000000000000';
  const customer = pick(seen.customers);
  const keyed = key ? { idempotency_key: `${deed} ${n % 7}` } : {};
  const given = amount.toFixed(2);
  const moving = ['POST', `/api/customers/${customer}/${deed}`, { amount: given, ...keyed }] as const;
  const requests: Record<Deed, readonly ['POST' | 'DELETE', string, object?]> = {
    'top-up': moving,
    refund: moving,
    deposit: moving,
    'deposit/return': moving,
    'deposit/to-balance': moving,
    undo: ['POST', `/api/fund-movements/${pick(seen.movements)}/reverse`, { reason: 'Salah' }],
    invoice: ['POST', '/api/invoices', { customer_id: customer, amount: given, due_date: day }],
    pay: ['POST', '/api/payments', { invoice_id: pick(seen.invoices), amount: given, ...keyed }],
    reverse: ['DELETE', `/api/payments/${pick(seen.payments)}`],
    // Small enough that several fit on one invoice.
    credit: [
      'POST',
      `/api/invoices/${pick(seen.invoices)}/credit-notes`,
      { amount: (amount / 10 + 1).toFixed(2), reason: 'Gangguan' },
    ],
    void: ['DELETE', `/api/invoices/${pick(seen.invoices)}`],
    run: ['POST', '/api/billing/run', {}],
    close: ['POST', '/api/cash-drawer/close', { counted: given }],
  };
  const [method, url, body] = requests[deed];
  const answer = await node.request({ method, url, ...(body ? { body } : {}) });
  const { statusCode: status } = answer;
  const code = status < 300 || status === 404 ? 'validation_failed' : answer.json().code;
  return { deed, status, code };
}
