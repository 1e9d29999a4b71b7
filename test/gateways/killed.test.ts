import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startMidtrans } from '#simulators';
import { readFaults } from '../billing/books.ts';
import { testDatabase } from '../support/database.ts';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';

const main = join(import.meta.dirname, '../../server/main.ts');
const orders = 72;

/** A server with these roles, as an operator starts it; `kill` is SIGKILL. */
async function node(role: string, port: number, url: string, env: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-killed-'));
  let child: ChildProcess | undefined;
  const isAlive = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const start = async () => {
    if (isAlive()) return;
    child = spawn(process.execPath, [main, 'up', '--role', role, '--port', String(port)], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATABASE_URL: url,
        NADI_DATA_DIR: dataDir,
        LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: 'ignore',
    });
    if (role !== 'api') return;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await delay(50);
    }
  };
  const kill = async () => {
    if (child === undefined || !isAlive()) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    start,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('api and worker are killed with SIGKILL again and again while customers pay: every payment is booked, once', async (t) => {
  await using database = await testDatabase();
  await using midtrans = await startMidtrans({ concurrency: 20, answerWithinMilliseconds: 3000 });
  const env = {
    APP_ENV: 'testing',
    APP_KEY: `base64:${Buffer.alloc(32, 7).toString('base64')}`,
    MIDTRANS_SERVER_KEY: midtrans.serverKey,
    MIDTRANS_SNAP_URL: midtrans.url,
    MIDTRANS_API_URL: midtrans.url,
  };
  await using nadi = await testApp({
    databaseUrl: database.url,
    env,
    now: Temporal.Now.instant().toString(),
  });
  const invoices: string[] = [];
  for (let n = 0; n < orders; n += 1) {
    const { id } = await ok(nadi, {
      method: 'POST',
      url: '/api/customers',
      body: { name: `Pelanggan ${n}` },
    });
    const body = { customer_id: id, amount: '100000', due_date: later() };
    invoices.push((await ok(nadi, { method: 'POST', url: '/api/invoices', body })).id);
  }
  const asked: string[] = [];
  for (const invoice of invoices) {
    const { order_id: order } = await ok<{ order_id: string }>(nadi, {
      method: 'POST',
      url: '/api/payment-orders',
      body: { invoice_id: invoice, gateway: 'midtrans' },
    });
    asked.push(order);
  }
  const port = await freePort();
  midtrans.notificationUrl = `http://127.0.0.1:${port}/api/midtrans/notification`;
  midtrans.faults.add({ do: 'duplicate', milliseconds: 30 });
  await using api = await node('api', port, database.url, env);
  await using worker = await node('worker', await freePort(), database.url, env);
  await Promise.all([api.start(), worker.start()]);
  const booked = async () => {
    const { rows } = await nadi.kit.pool.query<{ n: number }>('select count(*)::int as n from payments');
    return rows[0]?.n ?? 0;
  };
  let kills = 0;
  for (const [n, order] of asked.entries()) {
    midtrans.pay(order, { payment_type: 'qris' });
    if (n % 12 === 5) {
      // In the middle of whatever it does.
      await delay((n * 7) % 90);
      await Promise.all([
        n % 24 === 5 ? api.kill() : worker.kill(),
        n % 36 === 5 ? worker.kill() : undefined,
      ]);
      kills += 1;
      await Promise.all([api.start(), worker.start()]);
      // What was not answered is told again.
      await midtrans.advance(300);
    }
  }
  for (let turn = 0; turn < 12; turn += 1) await midtrans.advance(7200);
  const before = Date.now();
  while ((await booked()) < orders && Date.now() - before < 120_000) await delay(200);
  await Promise.all([api.kill(), worker.kill()]);
  const { rows } = await nadi.kit.pool.query(
    `select count(*)::int as payments, count(distinct transaction_id)::int as transactions, sum(amount)::text as sum,
       (select count(*)::int from invoices where status = 'paid') as paid from payments`,
  );
  assert.deepEqual(rows, [
    { payments: orders, transactions: orders, sum: `${orders * 100_000}.00`, paid: orders },
  ]);
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  t.diagnostic(`${kills} times killed; ${midtrans.notifications.length} notifications`);
});

const later = () => Temporal.Now.plainDateISO('Asia/Jakarta').add({ days: 10 }).toString();
