import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, invoicesOf, ok, type Subscriber, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { type Nodes, readFaults } from './books.ts';

const { NADI_MODEL_SEED: seed = '20260115', NADI_AT_ONCE: rounds = '4' } = process.env;

/** What many hands do at the same moment to the same few subscribers; each answer must be an answer. */
const deeds = [
  'pay',
  'pay',
  'part',
  'void',
  'waive',
  'draft',
  'issue',
  'next',
  'other',
  'run',
  'suspend',
  'activate',
  'change',
  'renews',
  'reverse',
  'erase',
  'delete',
  'rename',
  'price',
  'subscribe',
  'charge',
  'charge now',
  'credit',
  'discount',
  'addon',
  'preview',
  'top up',
  'refund',
  'credit note',
] as const;
type Deed = (typeof deeds)[number];

test('200 things at once on two nodes: no deadlock, no 5xx, and the books are in order', async (context) => {
  context.diagnostic(`seed ${seed}`);
  await using nadi = await testApp();
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  const schedule = fc.sample(
    fc.array(fc.tuple(fc.constantFrom(...deeds), fc.nat(), fc.boolean()), { minLength: 200, maxLength: 200 }),
    { seed: Number(seed), numRuns: Number(rounds) },
  );
  const fees = { late_fee_kind: 'daily', late_fee_percent: '0.5', late_fee_cap: 9000 };
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: fees });
  const own: Subscriber[] = [];
  for (const days of [3, 30, 3, 10])
    own.push(await subscriber(nadi, { start: '2026-01-15', days, end: '2026-01-15' }));
  for (const [round, things] of schedule.entries()) {
    const date = Temporal.PlainDate.from('2026-01-15')
      .add({ days: round * 5 })
      .toString();
    for (const node of nodes) goTo(node, date);
    await nadi.edition.runBilling();
    const invoices = (
      await Promise.all(own.map(({ subscriptionId }) => invoicesOf(nadi, subscriptionId)))
    ).flat();
    const payments = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/payments?per_page=100' })).data;
    const drafts = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/invoices?status=draft' })).data;
    const answers = await Promise.all(
      things.map(async ([deed, n, second]) => {
        const one = own[n % own.length];
        const invoice = invoices[n % invoices.length];
        assert.ok(one && invoice);
        return [
          deed,
          await perform(second ? other : nadi, deed, {
            ...one,
            date,
            n,
            invoiceId: invoice.id,
            paymentId: payments[n % payments.length]?.id,
            draftId: drafts[n % drafts.length]?.id ?? invoice.id,
          }),
        ] as const;
      }),
    );
    const astray = answers.filter(([, { status, code }]) => status >= 500 || code === 'conflict');
    assert.deepEqual(astray, []);
    assert.deepEqual(await readFaults(nodes), {});
  }
  const { rows } = await nadi.kit.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  assert.equal(rows[0].deadlocks, 0);
  for (const node of nodes) assert.doesNotMatch(node.logged(), /deadlock/);
});

test('a package changed while the run waits for it: the invoice is of one package, old or new', async () => {
  await using nadi = await testApp();
  const before = await subscriber(nadi, { start: '2026-01-15', price: 100_000, days: 3 });
  const after = await subscriber(nadi, { start: '2026-06-15', price: 200_000, days: 30 });
  const change = await nadi.kit.pool.connect();
  await change.query('begin');
  await change.query('update subscriptions set package_id = $2 where id = $1', [
    before.subscriptionId,
    after.packageId,
  ]);
  const run = nadi.edition.runBilling();
  for (let waits = false; !waits; ) {
    const { rowCount } = await nadi.kit.pool.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    waits = rowCount === 1;
  }
  await change.query('commit');
  change.release();
  await run;
  await nadi.edition.runBilling();
  const invoices = await invoicesOf(nadi, before.subscriptionId);
  assert.deepEqual(
    invoices.map((invoice) => [invoice.period_start, invoice.period_end, invoice.amount]),
    [['2026-01-15', '2026-02-14', '200000.00']],
  );
  const lines = await nadi.kit.pool.query('select package_id from invoice_lines');
  assert.deepEqual(lines.rows, [{ package_id: after.packageId }]);
});

