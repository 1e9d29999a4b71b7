import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addPackage } from '../support/packages.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { runBoth, toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';
import { type Family, family, invoicesOfCustomer, onlyInvoice, standings } from './joint-support.ts';

const { NADI_MODEL_SEED: seed = '20260115', NADI_AT_ONCE: rounds = '3' } = process.env;

async function noDeadlock(nadi: TestApp): Promise<void> {
  const { rows } = await nadi.kit.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  assert.equal(rows[0].deadlocks, 0);
}

const families = 700;

/** Customers who want one invoice, with three subscriptions each that are due on 15 January, added by one statement. */
async function dueFamilies(nadi: TestApp): Promise<void> {
  const at = '2026-01-15T03:00:00Z';
  await nadi.kit.pool.query(
    `insert into packages (id, name, bandwidth, price, created_at, updated_at) values (nadi_uuid('${at}'), 'P', '1M/1M', 100000, '${at}', '${at}')`,
  );
  await nadi.kit.pool.query(
    `insert into customers (id, name, joint_invoice_days, created_at, updated_at)
     select nadi_uuid('${at}', n), 'C' || n, 5, '${at}', '${at}' from generate_series(1, ${families}) n`,
  );
  await nadi.kit.pool.query(
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select nadi_uuid('${at}'), c.id, p.id, c.name || '-' || n, '2026-01-15', d, d, extract(day from d), '${at}', '${at}'
     from customers c, packages p, generate_series(1, 3) n, lateral (select '2026-01-21'::date + n as d) x`,
  );
}

async function counts(nadi: TestApp) {
  const { rows } = await nadi.kit.pool.query(`
    select (select count(*)::int from invoices where status <> 'cancelled') as invoices, (select count(*)::int from invoice_parts) as parts,
      (select count(*)::int from invoice_lines) as lines, (select count(*)::int from billing_logs where action = 'renewed') as logs,
      (select count(*)::int from ledger_entries) as entries`);
  return rows[0];
}

const whole = {
  invoices: families,
  parts: families * 3,
  lines: families * 3,
  logs: families * 3,
  entries: families * 3,
};

test('two nodes at once make one joint invoice of each customer, killed anywhere and run again', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  await dueFamilies(nadi);
  toDay(nodes, '2026-01-15');
  let killed = 0;
  for (let attempt = 0; attempt < 8 || (killed < 1 && attempt < 100); attempt += 1) {
    const run = nadi.edition.runBilling().then(
      ({ state }) => state === 'failed',
      () => true,
    );
    for (let spin = 0; spin < (attempt % 15) * 3; spin += 1) await other.kit.pool.query('select 1');
    await other.kit.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and state <> 'idle' and query ilike any (array['%invoice_parts%', '%pg_advisory_xact_lock%', 'commit'])`);
    if (await run) killed += 1;
    const { invoices } = await counts(nadi);
    assert.ok([0, families].includes(invoices), `all or nothing, not ${invoices}`);
  }
  await runBoth(nodes);
  assert.deepEqual(await counts(nadi), whole);
  assert.deepEqual(await readFaults(nodes), {});
  assert.equal((await nadi.edition.runBilling()).run_id, null);
});

test('hundreds of joint invoices are paid while runs suspend, resume, renew and let expire the same: nobody waits in a circle', async () => {
  await using nodes = await twoNodes();
  const [nadi, other] = nodes;
  await dueFamilies(nadi);
  toDay(nodes, '2026-01-15');
  await nadi.edition.runBilling();
  for (const [date, change] of [
    ['2026-01-26', 'select 1'],
    [
      '2026-02-18',
      "update subscriptions set auto_renew = false where mikrotik_username like '%-2' or mikrotik_username like '%-1'",
    ],
    [
      '2026-02-27',
      "update subscriptions set status = 'suspended', suspended_for = 'paused', suspended_on = '2026-02-20', resume_on = '2026-02-27' where status = 'active'",
    ],
  ] as const) {
    toDay(nodes, date);
    await nadi.kit.pool.query(change);
    const { rows } = await nadi.kit.pool.query<{ id: string }>(
      "select id from invoices where status in ('unpaid', 'overdue') order by md5(id::text) limit 120",
    );
    assert.equal(rows.length, 120);
    let done = false;
    const pay = async (_: unknown, lane: number) => {
      for (let n = lane; n < rows.length; n += 8) {
        const url = `/api/invoices/${rows[n]?.id}/mark-paid`;
        assert.equal((await other.request({ method: 'POST', url })).statusCode, 200);
      }
    };
    const paying = Promise.all(Array.from({ length: 8 }, pay)).finally(() => {
      done = true;
    });
    while (!done) assert.equal((await nadi.edition.runBilling()).state, 'done');
    await paying;
    assert.deepEqual(await readFaults(nodes), {});
  }
  await noDeadlock(nadi);
});

test('two payments of the whole at once: one is taken, and each subscription extended once', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const home = await family(nadi, [{ start: '2026-01-15' }, { start: '2026-01-16' }]);
  await runBoth(nodes);
  const { id } = await onlyInvoice(nadi, home.customerId);
  const answers = await Promise.all(
    nodes.map((node) => node.request({ method: 'POST', url: `/api/invoices/${id}/mark-paid` })),
  );
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 409]);
  assert.deepEqual(await standings(nadi, home), [
    'active 2026-02-14 2026-02-14',
    'active 2026-02-15 2026-02-15',
  ]);
  assert.deepEqual(await readFaults(nodes), {});
});

