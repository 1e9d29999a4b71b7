import { setTimeout as delay } from 'node:timers/promises';
import { loadNetwork } from './load-network.ts';
import { quantile } from './load-plan.ts';
import { startNadi } from './nadi-process.ts';
import { routerProcess } from './router-process.ts';
import { benchFolder, verdict } from './support.ts';

const most = 1000;
const connections = 50;
const mostMs = 2000;
const patienceMs = 60_000;

/** Issue 4: 1,000 customers pay in a burst; from each request until the customer is online, p99 is under 2 s. */
export async function benchUnsuspend(rows: number, print: (line: string) => void): Promise<boolean> {
  const count = Math.min(rows, most);
  await using folder = await benchFolder();
  const online = new Map<string, number>();
  await using router = await routerProcess(count, (name, at) => online.set(name, at));
  const { token, routerId } = await folder.withKit((kit) =>
    loadNetwork(kit, count, router.port, 'suspended'),
  );
  await using nadi = await startNadi(folder.dataDir, { RATE_LIMIT_PER_MINUTE: '100000000' });
  const headers = { authorization: `Bearer ${token}` };
  const call = async <T>(path: string, method = 'GET') => {
    const answer = await fetch(nadi.url + path, { method, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text) as T; // The contract says what it is.
  };
  const waiting = async () => {
    const { data } = await call<{ data: { waiting: number; last_pass_at: string | null }[] }>(
      '/api/provisioning/routers',
    );
    return data[0]?.last_pass_at === null ? count : (data[0]?.waiting ?? 0);
  };
  const settled = async () => {
    const start = performance.now();
    while ((await waiting()) > 0 || (await router.stats()).secrets < count) {
      if (performance.now() - start > patienceMs)
        throw new Error(`${await waiting()} still wait on ${routerId}.`);
      await delay(50);
    }
  };
  await settled();
  const invoices: { id: string; name: string }[] = [];
  for (let page = 1; invoices.length < count; page += 1) {
    const { data } = await call<{ data: { id: string; customer: { name: string } }[] }>(
      `/api/invoices?per_page=100&page=${page}`,
    );
    if (data.length === 0) break;
    invoices.push(...data.map(({ id, customer }) => ({ id, name: customer.name })));
  }
  if (online.size > 0) print('MISSED  suspended customers are online');
  const sent = new Map<string, number>();
  const answered = new Map<string, number>();
  const rest = [...invoices];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
        sent.set(next.name, Date.now());
        await call(`/api/invoices/${next.id}/mark-paid`, 'POST');
        answered.set(next.name, Date.now());
      }
    }),
  );
  print(
    `${invoices.length} payments in ${((performance.now() - start) / 1000).toFixed(2)} s on ${connections} connections`,
  );
  await settled();
  await delay(500);
  const since = (from: ReadonlyMap<string, number>) =>
    [...from]
      .map(([name, at]) => (online.get(name) ?? Number.POSITIVE_INFINITY) - at)
      .sort((one, other) => one - other);
  const all = since(sent);
  const times = since(answered);
  print(
    `from its request: p50 ${quantile(all, 0.5).toFixed(0)} ms, p99 ${quantile(all, 0.99).toFixed(0)} ms`,
  );
  print(
    `from its answer: p50 ${quantile(times, 0.5).toFixed(0)} ms, p99 ${quantile(times, 0.99).toFixed(0)} ms`,
  );
  print(verdict('online after the request, p99', quantile(all, 0.99), mostMs, ' ms'));
  return times.length === count && quantile(all, 0.99) <= mostMs;
}
