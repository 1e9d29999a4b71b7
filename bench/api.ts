import { loadavg } from 'node:os';
import { customerKinds, mixedRequests, requestsOf, sampleCustomers } from './customer-requests.ts';
import type { LoadFigures } from './load-plan.ts';
import { loadProvider } from './load-provider.ts';
import { startNadi } from './nadi-process.ts';
import { runLoad } from './run-load.ts';
import { benchFolder, benchToken, verdict } from './support.ts';

const connections = 200;
const rate = 300;
const mostMs = 50;
/** Requests of before the measurement: code is compiled and pages are read by then. */
const warmSeconds = 10;
const mixedSeconds = 30;
const fullSeconds = 10;
const kindsOfRequests = 3000;

/** Issue 2: list, search and show answer within 50 ms at 300 requests a second, beside a million customers. */
export async function benchApi(rows: number, print: (line: string) => void): Promise<boolean> {
  await using folder = await benchFolder();
  print(`Loading ${rows} customers and ${3 * rows} invoices …`);
  const { token, customers } = await folder.withKit(async (kit) => {
    await loadProvider(kit, rows);
    return { token: await benchToken(kit), customers: await sampleCustomers(kit, kindsOfRequests) };
  });
  await using nadi = await startNadi(folder.dataDir, { RATE_LIMIT_PER_MINUTE: '100000000' });
  const plan = { url: nadi.url, token, connections };
  const mixed = mixedRequests(customers, rate * mixedSeconds);
  print('Warming up …');
  await runLoad({
    ...plan,
    seconds: warmSeconds,
    rate,
    requests: mixedRequests(customers, rate * warmSeconds),
  });
  print(
    `${rate} requests/s of all kinds on ${connections} connections for ${mixedSeconds} s; load before: ${loadavg()[0]?.toFixed(1)}`,
  );
  const paced = await runLoad({ ...plan, seconds: mixedSeconds, rate, requests: mixed });
  for (const figures of paced.values()) print(describe(figures));
  print(`As many as it can on ${connections} connections, ${fullSeconds} s each:`);
  for (const { kind } of customerKinds) {
    const requests = requestsOf(kind, customers, kindsOfRequests);
    const figures = (await runLoad({ ...plan, seconds: fullSeconds, requests })).get(kind);
    if (figures) print(describe(figures));
  }
  const limited = customerKinds
    .filter((item) => item.limited)
    .map(({ kind }) => ({ kind, figures: paced.get(kind) }));
  for (const { kind, figures } of limited)
    print(verdict(`p99 of ${kind}`, figures?.p99 ?? Number.NaN, mostMs, ' ms'));
  return (
    [...paced.values()].every(({ failed }) => failed === 0) &&
    limited.every(({ figures }) => figures !== undefined && figures.p99 <= mostMs)
  );
}

function describe({ kind, count, failed, perSecond, p50, p99, max }: LoadFigures): string {
  const times = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`;
  return `  ${kind}: ${count} requests, ${perSecond.toFixed(0)}/s, ${times}${failed === 0 ? '' : `, ${failed} FAILED`}`;
}
