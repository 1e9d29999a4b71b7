import { readFileSync } from 'node:fs';
import { readConfig } from '#kit/config.ts';
import { openKit } from '#kit/open-kit.ts';
import { requestsOf } from './customer-requests.ts';
import { quantile } from './load-plan.ts';
const dir = process.argv[2] ?? '';
const settings = process.env.PGSET ? Object.fromEntries(process.env.PGSET.split(',').map((x) => x.split('=') as [string, string])) : {};
const customers = JSON.parse(readFileSync(dir + '.sample.json', 'utf8'));
await using open = await openKit(readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dir), { onBusy: 'connect', command: 'x', settings });
const c = await open.kit.pool.connect();
for (const s of (process.env.SET ?? '').split(';').filter(Boolean)) await c.query(s);
const pid = (await c.query('select pg_backend_pid() as p')).rows[0].p;
const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
const N = Number(process.env.N ?? 300);
for (const kind of ['search by name', 'search by phone'] as const) {
  const terms = requestsOf(kind, customers, N).map((r) => '%' + decodeURIComponent(r.path.split('=')[1] ?? '').toLowerCase() + '%');
  const queries: Record<string, string> = {
    count: 'select count(*)::int as c from (select 1 from customers t where t.search_text like $1 limit 10001) c',
    ordered: 'select t.* from customers t where t.search_text like $1 order by t.created_at desc, t.id desc limit 21',
    hits: `with hits as materialized (select t.id, t.created_at from customers t where t.search_text like $1 limit 10001),
 page as (select id from hits order by created_at desc, id desc limit 21)
 select t.*, (select count(*)::int from hits) as c from customers t where t.id in (select id from page) and (select count(*) from hits) <= 10000 order by created_at desc, id desc`,
  };
  const counts = new Map<string, number>();
  for (const [name, text] of Object.entries(queries)) {
    const times: [number, string, number][] = [];
    for (const term of terms) { const t = cpu(); const r = await c.query(text, [term]); if (name === 'count') counts.set(term, r.rows[0].c); times.push([cpu() - t, term, counts.get(term) ?? 0]); }
    times.sort((a, b) => a[0] - b[0]);
    const v = times.map((x) => x[0]);
    console.log(kind, name, 'mean', (v.reduce((a, b) => a + b) / v.length).toFixed(1), ...[0.5, 0.9, 0.95, 0.99, 1].map((q) => `p${q * 100} ${quantile(v, q).toFixed(1)}`), times.slice(-6).map((x) => `${x[1]}:${x[2]}`).join(' '));
  }
  const hitTimes = new Map<string, number[]>();
  for (const term of terms) { const r0 = cpu(); await c.query(queries.hits ?? '', [term]); const t = cpu() - r0; const n = counts.get(term) ?? 0; const k = n > 10000 ? 'many' : n > 1000 ? 'mid' : 'rare'; (hitTimes.get(k) ?? hitTimes.set(k, []).get(k))?.push(t); }
  for (const [k, v] of hitTimes) console.log('   hits', k, v.length, 'mean', (v.reduce((a, b) => a + b) / v.length).toFixed(1), 'max', Math.max(...v).toFixed(1));
  for (const [label, text] of [['bitmap only', "select count(*) from customers t where t.search_text like $1 and t.id is null"]] as const) { const v: number[] = []; for (const term of terms) if ((counts.get(term) ?? 0) <= 1000) { const r0 = cpu(); await c.query('select count(*) from customers t where t.search_text like $1', [term]); v.push(cpu() - r0); } console.log('   rare count', v.length, (v.reduce((a, b) => a + b) / v.length).toFixed(1)); }
  const cs = [...counts.values()];
  console.log('distinct', cs.length, 'many', cs.filter((x) => x > 10000).length, '1k-10k', cs.filter((x) => x > 1000 && x <= 10000).length, '<1k', cs.filter((x) => x <= 1000).length, 'requests many', terms.filter((x) => (counts.get(x) ?? 0) > 10000).length, 'of', N);
}
c.release();
