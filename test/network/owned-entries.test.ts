import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { assertSettled, isOnline, packageOf, provisioned, rowOf, subscribed } from './provisioned.ts';

type Answer = Readonly<Record<string, unknown>> & { readonly status: number };

async function send(
  nadi: TestApp,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: object,
): Promise<Answer> {
  const answer = await nadi.request({ method, url: `/api/${url}`, ...(body ? { body } : {}) });
  return { status: answer.statusCode, ...(answer.body === '' ? {} : answer.json()) };
}

/** One customer on one router, online. */
async function world() {
  const made = await provisioned();
  const { nadi, router } = made;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password, redialSeconds: 1 });
  const row = () => router.table('ppp/secret').named('budi')[0];
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/mikrotik-secrets?customer_id=${budi.customerId}`,
  });
  return {
    ...made,
    budi,
    entry: `mikrotik/secrets/${row()?.id}`,
    account: `mikrotik-secrets/${data[0]?.id}`,
  };
}

test('writing to an entry of Nadi’s changes the account, and is answered once the router holds it', async () => {
  const { nadi, router, routerId, budi, entry, ...owned } = await world();
  await using _ = owned;
  const done = await send(nadi, 'PUT', entry, {
    password: 'sandi-baru',
    remote_address: '10.10.7.7',
    comment: 'lantai dua',
  });
  assert.deepEqual([done.status, done.success, done.message], [200, true, 'The router holds it.']);
  const secret = () => rowOf(router, 'ppp/secret', 'budi');
  assert.deepEqual([secret().password, secret()['remote-address']], ['sandi-baru', '10.10.7.7']);
  const subscription = await ok(nadi, { url: `/api/subscriptions/${budi.subscriptionId}` });
  assert.deepEqual([subscription.remote_address, subscription.comment], ['10.10.7.7', 'lantai dua']);
  // What the router is told by hand is what billing says from then on: a full comparison leaves it.
  await ok(nadi, { method: 'POST', url: `/api/routers/${routerId}/sync` });
  await nadi.drainJobs();
  assert.equal(secret()['remote-address'], '10.10.7.7');
  const emptied = await send(nadi, 'PUT', entry, { remote_address: '' });
  assert.deepEqual([emptied.success, secret()['remote-address']], [true, undefined]);
  await assertSettled(nadi, routerId);
  const { rows } = await nadi.kit.pool.query(
    `select action, count(*)::integer, count(new_values ->> 'password_changed')::integer as passwords
     from audit_logs where subject_type = 'mikrotik_secret' group by action`,
  );
  assert.deepEqual(rows, [{ action: 'mikrotik_secret.updated', count: 2, passwords: 1 }]);
  assert.doesNotMatch(nadi.logged(), /sandi-baru/);
});

test('an entry that is sent back as it was read keeps following its package and its payments', async () => {
  const { nadi, router, routerId, budi, entry, ...owned } = await world();
  await using _ = owned;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'isolir' } });
  const change = (what: 'suspend' | 'activate') =>
    ok(nadi, { method: 'POST', url: `/api/subscriptions/${budi.subscriptionId}/${what}` });
  const profile = () => rowOf(router, 'ppp/secret', 'budi').profile;
  const usual = profile();
  await change('suspend');
  await nadi.drainJobs();
  assert.equal(profile(), 'nadi-isolir');
  const body = { username: 'budi', service: 'pppoe', profile: profile(), password: 'sandi-baru' };
  assert.equal((await send(nadi, 'PUT', entry, body)).success, true);
  await change('activate');
  await nadi.drainJobs();
  assert.equal(profile(), usual);
  assert.equal((await send(nadi, 'PUT', entry, { profile: 'default' })).success, true);
  assert.equal(profile(), 'default', 'one that somebody chose is the account’s own');
  await assertSettled(nadi, routerId);
});

test('what an account cannot be is refused in the fields it was asked by', async () => {
  const { nadi, entry, router, ...owned } = await world();
  await using _ = owned;
  const other = await subscribed(nadi, await packageOf(nadi, { name: 'Lain' }), 'ayu');
  for (const [body, field] of [
    [{ remote_address: 'pelanggan' }, 'remote_address'],
    [{ service: 'l2tp' }, 'service'],
    [{ service: 'hotspot' }, 'service'],
    [{ username: 'budi santoso' }, 'username'],
    [{ username: other.username }, 'username'],
  ] as const) {
    const refused = await send(nadi, 'PUT', entry, body);
    assert.deepEqual(
      [refused.status, Object.keys(refused.errors ?? {})],
      [422, [field]],
      JSON.stringify(refused),
    );
  }
  assert.equal((await send(nadi, 'PUT', entry, { comment: 'nadi:lain' })).status, 409);
  const kept = await send(nadi, 'DELETE', entry);
  assert.deepEqual([kept.status, kept.code], [409, 'router_entry_owned']);
  assert.equal(router.table('ppp/secret').named('budi').length, 1);
});

test('switched off by hand, an account stays off until it is switched on, whatever is paid', async () => {
  const { nadi, router, routerId, budi, entry, ...owned } = await world();
  await using _ = owned;
  const off = await send(nadi, 'POST', `${entry}/disable`);
  assert.equal(off.success, true);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  assert.ok(!isOnline(router, 'budi'));
  for (const act of ['suspend', 'activate']) {
    await ok(nadi, { method: 'POST', url: `/api/subscriptions/${budi.subscriptionId}/${act}` });
    await nadi.drainJobs();
    assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  }
  assert.equal((await ok<{ total: number }>(nadi, { url: '/api/mikrotik-secrets?disabled=true' })).total, 1);
  assert.equal((await send(nadi, 'POST', `${entry}/enable`)).success, true);
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});

test('a router that is away: it is stored, said so, and applied when it is back', async () => {
  const { nadi, router, routerId, account, ...owned } = await world();
  await using _ = owned;
  router.faults.add({ do: 'refuse', times: 1 });
  const stored = await ok(nadi, { method: 'PUT', url: `/api/${account}`, body: { password: 'sandi-lain' } });
  assert.equal('password' in stored, false);
  const waits = await send(nadi, 'POST', `${account}/sync`);
  assert.deepEqual([waits.status, waits.success], [200, false]);
  assert.match(String(waits.message), /^Stored\./);
  assert.equal(rowOf(router, 'ppp/secret', 'budi').password, 'sandi-budi');
  // Asking again does not wait for the rest that the failure brought.
  const done = await send(nadi, 'POST', `${account}/sync`);
  assert.equal(done.success, true, JSON.stringify(done));
  assert.equal(rowOf(router, 'ppp/secret', 'budi').password, 'sandi-lain');
  await assertSettled(nadi, routerId);
});

test('accounts are listed, taken from who is not active, and given again; none without a subscription', async () => {
  const { nadi, router, routerId, budi, account, ...owned } = await world();
  await using _ = owned;
  const found = await ok<{ data: { username: string }[] }>(nadi, { url: '/api/mikrotik-secrets?search=UDI' });
  assert.deepEqual(
    found.data.map(({ username }) => username),
    ['budi'],
  );
  assert.equal((await send(nadi, 'DELETE', account)).code, 'account_in_use');
  const again = { customer_id: budi.customerId, username: 'budi.baru', password: 'sandi-3' };
  assert.deepEqual(Object.keys((await send(nadi, 'POST', 'mikrotik-secrets', again)).errors ?? {}), [
    'subscription_id',
  ]);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${budi.subscriptionId}/suspend` });
  assert.equal((await send(nadi, 'DELETE', account)).status, 204);
  await nadi.drainJobs();
  assert.equal(router.table('ppp/secret').size, 0);
  assert.equal((await send(nadi, 'GET', account)).status, 404);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${budi.subscriptionId}/activate` });
  const made = await send(nadi, 'POST', 'mikrotik-secrets', again);
  assert.deepEqual(
    [made.status, made.username, made.subscription_id],
    [201, 'budi.baru', budi.subscriptionId],
  );
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi.baru').password, 'sandi-3');
  await assertSettled(nadi, routerId);
});
