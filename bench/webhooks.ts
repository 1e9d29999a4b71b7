import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kit } from '#kit/kit.ts';
import { quantile } from './load-plan.ts';
import { startNadi } from './nadi-process.ts';
import { benchFolder, benchToken, verdict } from './support.ts';

const most = 3000;
/** Of each order there are three notifications; so many more are of orders that are not ours. */
const strangers = 1000;
const atOnce = 100;
const mostMs = 50;
const leastBooked = 500;
const patienceMs = 120_000;

/**
 * Issue 5: 10,000 notifications for 3,000 orders, each sent twice and shuffled, 100 at a time: answered p99 under 50 ms, above 500 orders
 * booked a second, the books right to the cent. Midtrans is asked about every order before it is booked.
 */
export async function benchWebhooks(rows: number, print: (line: string) => void): Promise<boolean> {
  const count = Math.min(rows, most);
  await using folder = await benchFolder();
  const { token, orders } = await folder.withKit((kit) => loadOrders(kit, count));
  await using midtrans = await childProcess('midtrans-child.ts');
  const { url } = await midtrans.next<{ url: string }>();
  const { bodies } = await midtrans.ask<{ bodies: string[] }>({ orders, strangers });
  const env = {
    RATE_LIMIT_PER_MINUTE: '100000000',
    MIDTRANS_SERVER_KEY: 'bench',
    MIDTRANS_SNAP_URL: url,
    MIDTRANS_API_URL: url,
  };
  await using nadi = await startNadi(folder.dataDir, env);
  const call = async <T>(path: string): Promise<T> => {
    const answer = await fetch(nadi.url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as T; // The contract says what it is.
  };
  const sent = shuffled([...bodies, ...bodies]);
  await using sender = await childProcess('webhook-sender.ts');
  const figures = await sender.ask<{ start: number; end: number; failed: number; times: number[] }>({
    url: `${nadi.url}/api/midtrans/notification`,
    bodies: sent,
    atOnce,
  });
  const seconds = (figures.end - figures.start) / 1000;
  print(
    `${bodies.length} notifications, each sent twice: ${(sent.length / seconds).toFixed(0)} answered/s, p50 ${quantile(figures.times, 0.5).toFixed(1)} ms, ${figures.failed} refused`,
  );
  const p99 = quantile(figures.times, 0.99);
  print(verdict('answered, p99', p99, mostMs, ' ms'));
  const answered = await bookedOf(call);
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) {
      if (Date.now() - figures.end > patienceMs)
        throw new Error(`${await bookedOf(call)} of ${count} are booked.`);
      await delay(50);
    }
    return (Date.now() - figures.start) / 1000;
  };
  const taken = await until(async () => (await bookedOf(call)) >= count);
  const rate = count / taken;
  print(`${answered} were booked by the last answer, all ${taken.toFixed(2)} s after the first was sent`);
  print(verdict('seconds for 500 booked', leastBooked / rate, 1, ` s (${rate.toFixed(0)} booked/s)`));
  const waiting = '/api/gateway-inbox?state=waiting&per_page=1';
  const ended = await until(async () => (await call<{ data: readonly object[] }>(waiting)).data.length === 0);
  print(`nothing waits any more after ${ended.toFixed(2)} s`);
  const isRight = await areBooksRight(call, count);
  print(`${isRight ? 'ok    ' : 'WRONG '}  the books, to the cent`);
  return figures.failed === 0 && p99 <= mostMs && rate >= leastBooked && isRight;
}

interface Reconciled {
  readonly gateways: readonly {
    readonly transactions: number;
    readonly booked: string;
    readonly difference: string;
  }[];
}

type Call = <T>(path: string) => Promise<T>;

async function bookedOf(call: Call): Promise<number> {
  return (await call<{ total: number }>('/api/payments?per_page=1')).total;
}

async function areBooksRight(call: Call, count: number): Promise<boolean> {
  const day = Temporal.Now.plainDateISO('UTC');
  const range = `from=${day.subtract({ days: 2 })}&to=${day.add({ days: 2 })}`;
  const [{ gateways }, { accounts }, { total: paid }] = await Promise.all([
    call<Reconciled>(`/api/gateways/reconciliation?${range}`),
    call<{ accounts: { account: string; balance: string }[] }>('/api/ledger/trial-balance'),
    call<{ total: number }>('/api/invoices?status=paid&per_page=1'),
  ]);
  const sum = `${count * 150_000}.00`;
  const gateway = accounts.find(({ account }) => account === 'gateway')?.balance;
  const [one] = gateways;
  return (
    paid === count &&
    gateway === sum &&
    one?.booked === sum &&
    one.difference === '0.00' &&
    one.transactions === count
  );
}

/** Customers with an open invoice each, for which an order of Midtrans' is open. */
async function loadOrders(kit: Kit, count: number) {
  const at = kit.clock.now().toString();
  const today = at.slice(0, 10);
  await kit.pool.query(
    `insert into packages (id, name, bandwidth, price, created_at, updated_at) values (nadi_uuid('${at}'), '10 Mbps', '5M/10M', 150000, '${at}', '${at}')`,
  );
  await kit.pool.query(
    `with c as (insert into customers (id, name, created_at, updated_at)
       select nadi_uuid('${at}', n), 'bench' || n, '${at}', '${at}' from generate_series(1, ${count}) n returning id, name),
     s as (insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, status, created_at, updated_at)
       select c.id, c.id, p.id, c.name, '${today}', '${today}', date '${today}' + 30, 1, 'active', '${at}', '${at}' from c, packages p returning id),
     i as (insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, due_date, status, created_at, updated_at)
       select id, 'INV-20250101-' || lpad(row_number() over ()::text, 5, '0'), id, id, '${today}', date '${today}' + 30, 150000, '${today}', 'unpaid', '${at}', '${at}'
       from s returning id, customer_id, invoice_number, amount),
     l as (insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, created_at)
       select '${today}', 'receivable', 'revenue', amount, 'invoice', customer_id, id, '${at}' from i)
     insert into payment_orders (id, gateway, order_id, invoice_id, amount, status, expires_at, next_check_at, created_at, updated_at)
     select id, 'midtrans', invoice_number || '-bench', id, amount, 'open', timestamptz '${at}' + interval '1 day', timestamptz '${at}' + interval '1 hour', '${at}', '${at}' from i`,
  );
  await kit.pool.query('vacuum analyze');
  const { rows } = await kit.pool.query<{ order_id: string }>('select order_id from payment_orders');
  return { token: await benchToken(kit), orders: rows.map(({ order_id: id }) => id) };
}

/** In an order that is the same in every run. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  let state = 20_260_115;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return items
    .map((item) => ({ item, place: next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

interface Child extends AsyncDisposable {
  next<T>(): Promise<T>;
  ask<T>(message: object): Promise<T>;
}

async function childProcess(file: string): Promise<Child> {
  const child: ChildProcess = fork(join(import.meta.dirname, file));
  const next = async <T>() => {
    const [message] = await once(child, 'message');
    return message as T; // What the child's own file says it sends.
  };
  return {
    next,
    ask: (message) => {
      const answer = next();
      child.send(message);
      return answer as never; // As above.
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
    },
  };
}
