import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runLoad } from './run-load.ts';
const token = readFileSync('/tmp/bx/small.token', 'utf8');
const rss = (pid: number | undefined) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
let port = 18400;
for (const o of process.argv.slice(2)) {
  port += 1;
  const child = spawn(process.execPath, [...o.split(' ').filter(Boolean), 'server/main.ts', 'up', '--data', '/tmp/bx/small', '--port', String(port)], { stdio: 'ignore', env: { ...process.env, RATE_LIMIT_PER_MINUTE: '100000000', NODE_COMPILE_CACHE: '/work/main/.runtime/compile-cache' } });
  await delay(6000);
  const idle = rss(child.pid);
  const requests = ['/api/customers', '/api/invoices', '/api/me'].map((path) => ({ kind: 'all', method: 'GET' as const, path }));
  const f = await runLoad({ url: `http://127.0.0.1:${port}`, token, connections: 50, seconds: 6, requests });
  const busy = rss(child.pid);
  await delay(4000);
  console.log(`[${o}]`, 'idle', idle, 'busy', busy, 'after', rss(child.pid), 'rate', f.get('all')?.perSecond.toFixed(0));
  child.kill('SIGTERM');
  await new Promise((r) => child.once('exit', r));
}
