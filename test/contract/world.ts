import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { Role } from '#contract';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { issueToken } from '../../server/modules/identity/index.ts';
import { type TestApp, testPassword } from '../support/test-app.ts';

/** One of everything, for one endpoint alone: whatever it does to them, no other endpoint's inputs change. */
export interface World {
  /** Ids of existing rows by the name of the thing, as in `customer` for `customer_id` and `/api/customers/:id`. */
  readonly ids: Readonly<Record<string, string>>;
  /** An owner of this world's own, so that signing out or locking out touches nobody else. */
  readonly actor: { readonly id: string; readonly email: string; readonly token: string };
  /** The token of `ids.user`. */
  readonly userToken: string;
  readonly number: number;
  send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
  ): Promise<Record<string, unknown>>;
}

export const routerSecret = 'Seeded-Router-Secret-5150';
export const telegramToken = '123456:AAH-Seeded_Telegram-Token-5150';
let worlds = 0;

/** Adds one row of each thing through the API; those that stand alone can be deleted. */
export async function newWorld(nadi: TestApp): Promise<World> {
  worlds += 1;
  const number = worlds;
  const [actor, user] = await Promise.all([
    addUser(nadi, `owner-${number}@world.test`, 'super_owner'),
    addUser(nadi, `user-${number}@world.test`, 'operator'),
  ]);
  const send: World['send'] = async (method, url, body) => {
    const answer = await nadi.request({
      token: actor.token,
      method,
      url,
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.body}`);
    return answer.body === '' ? {} : answer.json();
  };
  const add = async (url: string, body: object) => String((await send('POST', url, body)).id);
  const addCustomer = (name: string) =>
    add('/api/customers', { name: `${name} ${number}`, email: `c${number}@world.test` });
  const [customer, subscriber, debtor, payer, pack, usedPackage] = await Promise.all([
    addCustomer('Alone'),
    addCustomer('Subscriber'),
    addCustomer('Debtor'),
    addCustomer('Payer'),
    add('/api/packages', { name: `Alone ${number}`, bandwidth: '10M/10M', price: '150000' }),
    add('/api/packages', { name: `Used ${number}`, bandwidth: '20M/20M', price: '250000' }),
  ]);
  const invoiceOf = (id: string) =>
    add('/api/invoices', { customer_id: id, amount: '150000', due_date: '2026-01-25', notes: 'Pemasangan' });
  const [subscription, invoice, paid] = await Promise.all([
    add('/api/subscriptions', {
      customer_id: subscriber,
      package_id: usedPackage,
      mikrotik_username: `world-${number}`,
      mikrotik_password: routerSecret,
      start_date: '2026-01-15',
      end_date: '2026-02-14',
    }),
    invoiceOf(debtor),
    invoiceOf(payer),
  ]);
  const payment = await add('/api/payments', { invoice_id: paid, amount: '50000' });
  const token = await add('/api/tokens', { name: 'another' });
  const [tax, discount, addon, charge, run, router, radius, session] = await Promise.all([
    add('/api/taxes', { name: 'PPN', rate: '11', area: `Dunia ${number}` }),
    add(`/api/subscriptions/${subscription}/discounts`, { name: 'Teman', kind: 'percent', value: '10' }),
    add(`/api/subscriptions/${subscription}/addons`, { name: 'IP publik', unit_price: '50000' }),
    add(`/api/subscriptions/${subscription}/charges`, { description: 'Kabel', unit_price: '75000' }),
    addFailedRun(nadi),
    add('/api/router-settings', {
      name: `Router ${number}`,
      host: `router-${number}.test`,
      username: 'nadi',
      password: routerSecret,
      radius_secret: routerSecret,
    }),
    add('/api/radius-settings', { host: `radius-${number}.test`, secret: routerSecret, enabled: true }),
    addSession(nadi, `world-${number}`),
  ]);
  const quota = '/api/v1/admin/quota';
  const [config, { job_id: bulk }, alert, setting, template, message] = await Promise.all([
    add(`${quota}/configs`, { membership_type: `dunia-${number}`, max_quota: 100 }),
    send('POST', `${quota}/bulk-adjust`, { member_ids: [subscriber], new_quota: 100 }),
    addAlert(nadi),
    add('/api/notification-settings', {
      channel: 'webhook',
      // Where nobody may be told: no test reaches out.
      config: { url: 'http://127.0.0.1:9/hook', secret: telegramToken },
      events: ['security'],
    }),
    addTemplate(nadi),
    addDeadMessage(nadi, debtor),
  ]);
  // A provider's server has none.
  const hasReleases = nadi.edition.modules.some(({ name }) => name === 'releases');
  const release = hasReleases ? await add('/api/releases', { version: `${number}.0.0` }) : '';
  const ids = {
    release,
    customer,
    package: pack,
    subscription,
    'mikrotik-secret': await accountOf(nadi, subscription),
    invoice,
    payment,
    run,
    user: user.id,
    token,
    tax,
    discount,
    addon,
    charge,
    'router-setting': router,
    'radius-setting': radius,
    session,
    router,
    config,
    member: customer,
    'bulk-adjust': String(bulk),
    alert,
    'notification-setting': setting,
    'notification-template': template,
    'notification-message': message,
  };
  return { ids, actor, userToken: user.token, number, send };
}

async function accountOf(nadi: TestApp, subscriptionId: string): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    'select id from mikrotik_secrets where subscription_id = $1',
    [subscriptionId],
  );
  return rows[0]?.id ?? '';
}

/** An alert, which only jobs write. */
async function addAlert(nadi: TestApp): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into alert_logs (id, type, severity, title, message, meta, created_at, updated_at)
     values (gen_random_uuid(), 'quota', 'info', 'Kuota', '80 %', '{"percent": 80}', $1, $1) returning id`,
    [nadi.kit.clock.now().toString()],
  );
  return rows[0]?.id ?? '';
}

/** The one template of all worlds: there is one of an event, channel and language. */
async function addTemplate(nadi: TestApp): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into notification_templates (id, event, channel, language, subject, body, created_at, updated_at)
     values (gen_random_uuid(), 'invoice_issued', 'email', 'id', 'Tagihan', 'Halo {{customer_name}}', $1, $1)
     on conflict (event, channel, language) do update set body = excluded.body returning id`,
    [nadi.kit.clock.now().toString()],
  );
  return rows[0]?.id ?? '';
}

/** A message that could not be sent. */
async function addDeadMessage(nadi: TestApp, customerId: string): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into notification_messages (id, event, customer_id, channel, lane, language, vars, state, sealed, next_at, created_at, updated_at)
     values (gen_random_uuid(), 'invoice_issued', $2, 'email', 'email', 'id', '{"amount": "1000"}', 'dead', 'v1.sealed-message', $1, $1, $1) returning id`,
    [nadi.kit.clock.now().toString(), customerId],
  );
  return rows[0]?.id ?? '';
}

