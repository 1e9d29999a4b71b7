import assert from 'node:assert/strict';
import { type Router, type RouterOptions, startRouter } from '#simulators';
import { goTo, ok } from '../support/provider.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';

export interface ProvisionedOptions extends TestAppOptions {
  readonly router?: RouterOptions;
}

export interface Provisioned extends AsyncDisposable {
  readonly nadi: TestApp;
  readonly router: Router;
  readonly routerId: string;
}

const account = { name: 'nadi', password: 'rahasia' };

export const startSimulated = (options: RouterOptions = {}): Promise<Router> =>
  startRouter({
    accounts: [account],
    ...options,
    rows: {
      'ip/pool': [{ name: 'pelanggan', ranges: '10.10.0.2-10.10.255.254' }],
      'ip/hotspot': [{ name: 'hotspot1', interface: 'ether2', 'address-pool': 'pelanggan' }],
      ...options.rows,
    },
  });

export async function addRouter(nadi: TestApp, router: Router, name: string): Promise<string> {
  const template = router.table('ppp/profile').named('default')[0];
  if (template !== undefined) {
    router
      .table('ppp/profile')
      .update(template, { 'local-address': '10.10.0.1', 'remote-address': 'pelanggan' });
  }
  const { id } = await ok(nadi, {
    method: 'POST',
    url: '/api/router-settings',
    body: { name, host: router.host, port: router.port, username: account.name, password: account.password },
  });
  return id;
}

/** A provider with one simulated router, which is the default. */
export async function provisioned(options: ProvisionedOptions = {}): Promise<Provisioned> {
  await using cleanup = new AsyncDisposableStack();
  const nadi = cleanup.use(await testApp(options));
  const router = cleanup.use(await startSimulated(options.router));
  const routerId = await addRouter(nadi, router, 'Pusat');
  await nadi.drainJobs();
  const owned = cleanup.move();
  return { nadi, router, routerId, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Adds a package; what is not given is 10M for PPPoE. */
export async function packageOf(nadi: TestApp, body: object = {}): Promise<string> {
  const given = { name: '10 Mbps', bandwidth: '5M/10M', price: 150_000, ...body };
  return (await ok(nadi, { method: 'POST', url: '/api/packages', body: given })).id;
}

export interface Customer {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly username: string;
  readonly password: string;
}

/** A customer with one subscription; `body` is what is to be other. Paid until 14 February, unless it says so. */
export async function subscribed(
  nadi: TestApp,
  packageId: string,
  username: string,
  body: object = {},
  customer: object = {},
): Promise<Customer> {
  const { id: customerId } = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name: username, ...customer },
  });
  const password = `sandi-${username}`;
  const subscription = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: {
      customer_id: customerId,
      package_id: packageId,
      mikrotik_username: username,
      mikrotik_password: password,
      start_date: '2026-01-15',
      end_date: '2026-02-14',
      ...body,
    },
  });
  return { customerId, subscriptionId: subscription.id, username, password };
}

/** A row of a router's table as it really is. */
export function rowOf(router: Router, path: string, name: string): Readonly<Record<string, string>> {
  const [row] = router.table(path).named(name);
  assert.ok(row, `${path} has no ${name}`);
  return row.values;
}

export const isOnline = (router: Router, username: string) =>
  router.table('ppp/active').named(username).length === 1;

export interface IntentRow {
  readonly subscription_id: string;
  readonly verified: boolean;
  readonly state: string | null;
  readonly last_error: string | null;
}

export async function intentsOf(nadi: TestApp, routerId: string): Promise<readonly IntentRow[]> {
  const { rows } = await nadi.kit.pool.query<IntentRow>(
    `select subscription_id, verified_version = version as verified, state, last_error from provisioning_intents
     where router_id = $1 order by subscription_id`,
    [routerId],
  );
  return rows;
}

/** Every intent is fulfilled and was seen to be. */
export async function assertSettled(nadi: TestApp, routerId: string): Promise<void> {
  const open = (await intentsOf(nadi, routerId)).filter(({ verified }) => !verified);
  assert.deepEqual(open, []);
}

/** Lets the paid month end with its renewal unpaid, so that the run suspends. */
export async function letLapse(nadi: TestApp): Promise<void> {
  for (const date of ['2026-02-10', '2026-02-17']) {
    goTo(nadi, date);
    await nadi.edition.runBilling();
  }
}

/** What the worker does every minute. */
export async function wake(nadi: TestApp): Promise<void> {
  await nadi.kit.pool.query(`select graphile_worker.add_job('provisioning.wake')`);
  await nadi.drainJobs();
}
