import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, subscriber } from '../support/provider.ts';
import { toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

test('previews among payments, credits and runs on two nodes: nobody waits in a circle, and nothing is refused for it', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { late_fee_kind: 'daily', late_fee_percent: 1 },
  });
  const people = [];
  for (let n = 0; n < 12; n += 1)
    people.push(await subscriber(nadi, { price: 100_000, days: 5, start: '2026-01-15' }));
  const post = (url: string, body: object, node = nadi) => node.request({ method: 'POST', url, body });
  for (let round = 0; round < 6; round += 1) {
    toDay(
      nodes,
      Temporal.PlainDate.from('2026-01-15')
        .add({ days: round * 4 })
        .toString(),
    );
    await nadi.edition.runBilling();
    // Balances to pay from, as the first thing that a run does.
    for (const { customerId } of people.slice(0, 4))
      await ok(nadi, {
        method: 'POST',
        url: `/api/customers/${customerId}/top-up`,
        body: { amount: 130_000 },
      });
    const { data } = await ok<{ data: { id: string }[] }>(nadi, { url: '/api/invoices?per_page=100' });
    const answers: readonly { readonly body: string }[] = await Promise.all([
      ...[nadi, other, nadi].map((node) =>
        post('/api/billing/preview', { date: node.clock.now().toString().slice(0, 10) }, node),
      ),
      ...data
        .slice(0, 14)
        .map(({ id }, index) =>
          index % 3 === 0
            ? post(`/api/invoices/${id}/credit-notes`, { amount: 1000 + index, reason: 'Gangguan' }, other)
            : post('/api/payments', { invoice_id: id, amount: 30_000 + index }, index % 2 ? nadi : other),
        ),
      ...people.map(({ subscriptionId: id }) =>
        post(
          `/api/subscriptions/${id}/charges`,
          { description: 'Kunjungan', unit_price: 900, invoice_now: true },
          other,
        ),
      ),
      post('/api/billing/run', {}, other),
    ]);
    const astray = answers.filter(({ body }) => /"(conflict|internal|unavailable)"/.test(body));
    assert.deepEqual(
      astray.map(({ body }) => body),
      [],
      `round ${round}`,
    );
    assert.deepEqual(await readFaults(nodes), {});
  }
  const { rows } = await nadi.kit.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  assert.equal(rows[0].deadlocks, 0);
});
