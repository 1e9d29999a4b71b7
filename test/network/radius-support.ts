import { pppoe, radclient, startFreeradius } from '../support/freeradius.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

export const secret = 'rahasia-nas-1';

/** A router that is this machine, with a secret for RADIUS. */
export async function addRouter(nadi: TestApp, more: object = {}): Promise<string> {
  const body = {
    name: 'Pusat',
    host: '127.0.0.1',
    username: 'nadi',
    password: 'x',
    radius_secret: secret,
    use_radius: true,
    ...more,
  };
  return (await ok(nadi, { method: 'POST', url: '/api/router-settings', body })).id;
}

export interface LineOptions {
  readonly package?: object;
  readonly subscription?: object;
}

let lines = 0;

/** A customer with a package and a subscription of that username; the password is `sandi-` and the username. */
export async function addLine(
  nadi: TestApp,
  username: string,
  options: LineOptions = {},
): Promise<{ subscriptionId: string; packageId: string }> {
  lines += 1;
  const customer = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name: `Pelanggan ${lines}` },
  });
  const pack = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: `Paket ${lines}`, bandwidth: '5M/10M', price: 150_000, ...options.package },
  });
  const subscription = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: {
      customer_id: customer.id,
      package_id: pack.id,
      mikrotik_username: username,
      mikrotik_password: `sandi-${username}`,
      ...options.subscription,
    },
  });
  return { subscriptionId: subscription.id, packageId: pack.id };
}

/** A provider with this machine as its router, and FreeRADIUS running on it. */
export async function withFreeradius(more: { readonly requireMessageAuthenticator?: boolean } = {}) {
  await using cleanup = new AsyncDisposableStack();
  const nadi = cleanup.use(await testApp());
  await addRouter(nadi);
  const radius = cleanup.use(await startFreeradius(nadi, more));
  const owned = cleanup.move();
  const ask = (...attributes: readonly string[]) => radclient(radius.port, 'auth', secret, attributes);
  const logIn = (username: string, password = `sandi-${username}`, ...rest: readonly string[]) =>
    ask(...pppoe(username, `User-Password = ${JSON.stringify(password)}`, ...rest));
  return { nadi, radius, ask, logIn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
