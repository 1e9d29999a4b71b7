import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Kit } from '#kit/kit.ts';
import type { Sent } from './bare-sockets.ts';
import { loadFleet } from './load-fleet.ts';
import { quantile } from './load-plan.ts';
import { startNadi } from './nadi-process.ts';
import { benchFolder, verdict } from './support.ts';

const most = 100_000;
const atOnce = 100;
const leastPerSecond = 4000;
const mostMs = 50;
const environments = [{ name: 'php 8.2, laravel 12, linux', share: 1 }];

/**
 * Issue 6: 100,000 installations, heartbeats and checks mixed: above 4,000 requests a second, p99 under 50 ms, with the database on the
 * same machine, and no heartbeat that was answered is lost.
 */
export async function benchCheckins(rows: number, print: (line: string) => void): Promise<boolean> {
  const fleet = Math.min(rows, most);
  await using folder = await benchFolder();
  print(`Loading ${fleet} installations …`);
  await folder.withKit((kit) => loadFleet(kit, fleet, environments, ['1.0.0']));
  const sent = await checkIn(folder.dataDir, fleet);
  const rate = sent.times.length / ((sent.end - sent.start) / 1000);
  const p99 = quantile(sent.times, 0.99);
  print(
    `${sent.times.length} heartbeats and checks, ${sent.failed} refused, p50 ${quantile(sent.times, 0.5).toFixed(1)} ms`,
  );
  print(verdict('answered, p99', p99, mostMs, ' ms'));
  print(verdict('seconds for 4,000', leastPerSecond / rate, 1, ` s (${rate.toFixed(0)} requests/s)`));
  const { lost, hot } = await folder.withKit((kit) => lookAfter(kit, new Date(sent.start).toISOString()));
  print(
    `${lost === 0 ? 'ok    ' : 'WRONG '}  ${lost} heartbeats lost; ${hot.toFixed(1)} % of the updates touched no index`,
  );
  return sent.failed === 0 && lost === 0 && p99 <= mostMs && rate >= leastPerSecond;
}

/** Twice through the fleet: whoever is heard of again is known, and the table is as it is after a while. */
async function checkIn(dataDir: string, fleet: number): Promise<Sent> {
  await using nadi = await startNadi(dataDir, { RATE_LIMIT_PER_MINUTE: '100000000' }, [
    '--edition',
    'vendor',
  ]);
  const sender = fork(join(import.meta.dirname, 'checkin-sender.ts'));
  sender.send({ url: nadi.url, fleet, requests: fleet * 4, atOnce });
  const [sent] = await once(sender, 'message');
  return sent as Sent; // What the sender's own file says it sends.
}

/** Installations whose heartbeat was answered and is not there. */
async function lookAfter(kit: Kit, since: string): Promise<{ lost: number; hot: number }> {
  const { rows } = await kit.pool.query<{ lost: number }>(
    'select count(*)::int as lost from fleet_installations where last_heartbeat_at is null or last_heartbeat_at < $1 or last_check_at is null',
    [since],
  );
  const stats = await kit.pool.query<{ hot: number }>(
    `select 100.0 * n_tup_hot_upd / greatest(1, n_tup_upd) as hot from pg_stat_user_tables where relname = 'fleet_installations'`,
  );
  return { lost: rows[0]?.lost ?? 0, hot: Number(stats.rows[0]?.hot ?? 0) };
}
