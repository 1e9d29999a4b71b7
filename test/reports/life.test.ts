import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import { importInvoices, importPayments } from '../../server/modules/imports/index.ts';
import { openBalances } from '../../server/modules/ledger/index.ts';
import { prepareReports } from '../../server/modules/reports/index.ts';
import { addPastSubscriptions } from '../../server/modules/subscriptions/index.ts';
import { readFaults } from '../billing/books.ts';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { addTaxes, chance, compare } from './compare.ts';

const author = systemAuthor('a test');
type Dice = ReturnType<typeof chance>;

interface World {
  readonly nadi: TestApp;
  readonly dice: Dice;
  readonly people: { readonly id: string; readonly email: string }[];
  readonly packages: string[];
  /** Done at least once, by what was answered. */
  readonly done: Map<string, number>;
  count: number;
}

const packages = [
  { price: '100000', validity_days: 30, period_months: null },
  { price: '333333.33', validity_days: 30, period_months: 1 },
  { price: '1000000', validity_days: 90, period_months: 3, taxable: false },
  { price: '150000', validity_days: 7, period_months: null, billing_mode: 'postpaid' },
  { price: '210000', validity_days: 30, period_months: 1, billing_mode: 'postpaid' },
];

const organisation = {
  due_days: 3,
  grace_days: 5,
  late_fee_kind: 'daily',
  late_fee_amount: '1500.50',
  late_fee_cap: '20000',
};

async function world(seed: number): Promise<World> {
  const nadi = await testApp();
  await addTaxes(nadi);
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: organisation });
  const people = [];
  for (const [index, area] of ['Bali', 'Lombok', null].entries()) {
    const email = `orang${index}@example.id`;
    const body = { name: `Orang ${index}`, email, area };
    people.push({ id: (await ok(nadi, { method: 'POST', url: '/api/customers', body })).id, email });
  }
  const ids: string[] = [];
  for (const [index, pack] of packages.entries()) {
    const body = { name: `P${index}`, bandwidth: '10M/10M', type: 'pppoe', ...pack };
    ids.push((await ok(nadi, { method: 'POST', url: '/api/packages', body })).id);
  }
  return { nadi, dice: chance(seed), people, packages: ids, done: new Map(), count: 0 };
}

const rupiah = (dice: Dice) => `${1000 + dice.below(250_000)}.${10 + dice.below(90)}`;

/** One thing at random in the life of somebody; what is refused has changed nothing. */
async function live(w: World, today: string): Promise<void> {
  const { nadi, dice } = w;
  const find = async (text: string) => dice.one((await nadi.kit.pool.query(text)).rows)?.id as string;
  const one = await find(
    `select id from subscriptions where status <> 'cancelled' or ${dice.below(9)} = 0 order by id`,
  );
  const later = (days: number) => Temporal.PlainDate.from(today).add({ days }).toString();
  const post = (what: string, body?: object) => ({
    url: `/api/subscriptions/${one}/${what}`,
    body: body ?? {},
  });
  const acts = {
    subscribe: () => ({
      url: '/api/subscriptions',
      body: {
        customer_id: dice.one(w.people)?.id,
        package_id: dice.one(w.packages),
        mikrotik_username: `u${w.count}`,
        auto_renew: dice.below(4) > 0,
        ...[{}, { trial_days: 10 }, { start_date: later(-5), end_date: later(dice.below(40)) }][
          dice.below(3)
        ],
      },
    }),
    pause: () => post('pause', dice.below(2) ? { resume_on: later(1 + dice.below(9)) } : {}),
    suspend: () => post('suspend'),
    activate: () => post('activate'),
    cancel: () => post('cancel', { at: 'now', credit: dice.below(2) === 0 }),
    cancelAtEnd: () => post('cancel', { at: 'period_end', reason: 'Pindah' }),
    keep: () => post('keep'),
    changeNow: () => post('change-package', { package_id: dice.one(w.packages), when: 'now' }),
    changeLater: () => post('change-package', { package_id: dice.one(w.packages), when: 'renewal' }),
    percent: () =>
      post('discounts', { name: 'Teman', kind: 'percent', value: String(1 + dice.below(99)), periods: 2 }),
    amount: () => post('discounts', { name: 'Potong', kind: 'amount', value: rupiah(dice) }),
    addon: () =>
      post('addons', { name: 'IP', unit_price: String(dice.below(50_000)), quantity: 1 + dice.below(3) }),
    charge: () =>
      post('charges', {
        description: 'Sekali',
        unit_price: rupiah(dice),
        credit: dice.below(2) === 0,
        invoice_now: dice.below(2) === 0,
      }),
  };
  const name = dice.one(Object.keys(acts)) as keyof typeof acts;
  const answer = await nadi.request({ method: 'POST', ...acts[name]() });
  assert.ok(answer.statusCode < 500, answer.body);
  if (answer.statusCode < 300) w.done.set(name, (w.done.get(name) ?? 0) + 1);
}