const deeds = [
  'pay',
  'pay',
  'pay',
  'part',
  'void',
  'void',
  'next',
  'run',
  'run',
  'pause',
  'suspend',
  'activate',
  'activate',
  'leave',
  'keep',
  'cancel',
  'now',
  'renewal',
  'credit',
  'reverse',
  'reverse',
  'want',
  'renews',
  'look',
] as const;

test('everything at once on joint invoices, on two nodes: no deadlock, no 5xx, books in order', async (context) => {
  context.diagnostic(`seed ${seed}`);
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { grace_days: 2, late_fee_kind: 'daily', late_fee_amount: 500 },
  });
  await ok(nadi, { method: 'POST', url: '/api/taxes', body: { name: 'PPN', rate: '11', inclusive: true } });
  const packs: string[] = [];
  for (const days of [3, 10, 30])
    packs.push(await addPackage(nadi, { price: `${days}0001`, days, months: null }));
  const schedule = fc.sample(
    fc.array(fc.tuple(fc.constantFrom(...deeds), fc.nat(), fc.nat(), fc.boolean()), {
      minLength: 180,
      maxLength: 180,
    }),
    { seed: Number(seed), numRuns: Number(rounds) },
  );
  let joint = 0;
  for (const [round, things] of schedule.entries()) {
    const start = Temporal.PlainDate.from('2026-01-15').add({ days: round * 9 });
    toDay(nodes, start.toString());
    const day = (days: number) => start.add({ days }).toString();
    const own: Family[] = [
      await family(nadi, [{ start: day(0), days: 3 }, { start: day(2), days: 10 }, { start: day(4) }], 7),
      await family(
        nadi,
        [
          { start: day(0), days: 5 },
          { start: day(0), days: 5, postpaid: true },
          { start: day(1), months: 1 },
        ],
        20,
      ),
    ];
    for (const step of [0, 3, 8]) {
      const date = day(step);
      toDay(nodes, date);
      await nadi.edition.runBilling();
      const invoices = (
        await Promise.all(own.map(({ customerId }) => invoicesOfCustomer(nadi, customerId)))
      ).flat();
      joint += invoices.filter(({ parts }) => parts.length > 1).length;
      const payments = (await ok<{ data: { id: string }[] }>(nadi, { url: '/api/payments?per_page=20' }))
        .data;
      const answers = await Promise.all(
        things.slice(step * 12, step * 12 + 60).map(async ([deed, n, m, second]) => {
          const node = nodes[second ? 1 : 0];
          const home = own[n % own.length];
          assert.ok(home);
          if (deed === 'run') {
            const { state } = await node.edition.runBilling(
              m % 3 === 0 ? { subscriptionId: home.ids[m % 2] } : {},
            );
            return [deed, state === 'done' ? 200 : 500, ''];
          }
          const at = `/api/subscriptions/${home.ids[m % home.ids.length]}`;
          const invoiceId = invoices[n % invoices.length]?.id;
          const later = Temporal.PlainDate.from(date)
            .add({ days: 1 + (m % 9) })
            .toString();
          const requests: Record<
            Exclude<typeof deed, 'run'>,
            ['GET' | 'POST' | 'PUT' | 'DELETE', string, object?]
          > = {
            pay: ['POST', `/api/invoices/${invoiceId}/mark-paid`],
            part: ['POST', '/api/payments', { invoice_id: invoiceId, amount: `${1 + (m % 90_000)}` }],
            void: ['DELETE', `/api/invoices/${invoiceId}`],
            next: [
              'POST',
              '/api/invoices',
              { subscription_id: home.ids[m % home.ids.length], due_date: date },
            ],
            pause: ['POST', `${at}/pause`, { resume_on: later }],
            suspend: ['POST', `${at}/suspend`],
            activate: ['POST', `${at}/activate`],
            leave: ['POST', `${at}/cancel`, { at: 'period_end', reason: `${m % 2}` }],
            keep: ['POST', `${at}/keep`],
            cancel:
              m % 7 === 0 ? ['POST', `${at}/cancel`, { at: 'now', credit: true }] : ['POST', `${at}/keep`],
            now: ['POST', `${at}/change-package`, { package_id: packs[m % 3], when: 'now' }],
            renewal: ['POST', `${at}/change-package`, { package_id: packs[m % 3], when: 'renewal' }],
            credit: [
              'POST',
              `${at}/charges`,
              { description: 'Ganti rugi', unit_price: '30000', credit: true, invoice_now: m % 2 === 0 },
            ],
            reverse: [
              'DELETE',
              `/api/payments/${payments[n % Math.max(1, payments.length)]?.id ?? invoiceId}`,
            ],
            want: [
              'PUT',
              `/api/customers/${home.customerId}`,
              { joint_invoice_days: m % 4 === 0 ? null : m % 32 },
            ],
            renews: ['PUT', at, { auto_renew: m % 3 > 0 }],
            look: ['GET', `${at}/next-invoice`],
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
    assert.deepEqual(await readFaults(nodes), {});
  }
  assert.ok(joint > 10, `${joint} joint invoices`);
  await noDeadlock(nadi);
  for (const node of nodes) assert.doesNotMatch(node.logged(), /deadlock/);
});
