import { reconcileRouter } from '../server/modules/provisioning/index.ts';
import { loadNetwork } from './load-network.ts';
import { routerProcess } from './router-process.ts';
import { benchKit, timed, verdict } from './support.ts';

const most = 10_000;
const mostCpuMs = 1000;

/** Issue 4: 10,000 users of a router are written and read back; in sync, comparing them is one fetch, no write, and under 1 s of CPU. */
export async function benchRouters(rows: number, print: (line: string) => void): Promise<boolean> {
  const count = Math.min(rows, most);
  await using bench = await benchKit('2026-01-15T03:00:00Z');
  const { kit, clock } = bench;
  await using router = await routerProcess(0);
  const { routerId } = await loadNetwork(kit, count, router.port);
  const addMs = await timed(() => reconcileRouter(kit, routerId));
  const added = await router.stats();
  print(`${count} users added and read back in ${(addMs / 1000).toFixed(2)} s, ${perSecond(count, addMs)}`);
  await kit.pool.query(
    `update mikrotik_secrets set password = 'lain'; update provisioning_intents set version = version + 1`,
  );
  const changeMs = await timed(() => reconcileRouter(kit, routerId));
  const changed = await router.stats();
  print(`${count} changed and read back in ${(changeMs / 1000).toFixed(2)} s, ${perSecond(count, changeMs)}`);
  clock.advance({ hours: 1 });
  const cpu = process.cpuUsage();
  const syncMs = await timed(() => reconcileRouter(kit, routerId));
  const { user, system } = process.cpuUsage(cpu);
  const synced = await router.stats();
  const { rows: left } = await kit.pool.query<{ count: number }>(
    'select count(*)::integer as count from provisioning_intents where verified_version <> version',
  );
  const writes = synced.writes - changed.writes;
  const fetches = synced.prints - changed.prints;
  print(`in sync: ${fetches} fetch, ${writes} writes, ${syncMs.toFixed(0)} ms`);
  print(verdict(`CPU of comparing ${count} in sync`, (user + system) / 1000, mostCpuMs, ' ms'));
  const right = added.secrets === count && changed.secrets === count && left[0]?.count === 0;
  if (!right) print('MISSED  the router does not hold what it should');
  return right && writes === 0 && fetches === 1 && (user + system) / 1000 <= mostCpuMs;
}

const perSecond = (count: number, ms: number) => `${((count / ms) * 1000).toFixed(0)}/s`;
