import assert from 'node:assert/strict';
import { type Messages, startMessages } from '#simulators';
import { ok, type Subscriber, subscriber } from '../support/provider.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';

export interface Told extends AsyncDisposable {
  readonly nadi: TestApp;
  readonly messages: Messages;
}

/** Where messages of a test go, as the configuration names it. */
export const environmentOf = (messages: Messages): Record<string, string> => ({
  MAIL_HOST: messages.host,
  MAIL_PORT: String(messages.smtpPort),
  MAIL_ENCRYPTION: 'none',
  MAIL_FROM_ADDRESS: 'kabar@sinar.test',
  TELEGRAM_API_URL: messages.url,
  WHATSAPP_API_URL: `${messages.url}/v23.0`,
  WEBHOOK_PRIVATE_TARGETS: 'true',
});

/** A provider whose messages go to the simulator; WhatsApp is set up where it is asked for. */
export async function toldApp(
  options: TestAppOptions & { readonly whatsapp?: boolean; readonly messages?: Messages } = {},
): Promise<Told> {
  const messages = options.messages ?? (await startMessages());
  const whatsapp = { WHATSAPP_ACCESS_TOKEN: 'EAAtest-access-token', WHATSAPP_PHONE_NUMBER_ID: '105' };
  const env = { ...environmentOf(messages), ...(options.whatsapp ? whatsapp : {}), ...options.env };
  const nadi = await testApp({ ...options, env });
  return {
    nadi,
    messages,
    [Symbol.asyncDispose]: async () => {
      await nadi[Symbol.asyncDispose]();
      if (options.messages === undefined) await messages[Symbol.asyncDispose]();
    },
  };
}

/** What the worker does every minute, to its end; no job may fail. */
export async function tick(nadi: TestApp): Promise<void> {
  await nadi.kit.pool.query(`select graphile_worker.add_job('notifications.notice')`);
  await nadi.drainJobs();
  const { rows } = await nadi.kit.pool.query(
    'select last_error from graphile_worker._private_jobs where attempts > 0 and locked_at is null',
  );
  assert.deepEqual(rows, [], nadi.logged().slice(-3000));
}

/** A subscriber who can be reached. */
export async function reachable(
  nadi: TestApp,
  contact: { readonly email?: string; readonly phone?: string; readonly name?: string } = {},
): Promise<Subscriber> {
  const one = await subscriber(nadi);
  const body = { email: `${one.customerId}@rumah.test`, ...contact };
  await ok(nadi, { method: 'PUT', url: `/api/customers/${one.customerId}`, body });
  return one;
}

export interface MessageSeen {
  readonly id: string;
  readonly event: string;
  readonly channel: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly subject: string | null;
  readonly body: string | null;
  readonly address: string | null;
}

/** Oldest first. */
export async function messagesOf(nadi: TestApp, query = ''): Promise<MessageSeen[]> {
  const { data } = await ok<{ data: MessageSeen[] }>(nadi, {
    url: `/api/notification-messages?per_page=100${query}`,
  });
  return data.reverse();
}

/** Adds a setting; of a webhook that is told of everything at once, unless said. */
export async function addSetting(nadi: TestApp, body: object): Promise<string> {
  const given = { events: ['all'], digest_seconds: 0, ...body };
  return (await ok(nadi, { method: 'POST', url: '/api/notification-settings', body: given })).id;
}

/** So many customers with an address, each with an open invoice made now and due on that date. */
export async function addInvoices(nadi: TestApp, count: number, due = '2026-01-25'): Promise<void> {
  const at = nadi.clock.now().toString();
  await nadi.kit.pool.query(
    `with people as (
       insert into customers (id, name, email, phone, created_at, updated_at)
       select nadi_uuid($1::timestamptz, n), 'Pelanggan ' || n, 'p' || n || '@rumah.test', '0812345' || lpad(n::text, 5, '0'), $1, $1
       from generate_series(1, $2::integer) n returning id, name
     )
     insert into invoices (id, invoice_number, customer_id, amount, due_date, created_at, updated_at)
     select gen_random_uuid(), 'INV-' || to_char($1::timestamptz, 'YYYYMMDDHH24MISS') || substr(name, 11), id, 150000, $3::date, $1, $1 from people`,
    [at, count, due],
  );
}

/** How many of the e-mails went to each address, fewest and most. */
export function timesEach(messages: Messages): {
  readonly people: number;
  readonly least: number;
  readonly most: number;
} {
  const times = [...Map.groupBy(messages.sent, ({ to }) => to).values()].map((list) => list.length);
  return { people: times.length, least: Math.min(...times), most: Math.max(...times) };
}
