import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addCustomerToken } from '../contract/portal-world.ts';
import { ok } from '../support/provider.ts';
import {
  addLicense,
  addPlan,
  beating,
  box,
  call,
  done,
  pairing,
  refusedWith,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

/** Signs a customer in as a code does, now or some hours ago. */
async function signIn(customerId: string, hoursAgo = 0): Promise<string> {
  const { email } = await ok<{ email: string }>(nadi, { url: `/api/customers/${customerId}` });
  const token = await addCustomerToken(nadi, customerId, email);
  await nadi.kit.pool.query(
    `update customer_tokens set proof = 'code', created_at = $2 where customer_id = $1 and created_at = (select max(created_at) from customer_tokens where customer_id = $1)`,
    [customerId, nadi.clock.now().subtract({ hours: hoursAgo }).toString()],
  );
  return token;
}

interface Own {
  readonly id: string;
  readonly status: string;
  readonly moves_left: number;
  readonly usage: readonly object[];
  readonly installations: readonly { id: string; state: string; hostname: string }[];
  readonly renewal: {
    readonly subscription_id: string;
    readonly date: string;
    readonly invoice_id: string | null;
  } | null;
}

const own = (token: string, id: string) => ok<Own>(nadi, { token, url: `/api/portal/licenses/${id}` });

test('owners see their licenses with plan, usage and installations, and nobody else’s', async () => {
  const { customerId, licenseId, key } = await addLicense(nadi);
  const machine = box();
  const { token: shown } = await done(nadi, 'pair', pairing(key, machine));
  await done(nadi, 'heartbeat', beating(key, machine, 1), { token: shown });
  const other = await addLicense(nadi);
  const token = await signIn(customerId);
  const { data } = await ok<{ data: Own[] }>(nadi, { token, url: '/api/portal/licenses' });
  assert.deepEqual(data, [await own(token, licenseId)]);
  assert.partialDeepStrictEqual(data[0], {
    status: 'active',
    moves_left: 2,
    renewal: null,
    usage: [{ name: 'rooms', used: 24, limit: 100, over: false }, { name: 'users' }],
    installations: [{ state: 'paired', hostname: machine.hostname }],
  });
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['POST', '/key', {}],
    ['POST', '/move', { installation_id: data[0]?.installations[0]?.id, reason: 'x' }],
  ] as const) {
    const answer = await nadi.request({
      token,
      method,
      url: `/api/portal/licenses/${other.licenseId}${path}`,
      ...(body ? { body } : {}),
    });
    assert.equal(answer.statusCode, 404, answer.body);
  }
});

test('the next renewal leads to its invoice, which the portal shows, prints and has paid', async () => {
  await using app = await vendorApp({ now: '2026-02-10T03:00:00Z' });
  const { packageId, customerId } = await addPlan(app);
  const body = {
    customer_id: customerId,
    package_id: packageId,
    start_date: '2026-01-15',
    end_date: '2026-02-15',
  };
  await ok(app, { method: 'POST', url: '/api/subscriptions', body });
  await app.edition.runBilling();
  const { email } = await ok<{ email: string }>(app, { url: `/api/customers/${customerId}` });
  const token = await addCustomerToken(app, customerId, email);
  const { data } = await ok<{ data: Own[] }>(app, { token, url: '/api/portal/licenses' });
  assert.partialDeepStrictEqual(data[0]?.renewal, {
    date: '2026-02-15',
    auto_renew: true,
    price: '1000000.00',
  });
  const invoice = data[0]?.renewal?.invoice_id;
  assert.equal(
    (await ok<{ status: string }>(app, { token, url: `/api/portal/invoices/${invoice}` })).status,
    'unpaid',
  );
  const pdf = await app.request({ token, url: `/api/portal/invoices/${invoice}/pdf` });
  assert.equal(pdf.headers['content-type'], 'application/pdf');
});

test('drawing a key and moving need a recent proof, and a key works at once', async () => {
  const { customerId, licenseId, key } = await addLicense(nadi);
  const machine = box();
  await done(nadi, 'pair', pairing(key, machine));
  const old = await signIn(customerId, 1);
  const url = `/api/portal/licenses/${licenseId}`;
  const { installations } = await own(old, licenseId);
  const move = { installation_id: installations[0]?.id, reason: 'Server rusak' };
  for (const [path, body] of [
    ['key', {}],
    ['move', move],
  ] as const) {
    const answer = await nadi.request({ token: old, method: 'POST', url: `${url}/${path}`, body });
    assert.equal(answer.json().code, 'fresh_code_needed', answer.body);
  }
  const token = await signIn(customerId);
  const drawn = await ok<{ license_key: string; key_hint: string }>(nadi, {
    token,
    method: 'POST',
    url: `${url}/key`,
    body: {},
  });
  refusedWith(await call(nadi, 'pair', pairing(key, machine)), 'KEY_NOT_FOUND');
  await done(nadi, 'pair', pairing(drawn.license_key, machine));
  assert.equal(drawn.license_key.split('-').at(-1), drawn.key_hint);
});

test('an owner takes a license off a machine that is dead, and the next one that pairs is the move', async () => {
  const { customerId, licenseId, key } = await addLicense(nadi, { plan: { free_moves: 1 } });
  const dead = box();
  const { token: last } = await done(nadi, 'pair', pairing(key, dead));
  const token = await signIn(customerId);
  const url = `/api/portal/licenses/${licenseId}/move`;
  const move = (id: string | undefined) =>
    nadi.request({ token, method: 'POST', url, body: { installation_id: id, reason: 'Server mati' } });
  const [first] = (await own(token, licenseId)).installations;
  assert.equal((await move(first?.id)).json().installations[0].state, 'unpaired');
  assert.equal((await move(first?.id)).statusCode, 200);
  refusedWith(await call(nadi, 'heartbeat', beating(key, dead, 1), { token: last }), 'NOT_PAIRED');
  await done(nadi, 'pair', pairing(key, box()));
  const after = await own(token, licenseId);
  assert.equal(after.moves_left, 0);
  const refused = await move(after.installations.find(({ state }) => state === 'paired')?.id);
  assert.equal(refused.json().code, 'license_moves_exceeded', refused.body);
  assert.equal((await move(first?.id)).json().code, 'installation_ended');
});

test('of a closed account or a revoked license nothing is drawn or moved', async () => {
  const { customerId, licenseId } = await addLicense(nadi);
  const token = await signIn(customerId);
  const draw = () =>
    nadi.request({ token, method: 'POST', url: `/api/portal/licenses/${licenseId}/key`, body: {} });
  await ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/revoke`, body: { reason: 'Tes' } });
  assert.equal((await draw()).json().code, 'license_state');
  await ok(nadi, { method: 'PUT', url: `/api/customers/${customerId}`, body: { status: 'inactive' } });
  assert.equal((await draw()).json().code, 'customer_inactive');
});
