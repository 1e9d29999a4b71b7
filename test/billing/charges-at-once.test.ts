import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goTo, invoicesOf, ok, type Subscriber, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';
import { add, codeOf, refusal, runBoth, twoNodes, urlOf } from './charge-support.ts';

test('a charge cancelled while the run waits for its subscription is not invoiced', async () => {
  await using nadi = await testApp();
  const one = await subscriber(nadi, { start: '2026-01-15' });
  const charge = await add(nadi, one, 'charges', { description: 'Kabel', unit_price: '75000' });
  const holder = await nadi.kit.pool.connect();
  await holder.query('begin');
  await holder.query('select from subscriptions where id = $1 for no key update', [one.subscriptionId]);
  const cancel = nadi.request({ method: 'DELETE', url: urlOf(one, `charges/${charge.id}`) });
  await waiting(nadi, 1);
  const run = nadi.edition.runBilling();
  await waiting(nadi, 2);
  await holder.query('commit');
  holder.release();
  assert.equal((await cancel).statusCode, 204);
  await run;
  await nadi.edition.runBilling();
  const amounts = (await invoicesOf(nadi, one.subscriptionId)).map(({ amount }) => amount);
  assert.deepEqual(amounts, ['150000.00']);
});

/** Until so many statements wait for a lock. */
async function waiting(nadi: TestApp, count: number): Promise<void> {
  for (;;) {
    const { rowCount } = await nadi.kit.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rowCount === count) return;
  }
}

test('charges added, cancelled and invoiced while two nodes run: each on one invoice or none', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const all: Subscriber[] = [];
  for (let n = 0; n < 6; n += 1) all.push(await subscriber(nadi, { start: '2026-01-15', days: 3 }));
  for (let round = 0; round < 5; round += 1) {
    for (const node of nodes)
      goTo(
        node,
        Temporal.PlainDate.from('2026-01-15')
          .add({ days: round * 6 })
          .toString(),
      );
    const waiting = await Promise.all(
      all.map((one) => add(nadi, one, 'charges', { description: 'Menunggu', unit_price: '1000' })),
    );
    const answers = await Promise.all([
      runBoth(nodes).then(() => [204]),
      ...all.flatMap((one, n) => [
        codeOf(nodes[n % 2] ?? nadi, 'DELETE', urlOf(one, `charges/${waiting[n]?.id}`)),
        refusal(nadi, one, 'charges', { description: 'Baru', unit_price: '2000' }),
        refusal(nadi, one, 'charges', { description: 'Kini', unit_price: '3000', invoice_now: true }),
        refusal(nadi, one, 'discounts', { name: 'D', kind: 'percent', value: '5', periods: 1 }),
        codeOf(nadi, 'GET', urlOf(one, 'next-invoice')),
      ]),
      runBoth(nodes).then(() => [204]),
    ]);
    const odd = answers.flat().filter((code) => ![200, 201, 204, 'charge_invoiced'].includes(code));
    assert.deepEqual(odd, []);
  }
  await runBoth(nodes);
  const { rows } = await nadi.kit.pool.query(`
    select c.id from charges c left join (invoice_lines l join invoices i on i.id = l.invoice_id and i.status <> 'cancelled') on l.source_id = c.id
    group by c.id having array_agg(l.invoice_id) <> array[c.invoice_id] or (c.cancelled_at is not null and c.invoice_id is not null)`);
  assert.deepEqual(rows, []);
  assert.deepEqual(await readFaults(nodes), {});
  for (const node of nodes) assert.doesNotMatch(node.logged(), /deadlock/);
});

test('fifty of each at most, also at once; whatever one customer has, the run goes through', async () => {
  await using both = await twoNodes();
  const { nadi, nodes } = both;
  const one = await subscriber(nadi, { start: '2026-01-15', price: 99_999_999_999 });
  const charge = { description: 'C', unit_price: '999999999.99' };
  const kinds = {
    charges: charge,
    addons: { name: 'A', unit_price: '999999999.99' },
    discounts: { name: 'D', kind: 'percent', value: '0.01' },
  };
  for (const [what, body] of Object.entries(kinds)) {
    const answers = await Promise.all(Array.from({ length: 55 }, () => refusal(nadi, one, what, body)));
    assert.equal(answers.filter((code) => code === 201).length, 50, what);
    assert.equal(answers.filter((code) => code === 'limit_reached').length, 5, what);
  }
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'Semua', rate: '100' } });
  // As many as voided invoices may give back, and credits that no balance of before could hold.
  await nadi.kit.pool.query(
    `insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
     select nadi_uuid('2026-01-15T04:00:00Z', n), $1, 'Lama', 999999999.99, '2026-01-15T04:00:00Z', '2026-01-15T04:00:00Z' from generate_series(1, 2000) n`,
    [one.subscriptionId],
  );
  const creditor = await subscriber(nadi, { start: '2026-01-15', price: 0, days: 1 });
  await nadi.kit.pool.query(
    `insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
     select nadi_uuid('2026-01-15T05:00:00Z', n), $1, 'Kredit', -999999999, '2026-01-15T05:00:00Z', '2026-01-15T05:00:00Z' from generate_series(1, 1500) n`,
    [creditor.subscriptionId],
  );
  for (const day of ['2026-01-15', '2026-03-01']) {
    for (const node of nodes) goTo(node, day);
    await runBoth(nodes);
  }
  const { rows } = await nadi.kit.pool.query('select max(balance) > 1e12 as is_large from customer_funds');
  assert.equal(rows[0].is_large, true);
  assert.deepEqual(await readFaults(nodes), {});
});
