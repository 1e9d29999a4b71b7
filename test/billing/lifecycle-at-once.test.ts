import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addPackage } from '../support/packages.ts';
import { invoicesOf, ok, type Subscriber, subscriber } from '../support/provider.ts';
import { toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

const { NADI_MODEL_SEED: seed = '20260115', NADI_AT_ONCE: rounds = '4' } = process.env;

const deeds = [
  'pay',
  'pay',
  'pay',
  'void',
  'next',
  'run',
  'run',
  'pause',
  'activate',
  'activate',
  'leave',
  'keep',
  'cancel',
  'now',
  'now',
  'renewal',
  'preview',
  'mode',
  'reverse',
] as const;

test('pauses, cancellations and changes of package among payments and runs, on two nodes: no deadlock, no 5xx, books in order', async (context) => {
  context.diagnostic(`seed ${seed}`);
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 3 } });
  const packs: string[] = [];
  for (const days of [3, 10, 30])
    packs.push(await addPackage(nadi, { price: `${days}0001`, days, months: null }));
  const schedule = fc.sample(
    fc.array(fc.tuple(fc.constantFrom(...deeds), fc.nat(), fc.nat(), fc.boolean()), {
      minLength: 150,
      maxLength: 150,
    }),
    { seed: Number(seed), numRuns: Number(rounds) },
  );
  for (const [round, things] of schedule.entries()) {
    const start = Temporal.PlainDate.from('2026-01-15').add({ days: round * 3 });
    toDay(nodes, start.toString());
    const own: Subscriber[] = [];
    for (const days of [3, 30, 10, 10]) own.push(await subscriber(nadi, { start: start.toString(), days }));
    for (const step of [0, 2, 9]) {
      const date = start.add({ days: step }).toString();
      toDay(nodes, date);
      await nadi.edition.runBilling();
      const invoices = (
        await Promise.all(own.map(({ subscriptionId }) => invoicesOf(nadi, subscriptionId)))
      ).flat();
      const payments = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/payments?per_page=20' }))
        .data;
      const answers = await Promise.all(
        things.slice(step * 10, step * 10 + 50).map(async ([deed, n, m, second]) => {
          const node = nodes[second ? 1 : 0];
          if (deed === 'run') {
            await node.edition.runBilling();
            return [deed, 200, ''];
          }
          const id = own[n % own.length]?.subscriptionId;
          const pack = packs[m % packs.length];
          const at = `/api/subscriptions/${id}`;
          const invoice = `/api/invoices/${invoices[n % invoices.length]?.id}`;
          const later = Temporal.PlainDate.from(date)
            .add({ days: 1 + (m % 9) })
            .toString();
          const requests: Record<
            Exclude<typeof deed, 'run'>,
            [method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object]
          > = {
            pay: ['POST', `${invoice}/mark-paid`],
            void: ['DELETE', invoice],
            next: ['POST', '/api/invoices', { subscription_id: id, due_date: date }],
            pause: ['POST', `${at}/pause`, { resume_on: later }],
            activate: ['POST', `${at}/activate`],
            leave: ['POST', `${at}/cancel`, { at: 'period_end', reason: `${m % 2}` }],
            keep: ['POST', `${at}/keep`],
            cancel:
              m % 4 === 0 ? ['POST', `${at}/cancel`, { at: 'now', credit: true }] : ['POST', `${at}/keep`],
            now: ['POST', `${at}/change-package`, { package_id: pack, when: 'now' }],
            renewal: ['POST', `${at}/change-package`, { package_id: pack, when: 'renewal' }],
            preview: ['POST', `${at}/change-package`, { package_id: pack, when: 'now', preview: true }],
            mode: ['PUT', `/api/packages/${pack}`, { billing_mode: n % 2 ? 'postpaid' : 'prepaid' }],
            reverse: ['DELETE', `/api/payments/${payments[n % Math.max(1, payments.length)]?.id ?? id}`],
          };
          const [method, url, body] = requests[deed];
          const answer = await node.request({ method, url, ...(body ? { body } : {}) });
          return [deed, answer.statusCode, answer.statusCode < 300 ? '' : answer.json().code];
        }),
      );
      assert.deepEqual(
        answers.filter(([, status, code]) => Number(status) >= 500 || code === 'conflict'),
        [],
      );
      assert.deepEqual(await readFaults(nodes), {});
    }
    await nadi.edition.runBilling();
    assert.equal((await nadi.edition.runBilling()).run_id, null, 'a second run finds nothing to do');
  }
  const { rows } = await nadi.kit.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  assert.equal(rows[0].deadlocks, 0);
});
