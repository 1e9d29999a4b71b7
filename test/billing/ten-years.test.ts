import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import * as model from './billing-model.ts';
import { type Nodes, readFaults } from './books.ts';

/** NADI_YEARS_SEED takes up a failure again; NADI_YEARS is for a look at fewer. */
const years = Number(process.env.NADI_YEARS ?? 10);
const seed = Number(process.env.NADI_YEARS_SEED ?? 20_240_101);
const firstDay = '2024-01-01';
const daysOfLeapYear = 366;
const main = join(import.meta.dirname, '../../server/main.ts');

/** With PPN of 12 % of 11/12 on top, half up: what an invoice comes to, worked out by hand. */
const packages = [
  { name: 'bulanan', days: 30, months: 1, price: 150_001, total: 166_501 },
  { name: '30 hari', days: 30, months: null, price: 99_995, total: 110_994 },
  { name: 'harian', days: 1, months: null, price: 5_000, total: 5_550 },
  { name: 'bulanan besar', days: 30, months: 1, price: 275_000, total: 305_250 },
] as const;

interface Subscriber {
  readonly id: string;
  readonly it: model.ModelSubscription;
  /** How the subscriber pays: from a balance that lasts, or by hand with this chance on each day that something is open. */
  readonly chance: number | undefined;
}

/** Park and Miller's minimal standard generator. */
let state = seed % 2_147_483_647;
function random(): number {
  state = (state * 16_807) % 2_147_483_647;
  return state / 2_147_483_647;
}

// Four minutes on two free cores; where others use them too it may take its time.
const patience = { timeout: 900_000 };

test(
  `${years} years, day by day: one invoice per period, none missing, every sum the model's, books balanced`,
  patience,
  async (context) => {
    await using nadi = await testApp({ now: `${firstDay}T03:00:00Z` });
    await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
    const nodes: Nodes = [nadi, other];
    const world = { today: firstDay, lead: 7, grace: 3 };
    const { subscribers, packs } = await begin(nadi, world);
    const counts = { days: 0, runs: 0, skipped: 0, 'at once': 0, killed: 0, 'paid by hand': 0, changes: 0 };
    const last = Temporal.PlainDate.from(firstDay).add({ years }).toString();
    let away = 0;
    for (let year = world.today.slice(0, 4); world.today < last; counts.days += 1) {
      for (const node of nodes) goTo(node, world.today);
      if (away === 0 && random() < 0.02) away = Math.ceil(random() * 25);
      if (away > 0 || random() < 0.4) {
        away = Math.max(0, away - 1);
        counts.skipped += 1;
      } else {
        if (random() < 0.01) counts.killed += await runAndKill(nadi, world.today);
        const together = random() < 0.2;
        await Promise.all((together ? nodes : [nadi]).map(({ edition }) => edition.runBilling()));
        model.run(
          subscribers.map(({ it }) => it),
          world,
        );
        counts.runs += 1;
        if (together) counts['at once'] += 1;
      }
      counts['paid by hand'] += await payByHand(nadi, subscribers, world.today);
      if (random() < 0.05) counts.changes += await changePackage(nadi, subscribers, packs);
      world.today = Temporal.PlainDate.from(world.today).add({ days: 1 }).toString();
      if (world.today.slice(0, 4) !== year) {
        year = world.today.slice(0, 4);
        await compare(nadi, subscribers, world.today);
      }
    }
    await compare(nadi, subscribers, world.today);
    assert.deepEqual(await readFaults(nodes), {});
    assert.ok(years < 10 || (counts.killed > 5 && counts['at once'] > 100), 'runs were killed and doubled');
    context.diagnostic(JSON.stringify({ seed, ...counts, ...(await booked(nadi)) }));
  },
);