/** Pays, reverses or voids at random, often more than is owed, so that balances pay what comes next. */
async function move(w: World, today: string): Promise<void> {
  const { nadi, dice } = w;
  const { rows: invoices } = await nadi.kit.pool.query<{ id: string }>(
    "select id from invoices where status in ('unpaid', 'overdue') order by id",
  );
  const { rows: payments } = await nadi.kit.pool.query<{ id: string }>(
    'select id from payments where reversed_at is null order by id',
  );
  const { rows: drafts } = await nadi.kit.pool.query<{ id: string }>(
    "select id from invoices where status = 'draft' order by id",
  );
  const { rows: movements } = await nadi.kit.pool.query<{ id: string }>(
    'select id from fund_movements order by id',
  );
  const [invoice, payment, draft] = [dice.one(invoices)?.id, dice.one(payments)?.id, dice.one(drafts)?.id];
  const due = Temporal.PlainDate.from(today)
    .add({ days: dice.below(20) })
    .toString();
  const drafted = {
    customer_id: dice.one(w.people)?.id,
    amount: String(10_000 + dice.below(90_000)),
    draft: true,
  };
  const back = Temporal.PlainDate.from(today).subtract({ days: dice.below(9) });
  const body = {
    invoice_id: invoice,
    amount: rupiah(dice),
    method: dice.one(['cash', 'transfer', 'qris', 'other']),
    payment_date: `${back}T0${dice.below(4)}:00:00Z`,
  };
  const requests = [
    { method: 'POST', url: '/api/payments', body },
    { method: 'POST', url: '/api/payments', body: { ...body, amount: '700000' } },
    { method: 'POST', url: `/api/invoices/${invoice}/mark-paid`, body: {} },
    { method: 'DELETE', url: `/api/payments/${payment}` },
    { method: 'DELETE', url: `/api/invoices/${invoice}` },
    { method: 'POST', url: `/api/invoices/${invoice}/waive-late-fee`, body: {} },
    { method: 'POST', url: '/api/invoices', body: { ...drafted, due_date: due } },
    { method: 'POST', url: '/api/invoices', body: { ...drafted, due_date: due } },
    { method: 'PUT', url: `/api/invoices/${draft ?? invoice}`, body: { due_date: due } },
    { method: 'DELETE', url: `/api/invoices/${draft}` },
    { method: 'POST', url: `/api/invoices/${draft}/issue` },
    ...moveFunds(dice, dice.one(w.people)?.id),
    ...[5_000, 120_000].map((most) => ({
      method: 'POST' as const,
      url: `/api/invoices/${invoice}/credit-notes`,
      body: { amount: String(1 + dice.below(most)), reason: 'Gangguan' },
    })),
    { method: 'POST', url: `/api/fund-movements/${movements.at(-1)?.id}/reverse`, body: {} },
  ] as const;
  const request = dice.one(requests);
  if (request === undefined) return;
  const answer = await nadi.request(request);
  assert.ok(answer.statusCode < 500, answer.body);
}

/** What comes onto a balance or a deposit, goes from it, and moves between them. */
const moveFunds = (dice: Dice, customer: string | undefined) =>
  ['top-up', 'deposit', 'refund', 'deposit/return', 'deposit/to-balance'].map((what) => ({
    method: 'POST' as const,
    url: `/api/customers/${customer}/${what}`,
    body: {
      amount: String(1000 + dice.below(what === 'top-up' || what === 'deposit' ? 90_000 : 20_000)),
      ...(what === 'deposit/to-balance' ? {} : { method: dice.one(['cash', 'transfer', 'qris']) }),
    },
  }));

