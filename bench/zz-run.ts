import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { customerKinds, mixedRequests, requestsOf } from './customer-requests.ts';
import { startNadi } from './nadi-process.ts';
import { runLoad } from './run-load.ts';

// usage: node zz-run.ts dir [mixed|full|kind]
const dir = process.argv[2] ?? '';
const what = process.argv[3] ?? 'mixed';
const customers = JSON.parse(readFileSync(dir + '.sample.json', 'utf8'));
const token = readFileSync(dir + '.token', 'utf8');
await using nadi = await startNadi(dir, {
  RATE_LIMIT_PER_MINUTE: '100000000',
  ...(process.env.NADI_NODE_OPTIONS ? { NODE_OPTIONS: process.env.NADI_NODE_OPTIONS } : {}),
});
const plan = { url: nadi.url, token, connections: 200 };
const show = (m: Awaited<ReturnType<typeof runLoad>>) => {
  for (const f of m.values())
    console.log(
      f.kind.padEnd(16),
      f.count,
      f.failed ? `FAILED ${f.failed}` : '',
      `${f.perSecond.toFixed(0)}/s p50 ${f.p50.toFixed(1)} p99 ${f.p99.toFixed(1)} max ${f.max.toFixed(1)}`,
    );
};
console.log('start', nadi.startMs, 'load', loadavg());
await runLoad({ ...plan, seconds: 8, rate: 300, requests: mixedRequests(customers, 2400) });
if (what === 'mixed' || what === 'both')
  show(await runLoad({ ...plan, seconds: 20, rate: 300, requests: mixedRequests(customers, 6000) }));
if (what === 'full' || what === 'both')
  for (const { kind } of customerKinds)
    show(await runLoad({ ...plan, seconds: 6, requests: requestsOf(kind, customers, 3000) }));
console.log('rss', await nadi.residentMb(), 'load', loadavg());