/** Packages, the tax, and a subscriber who starts on each day of a leap year; twelve more pay by the day. */
async function begin(nadi: TestApp, world: model.ModelWorld) {
  const query = (text: string, values: readonly unknown[] = []) => nadi.kit.pool.query(text, [...values]);
  const at = `${firstDay}T00:00:00Z`;
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { invoice_lead_days: world.lead, grace_days: world.grace },
  });
  await query(
    `insert into taxes (id, name, rate, base_numerator, base_denominator, created_at, updated_at) values (nadi_uuid($1), 'PPN', 12, 11, 12, $1, $1)`,
    [at],
  );
  const packs: { readonly id: string; readonly model: model.ModelPackage }[] = [];
  for (const { name, days, months, price, total } of packages) {
    const body = { name, bandwidth: '1M/1M', price, validity_days: days, period_months: months };
    const { id } = await ok(nadi, { method: 'POST', url: '/api/packages', body });
    packs.push({ id, model: { days, months, bill: false, price: String(price), amount: total } });
  }
  const subscribers: Subscriber[] = [];
  const rows = Array.from({ length: daysOfLeapYear + 12 }, (_, n) => {
    const daily = n >= daysOfLeapYear;
    const start = Temporal.PlainDate.from(firstDay)
      .add(daily ? { months: n - daysOfLeapYear } : { days: n })
      .toString();
    const pack = packs[daily ? 2 : n % 2];
    assert.ok(pack);
    const chance = daily || n % 6 > 0 ? undefined : ([0.5, 0.1, 0.02][(n / 6) % 3] ?? 0.5);
    const it = model.newSubscription(start, start, pack.model, true);
    const id = `0190${String(n).padStart(4, '0')}-0000-7000-8000-000000000000`;
    if (chance === undefined) it.balance = 100_000_000_000;
    subscribers.push({ id, it, chance });
    return { id, n, start, package: pack.id, anchor: it.anchor, balance: chance === undefined };
  });
  const given = `jsonb_to_recordset($1::jsonb) as g(id uuid, n int, start date, package uuid, anchor int, balance boolean)`;
  const json = JSON.stringify(rows);
  await query(
    `insert into customers (id, name, created_at, updated_at) select id, 'Pelanggan ' || n, '${at}', '${at}' from ${given}`,
    [json],
  );
  await query(
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select id, id, package, 'user' || n, start, start, start, anchor, '${at}', '${at}' from ${given}`,
    [json],
  );
  await query(
    `insert into customer_funds (customer_id, balance, updated_at) select id, 1000000000, '${at}' from ${given} where balance`,
    [json],
  );
  await query(
    `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, created_at)
     select '${firstDay}', 'bank', 'customer_balance', 1000000000, 'opening_balance', id, '${at}' from ${given} where balance`,
    [json],
  );
  for (const each of subscribers) each.it.log.created = 0;
  return { subscribers, packs };
}

/** Starts a run as a process of its own and kills it with SIGKILL somewhere on its way; 1 if it was still at work. */
async function runAndKill(nadi: TestApp, today: string): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-killed-'));
  try {
    const child = spawn(process.execPath, [main, 'subscriptions:process', '--date', today], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATABASE_URL: nadi.kit.config.databaseUrl,
        NADI_DATA_DIR: dataDir,
      },
      stdio: 'ignore',
      timeout: 350 + Math.floor(random() * 500),
      killSignal: 'SIGKILL',
    });
    const [, signal] = await once(child, 'exit');
    return signal === 'SIGKILL' ? 1 : 0;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Each subscriber who pays by hand may pay what is open, in whole or, now and then, the half of it. */
async function payByHand(nadi: TestApp, subscribers: readonly Subscriber[], today: string): Promise<number> {
  let count = 0;
  for (const { id, it, chance } of subscribers) {
    const open = it.invoices.filter(({ status }) => status === 'unpaid' || status === 'overdue');
    if (chance === undefined || open.length === 0 || random() >= chance) continue;
    for (const invoice of open) {
      const left = invoice.amount - invoice.paid;
      const amount = random() < 0.1 ? Math.ceil(left / 200) * 100 : left;
      const { rows } = await nadi.kit.pool.query(
        "select id from invoices where customer_id = $1 and subscription_id = $1 and period_start = $2 and status <> 'cancelled'",
        [id, invoice.period?.[0]],
      );
      const body = { invoice_id: rows[0]?.id, amount: (amount / 100).toFixed(2), method: 'transfer' };
      await ok(nadi, { method: 'POST', url: '/api/payments', body });
      assert.equal(model.pay(it, invoice, amount, today), 'done');
      count += 1;
    }
  }
  return count;
}

/** Somebody takes another monthly package, from the next period on. */
async function changePackage(
  nadi: TestApp,
  subscribers: readonly Subscriber[],
  packs: readonly { readonly id: string; readonly model: model.ModelPackage }[],
): Promise<number> {
  const one = subscribers[Math.floor(random() * daysOfLeapYear)];
  const pack = packs[random() < 0.5 ? 0 : 3];
  if (!one || !pack || one.it.pack.months === null) return 0;
  await ok(nadi, { method: 'PUT', url: `/api/subscriptions/${one.id}`, body: { package_id: pack.id } });
  one.it.pack = pack.model;
  return 1;
}

/** Every subscription and every invoice is the model's, to the rupiah and the day. */
async function compare(nadi: TestApp, subscribers: readonly Subscriber[], today: string): Promise<void> {
  const { rows } = await nadi.kit.pool.query(`
    select s.id, s.end_date as end, s.billed_until as billed, s.status,
      coalesce((select (balance * 100)::bigint::text from customer_funds f where f.customer_id = s.customer_id), '0') as balance,
      array(select concat_ws(' ', i.period_start || '/' || i.period_end, (i.amount * 100)::bigint, (i.amount_paid * 100)::bigint, i.due_date, i.status)
        from invoices i where i.customer_id = s.customer_id and i.subscription_id = s.id order by i.period_start) as invoices
    from subscriptions s order by s.id`);
  const found = new Map(rows.map(({ id, ...row }) => [id, row]));
  for (const { id, it } of subscribers) {
    const invoices = it.invoices
      .toSorted((one, other) => ((one.period?.[0] ?? '') < (other.period?.[0] ?? '') ? -1 : 1))
      .map(({ period, amount, paid, due, status }) =>
        [period?.join('/'), amount, paid, due, status].join(' '),
      );
    const wanted = {
      end: it.end,
      billed: it.billed,
      status: it.status,
      balance: String(it.balance),
      invoices,
    };
    assert.deepEqual(found.get(id), wanted, `subscriber ${id} on ${today}, seed ${seed}`);
  }
}

/** What the ten years came to. */
async function booked(nadi: TestApp): Promise<Record<string, string>> {
  const { rows } = await nadi.kit.pool.query(`
    select (select count(*) from invoices) as invoices, (select count(distinct (subscription_id, period_start)) from invoices) as periods,
      (select count(*) from payments) as payments, (select count(*) from ledger_entries) as entries,
      (select sum(amount)::bigint from invoices) as invoiced, (select sum(tax_amount)::bigint from invoices) as tax,
      (select count(*) from billing_logs where action = 'suspended') as suspended`);
  return rows[0];
}
