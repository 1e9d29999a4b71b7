import pg from 'pg';
import { readFileSync } from 'node:fs';
import { readConfig } from '#kit/config.ts';
import { openKit } from '#kit/open-kit.ts';
const dir = process.argv[2] ?? '';
const settings = process.env.PGSET ? Object.fromEntries(process.env.PGSET.split(',').map((x) => x.split('=') as [string, string])) : {};
await using open = await openKit(readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dir), { onBusy: 'connect', command: 'x', settings });
const c = await open.kit.pool.connect();
for (const q of readFileSync(0, 'utf8').split(';\n').map((x) => x.trim()).filter(Boolean)) {
  for (let i = 0; i < (q.startsWith('explain') ? 2 : 1); i++) {
    const t = performance.now();
    const r = await c.query(q);
    if (i === 1 || !q.startsWith('explain')) { console.log('--', q.slice(0, 200), (performance.now() - t).toFixed(1)); for (const row of r.rows) console.log(Object.values(row).join(' | ')); }
  }
}
c.release();