/** An open session of an account, as the accounting of a router that was since removed left it. */
async function addSession(nadi: TestApp, username: string): Promise<string> {
  const received = Math.floor(nadi.kit.clock.now().epochMilliseconds / 1000);
  await nadi.kit.pool.query(
    `select radius.account('', 'Interim-Update', $1, '81', $1, '10.0.0.1', '', '', $2, 0, 60, 5, 0, 6, 0, '', 'AA:BB', '', '', 'PPP', '', '', '', '', '')`,
    [username, received],
  );
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    'select radacctid as id from radacct where username = $1',
    [username],
  );
  return rows[0]?.id ?? '';
}

/** A billing run whose last step failed: no request could bring it about. */
async function addFailedRun(nadi: TestApp): Promise<string> {
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into billing_runs (id, billed_to, steps, finished_steps, counts, state, failed_step, error, started_by, created_at, finished_at)
     values (gen_random_uuid(), '2026-01-15', '{overdue,expired}', '{overdue}', '{"overdue": 1}', 'failed', 'expired', 'It failed.', 'billing.run', $1, $1)
     returning id`,
    [nadi.kit.clock.now().toString()],
  );
  return rows[0]?.id ?? '';
}

/** A user with the test password, and a token, without the cost of a real hash. */
export async function addUser(
  nadi: TestApp,
  email: string,
  role: Role,
  limits: { abilities?: readonly string[]; expiresAt?: string } = {},
): Promise<{ id: string; email: string; token: string }> {
  const at = nadi.kit.clock.now().toString();
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into users (id, name, email, password, role, created_at, updated_at)
     select gen_random_uuid(), 'World', $1, password, $2, $3, $3 from users where email = 'admin@nadi.test' returning id`,
    [email, role, at],
  );
  const id = rows[0]?.id ?? '';
  const issued = await inTransaction(nadi.kit.db, (tx) =>
    issueToken(nadi.kit, tx, systemAuthor('test'), {
      userId: id,
      name: 'world',
      expiresAt: limits.expiresAt ?? null,
      ...(limits.abilities ? { abilities: limits.abilities } : {}),
    }),
  );
  await nadi.request({ token: issued.plain, url: '/api/me' }); // The first use is noted; later ones within a minute are not.
  return { id, email, token: issued.plain };
}

/** The code an authenticator app shows for the secret at the app's time. */
export function codeOf(nadi: TestApp, secret: unknown): string {
  const totp = new TOTP({ secret: Secret.fromBase32(String(secret)) });
  return totp.generate({ timestamp: nadi.kit.clock.now().epochMilliseconds });
}

/** Switches two-factor sign-in on for whoever has the token; gives a recovery code. */
export async function switchTwoFactorOn(nadi: TestApp, token: string): Promise<string> {
  const send = async (url: string, body: object) =>
    (await nadi.request({ token, method: 'POST', url, body })).json<Record<string, unknown>>();
  const { secret } = await send('/api/two-factor/setup', { password: testPassword });
  const { recovery_codes: codes } = await send('/api/two-factor/confirm', { code: codeOf(nadi, secret) });
  return String(Array.isArray(codes) ? codes[0] : '');
}
