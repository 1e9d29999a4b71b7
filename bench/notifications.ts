import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { noticeAll, sendLane } from '../server/modules/notifications/index.ts';
import { benchKit, timed, verdict } from './support.ts';

const most = 100_000;
const seconds = 15;
const mostQueueMs = 15_000;
const leastPerSecond = 200;
const leastRatio = 0.8;
const hooks = { paymentUrlsOf: async () => new Map<string, string>() };

/** Issue 5: 100,000 reminders are queued in one statement, and mails go on beside a channel that never answers. */
export async function benchNotifications(rows: number, print: (line: string) => void): Promise<boolean> {
  const count = Math.min(rows, most);
  await using sink = await startSink();
  await using bench = await benchKit(systemClock.now().toString());
  const kit = withSink({ ...bench.kit, clock: systemClock }, sink);
  print(`Loading ${count} customers with an open invoice each …`);
  // Whatever the hour, they are told.
  await kit.pool.query('update notification_rules set quiet_from = null, quiet_to = null');
  await load(kit, count, 'email');
  await kit.pool.query('vacuum analyze');
  const queueMs = await timed(() => noticeAll(kit));
  const queued = await countOf(kit, 'email');
  print(`${queued} reminders queued in ${(queueMs / 1000).toFixed(2)} s`);
  const againMs = await timed(() => noticeAll(kit));
  print(`looked through once more, with nothing new, in ${againMs.toFixed(0)} ms`);
  const alone = await mailsPerSecond(kit, sink);
  print(`mails alone: ${alone.toFixed(0)}/s`);
  await load(kit, Math.ceil(count / 10), 'whatsapp');
  await noticeAll(kit);
  const dead = new AbortController();
  const hanging = keepSending(kit, dead.signal);
  const beside = await mailsPerSecond(kit, sink);
  dead.abort();
  await hanging;
  print(
    `mails beside a WhatsApp that never answers, with ${await countOf(kit, 'whatsapp')} waiting: ${beside.toFixed(0)}/s`,
  );
  const ratio = beside / alone;
  print(verdict('queueing', queueMs, mostQueueMs, ' ms'));
  print(
    `${alone >= leastPerSecond ? 'ok    ' : 'MISSED'}  mails a second: ${alone.toFixed(0)} (least ${leastPerSecond})`,
  );
  print(
    `${ratio >= leastRatio ? 'ok    ' : 'MISSED'}  beside a dead channel against alone: ${ratio.toFixed(2)} (least ${leastRatio})`,
  );
  return queued === count && queueMs <= mostQueueMs && alone >= leastPerSecond && ratio >= leastRatio;
}

/** Customers who can be reached by one channel alone, each with an invoice that is due in three days. */
async function load(kit: Kit, count: number, channel: 'email' | 'whatsapp'): Promise<void> {
  const contact =
    channel === 'email'
      ? `'${channel}' || n || '@example.test', null`
      : `null, '0812' || lpad(n::text, 8, '0')`;
  await kit.pool.query(
    `with people as (
       insert into customers (id, name, email, phone, created_at, updated_at)
       select gen_random_uuid(), 'Pelanggan ' || n, ${contact}, at, at
       from generate_series(1, $1::integer) n, (select $2::timestamptz - interval '20 days' as at) a returning id, name, created_at as at
     )
     insert into invoices (id, invoice_number, customer_id, amount, due_date, created_at, updated_at)
     select gen_random_uuid(), '${channel}-' || substr(p.name, 11), p.id, 150000, ($2::timestamptz at time zone o.timezone)::date + 3, at, at
     from people p cross join organisation o`,
    [count, kit.clock.now().toString()],
  );
}

async function countOf(kit: Kit, channel: string): Promise<number> {
  const { rows } = await kit.pool.query<{ count: number }>(
    `select count(*)::integer as count from notification_messages where channel = $1 and state = 'waiting'`,
    [channel],
  );
  return rows[0]?.count ?? 0;
}

/** One worker sends for some seconds. */
async function mailsPerSecond(kit: Kit, sink: Sink): Promise<number> {
  const before = await sink.count();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  const ms = await timed(() => sendLane(kit, hooks, 'email', stop.signal));
  clearTimeout(timer);
  return ((await sink.count()) - before) / (ms / 1000);
}

/** Asks for the dead lane every second, as no timetable would. */
async function keepSending(kit: Kit, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sendLane(kit, hooks, 'whatsapp', signal);
    await delay(1000);
  }
}

interface Sink extends AsyncDisposable {
  readonly url: string;
  readonly smtpPort: number;
  count(): Promise<number>;
}

async function startSink(): Promise<Sink> {
  const child = fork(join(import.meta.dirname, 'messages-child.ts'));
  const { url, smtpPort } = await told<{ url: string; smtpPort: number }>(child);
  return {
    url,
    smtpPort,
    count: async () => {
      const answer = told<{ count: number }>(child);
      child.send('count');
      return (await answer).count;
    },
    [Symbol.asyncDispose]: async () => {
      child.disconnect();
    },
  };
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message;
}

function withSink(kit: Kit, { url, smtpPort }: Sink): Kit {
  const mail = {
    host: '127.0.0.1',
    port: smtpPort,
    username: undefined,
    password: undefined,
    encryption: 'none' as const,
    from: { name: 'Nadi', address: 'nadi@example.test' },
  };
  const whatsapp = { apiUrl: `${url}/v23.0`, accessToken: 'bench', phoneNumberId: '105' };
  return { ...kit, config: { ...kit.config, mail, messaging: { ...kit.config.messaging, whatsapp } } };
}
