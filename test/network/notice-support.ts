import { goTo, ok, subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

export const organisation = {
  name: 'Nusa Net',
  phone: '021-8790-1234',
  email: 'halo@nusanet.example',
  suspend_mode: 'isolir',
  payment_instructions: 'Transfer ke BCA 123-456\na.n. PT Nusa Net',
};

interface Blocked {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly number: string;
}

/** A customer whose renewal was not paid, and who is isolated for it. */
async function blocked(nadi: TestApp, name: string): Promise<Blocked> {
  const { customerId, subscriptionId } = await subscriber(nadi, { start: '2026-01-15', end: '2026-02-14' });
  await ok(nadi, { method: 'PUT', url: `/api/customers/${customerId}`, body: { name } });
  for (const date of ['2026-02-10', '2026-02-17']) {
    goTo(nadi, date);
    await nadi.edition.runBilling();
  }
  const { data } = await ok<{ data: { invoice_number: string }[] }>(nadi, {
    url: `/api/invoices?subscription_id=${subscriptionId}`,
  });
  return { customerId, subscriptionId, number: data[0]?.invoice_number ?? '' };
}

export async function withBlocked(name: string, env: Record<string, string> = {}) {
  const nadi = await testApp({ env });
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: organisation });
  return { nadi, budi: await blocked(nadi, name) };
}

/** A session of the subscription that has the address, as a router's accounting tells it. */
export async function dials(nadi: TestApp, { subscriptionId }: Blocked, address: string): Promise<void> {
  const { mikrotik_username: username } = await ok(nadi, { url: `/api/subscriptions/${subscriptionId}` });
  await nadi.kit.pool.query(
    `select radius.account('', 'Start', $1, $1, $1, '10.0.0.1', '', '', $2, 0, 0, 0, 0, 0, 0, '', 'AA:BB', '', '', 'PPP', $3, '', '', '', '')`,
    [username, Math.floor(nadi.clock.now().epochMilliseconds / 1000), address],
  );
}

export const page = async (
  nadi: TestApp,
  remoteAddress: string,
  headers = { 'accept-language': 'id' },
  query = '',
) => nadi.request({ as: 'nobody', url: `/isolir${query}`, remoteAddress, headers });