interface Target extends Subscriber {
  readonly date: string;
  readonly n: number;
  readonly invoiceId: string;
  readonly paymentId: string | undefined;
  readonly draftId: string;
}

async function perform(node: TestApp, deed: Deed, at: Target): Promise<{ status: number; code?: string }> {
  if (deed === 'run') {
    await node.edition.runBilling();
    return { status: 200 };
  }
  const subscription = `/api/subscriptions/${at.subscriptionId}`;
  const customer = `/api/customers/${at.customerId}`;
  const invoice = `/api/invoices/${at.invoiceId}`;
  const requests: Record<
    Exclude<Deed, 'run'>,
    [method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object]
  > = {
    pay: ['POST', `${invoice}/mark-paid`],
    part: ['POST', '/api/payments', { invoice_id: at.invoiceId, amount: '1000.50' }],
    void: ['DELETE', invoice],
    next: ['POST', '/api/invoices', { subscription_id: at.subscriptionId, due_date: at.date }],
    other: ['POST', '/api/invoices', { customer_id: at.customerId, due_date: at.date, amount: 5000 }],
    suspend: ['POST', `${subscription}/suspend`],
    activate: ['POST', `${subscription}/activate`],
    change: ['PUT', subscription, { package_id: at.packageId }],
    renews: ['PUT', subscription, { auto_renew: at.n % 3 > 0 }],
    reverse: ['DELETE', `/api/payments/${at.paymentId}`],
    waive: ['POST', `/api/invoices/${at.invoiceId}/waive-late-fee`],
    draft: [
      'POST',
      '/api/invoices',
      { customer_id: at.customerId, amount: 1000 + (at.n % 1000), due_date: at.date, draft: true },
    ],
    issue: ['POST', `/api/invoices/${at.draftId}/issue`],
    erase: ['POST', `${customer}/anonymise`],
    delete: ['DELETE', customer],
    rename: ['PUT', customer, { name: `Nama ${at.n}` }],
    price: ['PUT', `/api/packages/${at.packageId}`, { price: 1000 + (at.n % 1000) }],
    charge: ['POST', `${subscription}/charges`, { description: 'C', unit_price: 1000 + (at.n % 99) }],
    'charge now': [
      'POST',
      `${subscription}/charges`,
      { description: 'N', unit_price: 500, invoice_now: true },
    ],
    credit: ['POST', `${subscription}/charges`, { description: 'K', unit_price: 30_000, credit: true }],
    discount: ['POST', `${subscription}/discounts`, { name: 'D', kind: 'percent', value: 20, periods: 1 }],
    'top up': ['POST', `${customer}/top-up`, { amount: 20_000 + (at.n % 1000), method: 'cash' }],
    refund: ['POST', `${customer}/refund`, { amount: 1000 + (at.n % 1000) }],
    'credit note': ['POST', `${invoice}/credit-notes`, { amount: 1000 + (at.n % 1000), reason: 'G' }],
    addon: ['POST', `${subscription}/addons`, { name: 'A', unit_price: 700 }],
    preview: ['POST', '/api/invoices/preview', { subscription_id: at.subscriptionId, due_date: at.date }],
    subscribe: [
      'POST',
      '/api/subscriptions',
      { customer_id: at.customerId, package_id: at.packageId, mikrotik_username: `once${at.n % 5}` },
    ],
  };
  const [method, url, body] = requests[deed];
  const answer = await node.request({ method, url, ...(body ? { body } : {}) });
  return answer.statusCode < 300
    ? { status: answer.statusCode }
    : { status: answer.statusCode, code: answer.json().code };
}
