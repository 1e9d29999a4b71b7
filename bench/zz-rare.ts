import { readFileSync } from 'node:fs';
import { readConfig } from '#kit/config.ts';
import { openKit } from '#kit/open-kit.ts';
import { requestsOf } from './customer-requests.ts';
const dir = process.argv[2] ?? '';
const customers = JSON.parse(readFileSync(dir + '.sample.json', 'utf8'));
await using open = await openKit(readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dir), { onBusy: 'connect', command: 'x', settings: process.env.IOM ? { io_method: process.env.IOM } : {} });
const c = await open.kit.pool.connect();
const pid = (await c.query('select pg_backend_pid() as p')).rows[0].p;
const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
const N = 300;
const freq = new Map((await c.query('select g, count(*)::int as n from customers tablesample system(1), unnest(show_trgm(search_text)) g group by 1')).rows.map((r) => [r.g, r.n]));
const letters = new Map<string, number>();
const letterScore = (g: string) => [...g].reduce((a, x) => a + Math.log(({ a: 20, n: 9, i: 8, e: 8, r: 5, u: 5, t: 5, s: 5, d: 4, k: 4, m: 4, l: 3, g: 3, p: 3, h: 3, b: 2, y: 1.5, o: 2, j: 1, w: 1, c: 0.8 } as Record<string, number>)[x] ?? (/\d/.test(x) ? 5 : 0.3)), 0);
const pieces = (t: string) => t.split(/[^a-z0-9]+/).flatMap((w) => Array.from({ length: Math.max(0, w.length - 2) }, (_, i) => w.slice(i, i + 3)));
const choose = (t: string, k: number, score: (g: string) => number) => [...new Set(pieces(t))].sort((a, b) => score(a) - score(b)).slice(0, k);
for (const kind of ['search by name', 'search by phone'] as const) {
  const terms = requestsOf(kind, customers, N).map((r) => decodeURIComponent(r.path.split('=')[1] ?? '').toLowerCase());
  const counts = new Map<string, number>();
  const run = async (label: string, cond: (t: string) => string) => {
    const sums = new Map<string, number[]>();
    for (const t of terms) {
      const q = `with hits as materialized (select t.id, t.created_at from customers t where ${cond(t)} limit 10001) select count(*)::int as n from hits`;
      const a = cpu(); const n = (await c.query(q)).rows[0].n; const d = cpu() - a;
      const was = counts.get(t); if (was !== undefined && was !== n) console.log('DIFF', t, was, n); counts.set(t, n);
      const k = n > 10000 ? 'many' : n > 1000 ? 'mid' : 'rare'; (sums.get(k) ?? sums.set(k, []).get(k))?.push(d);
    }
    console.log(kind, label, ...[...sums].map(([k, v]) => `${k} ${v.length} ${(v.reduce((x, y) => x + y) / v.length).toFixed(1)}`));
  };
  const plain = (t: string) => `t.search_text like '%${t}%'`;
  const sel = (k: number, score: (g: string) => number) => (t: string) => { const p = choose(t, k, score); return pieces(t).length > k && p.length ? [...p.map((g) => `t.search_text like '%${g}%'`), `(t.search_text || '') like '%${t}%'`].join(' and ') : plain(t); };
  await run('warm', plain);
  for (const e of ['set effective_io_concurrency=16', 'set effective_io_concurrency=0', 'set effective_io_concurrency=16', 'set effective_io_concurrency=0','set enable_seqscan=off', 'set max_parallel_workers_per_gather=0']) { await c.query(e); await run(e, plain); }
  await c.query('reset all');
}
c.release();