/** Brings along invoices and payments of days that are prepared already, a balance, and subscriptions of every state. */
async function bringAlong(w: World, today: string): Promise<void> {
  const { nadi, dice, people } = w;
  const { kit } = nadi;
  const file = (lines: readonly string[]) => Readable.from([Buffer.from(lines.join('\n'))]);
  const before = () =>
    Temporal.PlainDate.from(today)
      .subtract({ days: dice.below(45) })
      .toString();
  const invoice = (status: string, tax: number) =>
    [
      `L/${w.count}/${status}/${tax}`,
      dice.one(people)?.email,
      before(),
      50_000 + dice.below(90_000),
      tax,
      status,
    ].join();
  const brought = await importInvoices(
    kit,
    author,
    file([
      'number,customer,date,amount,tax,status',
      invoice('paid', 0),
      invoice('paid', 4321 + dice.below(900)),
      invoice('unpaid', 4000 + dice.below(900)),
      invoice('void', 4000),
    ]),
    { fileName: 'invoices.csv' },
  );
  assert.deepEqual([brought.faults, brought.invoices], [[], 4]);
  const { rows } = await kit.pool.query<{ invoice_number: string }>(
    "select invoice_number from invoices where status in ('unpaid', 'overdue') and invoice_number like 'L/%' and amount - amount_paid > 20000 order by 1",
  );
  const paid = rows.map(({ invoice_number: number }) => [number, 10_000, before(), 'transfer'].join());
  const payments = await importPayments(kit, author, file(['invoice,amount,date,method', ...paid]), {
    fileName: 'payments.csv',
  });
  assert.deepEqual(payments.faults, []);
  const person = dice.one(people)?.id ?? '';
  await inTransaction(kit.db, async (tx) => {
    await openBalances(tx, [{ customer_id: person, amount: '25000.00' }], today, kit.clock.now().toString());
    const old = (['active', 'suspended', 'expired'] as const).map((status, index) => ({
      id: newId(kit.clock),
      customer_id: person,
      package_id: w.packages[0] ?? '',
      package_type: 'pppoe',
      username: `old${w.count}-${index}`,
      password: undefined,
      start_date: '2025-11-01',
      end_date: status === 'expired' ? '2025-12-20' : today,
      status,
      auto_renew: true,
      remote_address: null,
      profile: null,
      comment: null,
    }));
    await addPastSubscriptions(kit, tx, nadi.edition.subscriptionHooks, author, old, today);
  });
}

test('reports are what one counts row by row through pauses, cancellations, changed packages, trials, postpaid packages and imports', async () => {
  const done = new Map<string, number>();
  for (const seed of [7, 90_210, 31_337]) {
    const w = await world(seed);
    await using nadi = w.nadi;
    let date = Temporal.PlainDate.from('2026-01-15');
    for (let step = 0; step < 150; step += 1) {
      w.count = step;
      // Two acts at one instant could not be told apart by their order.
      nadi.clock.advance({ minutes: 1 });
      if (step < 5 || w.dice.below(3) > 0) await live(w, date.toString());
      else await move(w, date.toString());
      if (step % 25 === 24) await bringAlong(w, date.toString());
      if (w.dice.below(3) === 0) {
        date = date.add({ days: 1 + w.dice.below(6) });
        goTo(nadi, date.toString());
        await nadi.edition.runBilling();
      }
      if (w.dice.below(4) === 0) await prepareReports(nadi.kit);
      if (step % 6 === 5) await compare(nadi, `seed ${seed}, step ${step}`);
    }
    await prepareReports(nadi.kit);
    await compare(nadi, `seed ${seed}, prepared`);
    assert.deepEqual(await readFaults([nadi, nadi]), {});
    for (const [name, count] of w.done) done.set(name, (done.get(name) ?? 0) + count);
    const { rows } = await nadi.kit.pool.query(
      `select count(*) filter (where method = 'balance')::int as balance, count(*) filter (where to_balance > 0)::int as surplus from payments`,
    );
    assert.ok(rows[0].balance > 0 && rows[0].surplus > 0, JSON.stringify(rows));
    const { rows: kinds } = await nadi.kit.pool.query('select distinct kind from ledger_entries order by 1');
    for (const { kind } of kinds) done.set(kind, (done.get(kind) ?? 0) + 1);
  }
  const kinds =
    'invoice invoice_voided late_fee late_fee_waived payment payment_reversed opening_balance credit_note';
  const funds = 'top_up refund deposit deposit_return deposit_to_balance';
  const missing = `${kinds} ${funds}`.split(' ').filter((kind) => !done.has(kind));
  assert.deepEqual([missing, done.size >= 26], [[], true], JSON.stringify([...done]));
});
