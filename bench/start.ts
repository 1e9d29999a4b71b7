import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from './load-plan.ts';
import { startNadi } from './nadi-process.ts';
import { runLoad } from './run-load.ts';
import { benchFolder, benchToken, verdict } from './support.ts';

const starts = 7;
const mostMs = 2000;
const mostMb = 150;
const idleMs = 10_000;
const burst = { connections: 50, seconds: 10 };

/** Issue 2: `./nadi up` on an existing folder is ready within 2 s, and takes less than 150 MB when idle. */
export async function benchStart(print: (line: string) => void): Promise<boolean> {
  await using folder = await benchFolder();
  print('Making an installation …');
  const token = await folder.withKit(benchToken);
  const times: number[] = [];
  for (let number = 1; number <= starts; number += 1) {
    await using nadi = await startNadi(folder.dataDir);
    times.push(nadi.startMs);
    print(`start ${number}: ready after ${nadi.startMs.toFixed(0)} ms`);
  }
  await using nadi = await startNadi(folder.dataDir, { RATE_LIMIT_PER_MINUTE: '100000000' });
  await delay(idleMs);
  const idle = await nadi.residentMb();
  const requests = ['/api/customers', '/api/invoices', '/api/me'].map((path) => ({
    kind: path,
    method: 'GET' as const,
    path,
  }));
  print(`Sending requests for ${burst.seconds} s …`);
  const figures = await runLoad({ url: nadi.url, token, ...burst, requests });
  const busy = await nadi.residentMb();
  await delay(idleMs);
  const after = await nadi.residentMb();
  const answered = [...figures.values()].reduce((sum, { count }) => sum + count, 0);
  print(
    `memory: ${idle.toFixed(0)} MB idle, ${busy.toFixed(0)} MB after ${answered} requests, ${after.toFixed(0)} MB once idle again`,
  );
  const sorted = times.sort((one, other) => one - other);
  const [median, slowest] = [quantile(sorted, 0.5), quantile(sorted, 1)];
  print(verdict('start, median', median, mostMs, ' ms'));
  print(verdict('start, slowest', slowest, mostMs, ' ms'));
  print(verdict('memory when idle', idle, mostMb, ' MB'));
  return slowest <= mostMs && idle <= mostMb;
}
