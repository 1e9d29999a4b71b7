import { providerEdition } from '../server/editions/provider.ts';
import { benchKit, timed, verdict, watchMemory } from './support.ts';

const dueOn = '2026-03-01';
const at = '2026-02-22T01:00:00Z';

/** PPN as it is now: 12 % of 11/12. */
const tax = `insert into taxes (id, name, rate, base_numerator, base_denominator, created_at, updated_at)
   values (nadi_uuid('${at}'), 'PPN', 12, 11, 12, '${at}', '${at}')`;

/** Four packages and `rows` subscribers whose first unpaid day is `dueOn`. */
const load = (rows: number) => [
  tax,
  `insert into packages (id, name, bandwidth, price, created_at, updated_at)
   select nadi_uuid('${at}', n), (n * 10) || ' Mbps', n || '0M/' || n || '0M', 100000 + n * 50000, '${at}', '${at}' from generate_series(1, 4) n`,
  `insert into customers (id, name, phone, created_at, updated_at)
   select nadi_uuid('${at}', n), 'Customer ' || n, '08' || (1000000000 + n), '${at}', '${at}' from generate_series(1, ${rows}) n`,
  `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
   select nadi_uuid('${at}', c.n), c.id, p.id, 'user' || c.n, '2026-01-30', '${dueOn}', '${dueOn}', 1, '${at}', '${at}'
   from (select id, row_number() over () as n from customers) c
     join (select id, row_number() over () as n from packages) p on p.n = c.n % 4 + 1`,
];

/** What a renewal writes rows into. */
const written = ['invoices', 'invoice_lines', 'invoice_taxes', 'ledger_entries', 'billing_logs'];

/** The peers: the same rows into tables with the same columns and indexes, by the barest statement there is. */
const bareTables = [
  ...written.map((name) => `create table bare_${name} (like ${name} including all)`),
  'create table bare_subscriptions (like subscriptions including all) with (fillfactor = 50)',
  // A generated column takes no value in "select *".
  'alter table bare_invoices alter column standalone_customer_id drop expression',
];
const bareRenew = written.map(
  (name) =>
    `insert into bare_${name} ${name === 'ledger_entries' ? 'overriding system value ' : ''}select * from ${name}`,
);
const bareOverdue = `update bare_invoices set status = 'overdue', updated_at = '${at}' where status = 'unpaid' and due_date < '2026-03-03'`;
const bareSuspend = [
  `update bare_subscriptions set status = 'suspended', suspended_on = '2026-03-03', suspended_for = 'overdue', updated_at = '${at}' where status = 'active'`,
  // The step tells why of each, as the rows it writes do.
  "insert into bare_billing_logs select * from billing_logs where action = 'suspended'",
];

/** Issues 2 and 3: renewing a million subscriptions, taxed, numbered and booked, at most twice the time of the bare inserts. */
export async function benchBilling(rows: number, print: (line: string) => void): Promise<boolean> {
  await using bench = await benchKit('2026-02-22T03:00:00Z');
  const { kit, clock } = bench;
  const query = (text: string) => kit.pool.query(text);
  const settle = async () => {
    await query('vacuum analyze');
    await query('checkpoint');
  };
  print(`Loading ${rows} due subscriptions of four packages …`);
  for (const statement of [...load(rows), ...bareTables]) await query(statement);
  await settle();
  const memory = watchMemory();
  const steps = new Map<string, number>();
  const run = async () => {
    let last = performance.now();
    return providerEdition(kit).runBilling({
      onStep: (step, count) => {
        const now = performance.now();
        if (count > 0) steps.set(step, now - last);
        last = now;
      },
    });
  };
  const renewed = await run();
  await settle();
  const bareInsert = await timed(async () => {
    for (const statement of bareRenew) await query(statement);
  });
  await query('insert into bare_subscriptions select * from subscriptions');
  await settle();
  clock.set('2026-03-03T03:00:00Z');
  const late = await run();
  await settle();
  const bareUpdates = { overdue: await timed(() => query(bareOverdue)), suspended: 0 };
  await query('checkpoint');
  bareUpdates.suspended = await timed(async () => {
    for (const statement of bareSuspend) await query(statement);
  });
  memory.stop();
  const figures = [
    { step: 'renewed', name: 'renew and number', count: renewed.renewed, bare: bareInsert },
    { step: 'overdue', name: 'mark overdue', count: late.overdue, bare: bareUpdates.overdue },
    { step: 'suspended', name: 'suspend', count: late.suspended, bare: bareUpdates.suspended },
  ].map((figure) => ({ ...figure, took: steps.get(figure.step) ?? Number.NaN }));
  for (const { name, count, took, bare } of figures) {
    const rate = Math.round(count / (took / 1000));
    print(
      `${name}: ${count} in ${(took / 1000).toFixed(2)} s, ${rate}/s; bare statement ${(bare / 1000).toFixed(2)} s`,
    );
  }
  for (const { name, took, bare } of figures)
    print(verdict(`${name} against the bare statement`, took / bare, 2, '×'));
  print(verdict('peak memory of the Node process', memory.peak(), 150, ' MB'));
  return figures.every(({ took, bare }) => took <= bare * 2) && memory.peak() <= 150;
}
