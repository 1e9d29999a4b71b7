import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';
import { type ModelPrice, priceOf, usePeriod } from './price-model.ts';
import { addTaxes, addTwins, latestPrices, type Priced, priceWorld } from './price-world.ts';

const {
  NADI_MODEL_SEED: seed = '20260115',
  NADI_MODEL_RUNS: runs = '8',
  NADI_MODEL_PATH: path,
} = process.env;

test('law: what many subscriptions cost at once is what the model says of each', async (context) => {
  context.diagnostic(`seed ${seed}, ${runs} runs`);
  await using nadi = await testApp({ now: '2026-01-01T03:00:00Z' });
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  // Nobody is suspended: what is looked at is the price.
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 90 } });
  let world = 0;
  await fc.assert(
    fc.asyncProperty(priceWorld, async (given) => {
      world += 1;
      const today = Temporal.PlainDate.from('2026-01-01').add({ days: world * 100 });
      for (const node of nodes) goTo(node, today.toString());
      const taxes = await addTaxes(nadi, given.taxes);
      const twins = [];
      for (const customer of given.customers) twins.push(await addTwins(nadi, customer));
      const all = twins.flat();
      let credits = 0n;
      for (const period of [0, 1, 2]) {
        for (const node of nodes) goTo(node, today.add({ days: period * 30 }).toString());
        const expected = new Map(all.map((one) => [one.id, priceOf(one.model, taxes)]));
        await assertPreviews(nodes, all, expected);
        await runTwice(nodes);
        await assertPrices(nodes, expected);
        await voidSome(nodes, all);
        await runTwice(nodes);
        await assertPrices(nodes, expected);
        for (const [one, twin] of twins) {
          const amounts = [one, twin].map(({ id }) => expected.get(id)?.amount);
          assert.equal(amounts[0], amounts[1], 'the order of discounts matters');
        }
        for (const { model } of all) usePeriod(model);
        for (const { toBalance } of expected.values()) credits += toBalance;
        await assertCredits(nodes, all, credits);
      }
      await assertChargedOnce(nodes);
      assert.deepEqual(await readFaults(nodes), {});
      await nadi.kit.pool.query(
        "update subscriptions set status = 'cancelled'; update taxes set is_active = false",
      );
    }),
    {
      seed: Number(seed),
      numRuns: Number(runs),
      ...(path ? { path } : {}),
      endOnFailure: true,
    },
  );
});

/** On both nodes at the same moment. */
async function runTwice(nodes: Nodes): Promise<void> {
  await Promise.all(nodes.map(({ edition }) => edition.runBilling()));
}

/** The price in the form in which it is read. */
function shown({ amount, tax, lines, taxes }: ModelPrice) {
  return {
    amount: String(amount),
    tax: String(tax),
    lines: lines.map((line) => [line.kind, String(line.amount), line.taxable]),
    taxes: taxes.map((one) => [one.name, String(one.base), String(one.amount)]),
  };
}

async function assertPreviews(
  [nadi]: Nodes,
  all: readonly Priced[],
  expected: ReadonlyMap<string, ModelPrice>,
): Promise<void> {
  const whole = (amount: string) => amount.replace(/\.00$/, '');
  for (const { id } of all) {
    const seen = await ok<{
      amount: string;
      tax_amount: string;
      lines: { kind: string; amount: string; taxable: boolean }[];
      taxes: { name: string; base_amount: string; amount: string }[];
    }>(nadi, { url: `/api/subscriptions/${id}/next-invoice` });
    const price = expected.get(id);
    assert.ok(price);
    assert.deepEqual(
      {
        amount: whole(seen.amount),
        tax: whole(seen.tax_amount),
        lines: seen.lines.map((line) => [line.kind, whole(line.amount), line.taxable]),
        taxes: seen.taxes.map((one) => [one.name, whole(one.base_amount), whole(one.amount)]),
      },
      shown(price),
      'the preview',
    );
  }
}

async function assertPrices([nadi]: Nodes, expected: ReadonlyMap<string, ModelPrice>): Promise<void> {
  const found = await latestPrices(nadi, [...expected.keys()]);
  for (const [id, price] of expected) {
    const { amount, tax, lines, taxes, earned } = found.get(id) ?? {};
    assert.deepEqual({ amount, tax, lines, taxes }, shown(price));
    assert.equal(earned, String(price.amount - price.toBalance), 'revenue and tax are not the amount');
  }
}

/** Voids every second of the latest invoices, unless something was paid. */
async function voidSome([nadi]: Nodes, all: readonly Priced[]): Promise<void> {
  const found = await latestPrices(
    nadi,
    all.map(({ id }) => id),
  );
  for (const { id } of all.filter((_, n) => n % 2 === 0)) {
    const answer = await nadi.request({ method: 'DELETE', url: `/api/invoices/${found.get(id)?.id}` });
    assert.ok([204, 409].includes(answer.statusCode), answer.body);
  }
}

/** What credits left over waits on balances or has paid invoices, and none waits while something is open. */
async function assertCredits([nadi]: Nodes, all: readonly Priced[], credits: bigint): Promise<void> {
  const { rows } = await nadi.kit.pool.query(
    `select (coalesce(sum(balance), 0) + coalesce(sum(paid), 0))::bigint::text as credits, count(*) filter (where balance > 0 and is_open)::int as idle
     from (select f.balance, (select sum(amount_paid) from invoices i where i.customer_id = c.id) as paid,
         exists (select from invoices i where i.customer_id = c.id and status in ('unpaid', 'overdue')) as is_open
       from customers c left join customer_funds f on f.customer_id = c.id where c.id = any($1)) s`,
    [all.map(({ customerId }) => customerId)],
  );
  assert.deepEqual(rows[0], { credits: String(credits), idle: 0 });
}

/** Every charge stands on one invoice that is not voided, and says which. */
async function assertChargedOnce([nadi]: Nodes): Promise<void> {
  const { rows } = await nadi.kit.pool.query(`
    select c.id, c.invoice_id, array_agg(l.invoice_id) as invoices from charges c
      left join (invoice_lines l join invoices i on i.id = l.invoice_id and i.status <> 'cancelled') on l.source_id = c.id
    where c.cancelled_at is null group by c.id having array_agg(l.invoice_id) <> array[c.invoice_id]`);
  assert.deepEqual(rows, []);
}
