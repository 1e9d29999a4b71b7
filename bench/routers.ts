import { RouterOSAPI } from 'node-routeros';
import { reconcileRouter } from '../server/modules/provisioning/index.ts';
import { loadNetwork } from './load-network.ts';
import { routerProcess } from './router-process.ts';
import { benchKit, timed, verdict } from './support.ts';

const most = 10_000;
const mostCpuMs = 1000;
const peerUsers = 500;
const leastRatio = 10;

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
  const pace = await comparePeer((count / addMs) * 1000, print);
  const right = added.secrets === count && changed.secrets === count && left[0]?.count === 0;
  if (!right) print('MISSED  the router does not hold what it should');
  return right && writes === 0 && fetches === 1 && (user + system) / 1000 <= mostCpuMs && pace;
}

/**
 * Another client for the same API adds users as its documentation shows, one after the other: against users a second that Nadi
 * adds and reads back. It waits for each answer, and its socket keeps words back until the one before is acknowledged.
 */
async function comparePeer(ours: number, print: (line: string) => void): Promise<boolean> {
  await using router = await routerProcess(0);
  const peer = new RouterOSAPI({ host: '127.0.0.1', port: router.port, user: 'nadi', password: 'bench' });
  await peer.connect();
  const ms = await timed(async () => {
    for (let n = 0; n < peerUsers; n += 1) {
      await peer.write('/ppp/secret/add', [`=name=peer${n}`, '=password=bench', '=service=pppoe']);
    }
  });
  await peer.close();
  const { secrets } = await router.stats();
  if (secrets !== peerUsers) throw new Error(`The router holds ${secrets} of ${peerUsers} users.`);
  const theirs = (peerUsers / ms) * 1000;
  const enough = ours / theirs >= leastRatio;
  print(`${peerUsers} users added by node-routeros, one by one: ${theirs.toFixed(0)}/s`);
  print(
    `${enough ? 'ok    ' : 'MISSED'}  adding and reading back against it: ${(ours / theirs).toFixed(1)}× (least ${leastRatio}×)`,
  );
  return enough;
}

const perSecond = (count: number, ms: number) => `${((count / ms) * 1000).toFixed(0)}/s`;
