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
import { readdirSync } from 'node:fs';
const stats = () => readdirSync('/proc').filter((x) => /^\d+$/.test(x)).flatMap((x) => { try { const t = readFileSync(`/proc/${x}/stat`, 'utf8'); const f = t.slice(t.lastIndexOf(')') + 2).split(' '); return [{ pid: Number(x), ppid: Number(f[1]), cpu: (Number(f[11]) + Number(f[12])) * 10, cmd: readFileSync(`/proc/${x}/cmdline`, 'utf8') }]; } catch { return []; } });
const nodePid = stats().find((s) => s.cmd.includes('main.ts') && s.cmd.includes(dir))?.pid ?? 0;
const usage = () => { const all = stats(); const pm = all.filter((s) => s.ppid === nodePid).map((s) => s.pid); const kids = all.filter((s) => pm.includes(s.pid) || pm.includes(s.ppid) ); return { node: all.find((s) => s.pid === nodePid)?.cpu ?? 0, pg: kids.reduce((a, s) => a + s.cpu, 0) }; };
const measured = async (p: Parameters<typeof runLoad>[0]) => { const a = usage(); const m = await runLoad(p); const b = usage(); const n = [...m.values()].reduce((x, f) => x + f.count, 0); show(m); console.log('   cpu ms/request: node', ((b.node - a.node) / n).toFixed(2), 'pg', ((b.pg - a.pg) / n).toFixed(2)); };
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
  await measured({ ...plan, seconds: 20, rate: Number(process.env.RATE ?? 300), requests: mixedRequests(customers, 6000) });
if (what === 'full' || what === 'both')
  for (const { kind } of customerKinds)
    await measured(({ ...plan, seconds: 6, requests: requestsOf(kind, customers, 3000) }));
console.log('rss', await nadi.residentMb(), 'load', loadavg());
