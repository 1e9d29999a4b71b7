import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startNadi } from './nadi-process.ts';
import { runLoad } from './run-load.ts';
const dir = process.argv[2] ?? '';
const token = readFileSync(dir + '.token', 'utf8');
for (const o of process.argv.slice(3)) {
  await using nadi = await startNadi(dir, { RATE_LIMIT_PER_MINUTE: '100000000', NODE_OPTIONS: o });
  await delay(5000);
  const idle = await nadi.residentMb();
  const requests = ['/api/customers', '/api/invoices', '/api/me'].map((path) => ({ kind: 'all', method: 'GET' as const, path }));
  const f = await runLoad({ url: nadi.url, token, connections: 50, seconds: 8, requests });
  const busy = await nadi.residentMb();
  await delay(5000);
  console.log(`[${o}]`, 'idle', idle.toFixed(0), 'busy', busy.toFixed(0), 'after', (await nadi.residentMb()).toFixed(0), 'rate', f.get('all')?.perSecond.toFixed(0), 'start', nadi.startMs.toFixed(0));
}
