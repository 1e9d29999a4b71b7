import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSessions } from '../../server/modules/radius/check-sessions.ts';
import { endSessions, type RadiusTiming } from '../../server/modules/radius/end-session.ts';
import type { RadiusHooks } from '../../server/modules/radius/hooks.ts';
import { attributeTypes, codes } from '../../server/modules/radius/packet.ts';
import { findOpenSession, openSessionsAmong } from '../../server/modules/radius/session-queries.ts';
import { type FakeNas, fakeNas, type Manner, says, textsOf } from '../support/fake-nas.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { startSimulated } from './provisioned.ts';
import { addLine, addRouter, secret } from './radius-support.ts';

/** Enough for a router on this machine. */
const timing: RadiusTiming = { tries: 2, waitMs: 100, goneWithinMs: 300 };

async function started(manner: Manner, more: object = {}) {
  await using cleanup = new AsyncDisposableStack();
  const nadi = cleanup.use(await testApp());
  const nas = cleanup.use(await fakeNas(secret, manner));
  const router = await addRouter(nadi, { coa_port: nas.port, ...more });
  const line = await addLine(nadi, 'budi');
  const owned = cleanup.move();
  return { nadi, nas, router, ...line, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What the accounting calls; `status` Start opens, Stop ends. */
async function account(nadi: TestApp, router: string, status: string, at: string, value = ''): Promise<void> {
  await nadi.kit.pool.query(
    `select radius.account($1, $2, 'u-81', '81', 'budi', '10.0.0.1', '1', '', $3, 0, 0, 0, 0, 0, 0, '', 'AA:BB', '', '', 'PPP', '10.10.0.5', '', '', '', $4)`,
    [router, status, Date.parse(at) / 1000, value],
  );
}

const begin = (nadi: TestApp, router: string, value?: string) =>
  account(nadi, router, 'Start', '2026-01-15T02:00:00Z', value);

async function sessionOf(nadi: TestApp) {
  const { data } = await ok<{ data: { id: string; isolated: boolean }[] }>(nadi, {
    url: '/api/radius/sessions',
  });
  return data[0];
}

/** A router that ends the session when asked to, and says so to the accounting as well. */
const obeys =
  (nadi: TestApp, router: string): Manner =>
  async (packet) => {
    if (packet.code === codes.disconnectRequest) await account(nadi, router, 'Stop', '2026-01-15T03:00:01Z');
    return says.yes(packet);
  };

/** Nobody speaks the router's own API. */
const noApi: RadiusHooks = { disconnectByApi: async () => new Set(), speedsByApi: async () => new Map() };

async function end(nadi: TestApp, hooks = noApi) {
  const id = (await sessionOf(nadi))?.id ?? '';
  const session = await findOpenSession(nadi.kit.db, id);
  assert.ok(session);
  return (await endSessions(nadi.kit, hooks, [session], timing)).get(id);
}

test('a session is ended by what RouterOS finds it by, and its end is seen', async () => {
  await using world = await started(says.silence);
  const { nadi, nas, router } = world;
  nas.manner = obeys(nadi, router);
  await begin(nadi, router);
  const id = (await sessionOf(nadi))?.id;
  const answer = await ok(nadi, { method: 'POST', url: `/api/radius/sessions/${id}/disconnect` });
  assert.deepEqual(answer, { success: true, message: 'The session has ended.' });
  assert.equal(await sessionOf(nadi), undefined);
  const [request] = nas.heard;
  assert.deepEqual(
    request?.attributes.map(({ type }) => type),
    [
      attributeTypes.messageAuthenticator,
      attributeTypes.userName,
      attributeTypes.acctSessionId,
      attributeTypes.framedIpAddress,
    ],
  );
  assert.deepEqual(textsOf(request, attributeTypes.acctSessionId), ['81']);
  const again = await nadi.request({ method: 'POST', url: `/api/radius/sessions/${id}/disconnect` });
  assert.equal(again.statusCode, 404);
  const { rows } = await nadi.kit.pool.query(
    `select new_values from audit_logs where action = 'radius_session.disconnected'`,
  );
  assert.equal(rows[0].new_values.outcome, 'gone');
});

test('complaint 12: a router that says yes and keeps the session is not believed', async () => {
  await using world = await started(says.yes);
  await begin(world.nadi, world.router);
  assert.equal(await end(world.nadi), 'unverified');
  assert.notEqual(await sessionOf(world.nadi), undefined);
  assert.equal(
    await end(world.nadi, { ...noApi, disconnectByApi: async (_, names) => new Set(names) }),
    'gone',
    'by the API',
  );
  assert.equal(await sessionOf(world.nadi), undefined);
});

test('a router that refuses, is silent, or is not ours leaves the session open; the API is tried, whatever it does', async () => {
  await using world = await started(says.no);
  const { nadi, nas, router } = world;
  await begin(nadi, router);
  assert.equal(await end(nadi), 'refused');
  nas.manner = says.silence;
  const before = nas.heard.length;
  assert.equal(await end(nadi), 'silent');
  const sent = nas.heard.slice(before);
  assert.equal(sent.length, timing.tries);
  assert.equal(
    new Set(sent.map(({ id, authenticator }) => `${id} ${authenticator.toString('hex')}`)).size,
    1,
    'the same packet',
  );
  nas.manner = (packet) => ({ ...says.yes(packet), secret: 'someone else' });
  assert.equal(await end(nadi), 'silent', 'an answer of who does not know the secret is none');
  const broken = async () => Promise.reject(new Error('broken'));
  assert.equal(await end(nadi, { ...noApi, disconnectByApi: broken }), 'silent');
  await nadi.kit.pool.query('update router_settings set is_active = false');
  assert.equal(await end(nadi), 'no_router');
});

test('a lost packet is sent again; a router that takes no Message-Authenticator is asked without', async () => {
  await using world = await started(says.silence);
  const { nadi, nas, router } = world;
  nas.manner = (packet) => {
    if (nas.heard.length === 1) return undefined;
    const signed = packet.attributes.some(({ type }) => type === attributeTypes.messageAuthenticator);
    return signed ? { code: codes.disconnectNak, cause: 401 } : obeys(nadi, router)(packet, Buffer.alloc(0));
  };
  await begin(nadi, router);
  assert.equal(await end(nadi), 'gone');
});

test('complaint 14: a session that its router does not know is no longer shown as online', async () => {
  await using world = await started(says.unknown);
  await begin(world.nadi, world.router);
  assert.equal(await end(world.nadi), 'gone');
  assert.equal(await sessionOf(world.nadi), undefined);
});

test('complaint 6: who is suspended is put off the line at once, and let alone otherwise', async () => {
  await using world = await started(says.silence);
  const { nadi, nas, router, subscriptionId } = world;
  nas.manner = obeys(nadi, router);
  await begin(nadi, router, 'nadi:open 5M/10M');
  await ok(nadi, {
    method: 'PUT',
    url: `/api/subscriptions/${subscriptionId}`,
    body: { comment: 'Rumah biru' },
  });
  await nadi.drainJobs();
  assert.equal(nas.heard.length, 0, 'nothing about the line changed');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/suspend` });
  await nadi.drainJobs();
  assert.equal(await sessionOf(nadi), undefined);
  assert.equal(nas.heard.length, 1);
});

test('who pays while isolated is put off the line, to come back whole', async () => {
  await using world = await started(says.silence);
  const { nadi, nas, router, subscriptionId } = world;
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'isolir' } });
  nas.manner = obeys(nadi, router);
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/suspend` });
  await begin(nadi, router, 'nadi:isolir 512k/512k');
  assert.equal((await sessionOf(nadi))?.isolated, true);
  await nadi.drainJobs();
  assert.equal(nas.heard.length, 0, 'isolated as it should be');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${subscriptionId}/activate` });
  await nadi.drainJobs();
  assert.equal(await sessionOf(nadi), undefined);
});

const newSpeed = (nadi: TestApp, id: string) =>
  ok(nadi, { method: 'PUT', url: `/api/packages/${id}`, body: { bandwidth: '20M/20M' } });
const lookForDrift = async (nadi: TestApp) =>
  nadi.edition.jobs.find(({ name }) => name === 'radius.drift')?.run({}, new AbortController().signal);

test('a new speed is given to the running session; where the router does not take it, the session starts anew', async () => {
  await using world = await started(says.yes);
  const { nadi, nas, router, packageId } = world;
  await begin(nadi, router, 'nadi:open 5M/10M');
  await newSpeed(nadi, packageId);
  await lookForDrift(nadi);
  await nadi.drainJobs();
  assert.equal(nas.heard.length, 1);
  assert.equal(nas.heard[0]?.code, codes.coaRequest);
  assert.match(textsOf(nas.heard[0], attributeTypes.vendorSpecific).join(), /20M\/20M$/);
  assert.notEqual(await sessionOf(nadi), undefined, 'it goes on');
  await lookForDrift(nadi);
  await nadi.drainJobs();
  assert.equal(nas.heard.length, 1, 'told once');
  await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { bandwidth: '30M/30M' } });
  const obeying = obeys(nadi, router);
  nas.manner = (packet, bytes) => (says.isCoa(packet) ? says.no(packet) : obeying(packet, bytes));
  await lookForDrift(nadi);
  await nadi.drainJobs();
  assert.equal(await sessionOf(nadi), undefined);
});

test('complaint 12: a router that says yes and keeps the old speed is not believed where its API tells otherwise', async () => {
  await using api = await startSimulated();
  await using world = await started(says.silence, { port: api.port, username: 'nadi', password: 'rahasia' });
  const { nadi, nas, router, packageId } = world;
  const queue = { name: '<pppoe-budi>', target: '10.10.0.5', 'max-limit': '5M/10M' };
  const row = api.insert('queue/simple', queue);
  const obeying = obeys(nadi, router);
  nas.manner = (packet, bytes) => {
    if (!says.isCoa(packet)) return obeying(packet, bytes);
    api.table('queue/simple').update(row, { 'max-limit': '20M/20M' });
    return says.yes(packet);
  };
  await begin(nadi, router, 'nadi:open 5M/10M');
  await newSpeed(nadi, packageId);
  await nadi.drainJobs();
  assert.equal(nas.heard.length, 1, 'at once');
  assert.notEqual(await sessionOf(nadi), undefined, 'it goes on with the new speed');
  nas.manner = (packet, bytes) => (says.isCoa(packet) ? says.yes(packet) : obeying(packet, bytes));
  await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { bandwidth: '30M/30M' } });
  await nadi.drainJobs();
  assert.equal(await sessionOf(nadi), undefined, 'it starts anew');
});

test('what a router did not hear is tried again until it did', async () => {
  await using world = await started(says.silence);
  const { nadi, nas, router, subscriptionId } = world;
  await begin(nadi, router, 'nadi:open 5M/10M');
  await nadi.kit.pool.query(`update subscriptions set status = 'expired' where id = $1`, [subscriptionId]);
  await lookForDrift(nadi);
  await checkSessions(nadi.kit, noApi, timing);
  const tried = nas.heard.length;
  assert.ok(tried > 0);
  await checkSessions(nadi.kit, noApi, timing);
  assert.equal(nas.heard.length, tried, 'not at once');
  nas.manner = obeys(nadi, router);
  nadi.clock.advance({ seconds: 31 });
  await checkSessions(nadi.kit, noApi, timing);
  assert.equal(await sessionOf(nadi), undefined);
  await checkSessions(nadi.kit, noApi, timing);
  assert.equal((await nadi.kit.pool.query('select from radius_checks')).rowCount, 0);
});

test('many sessions of one billing run are ended together', async () => {
  await using world = await started(says.silence);
  const { nadi, router } = world;
  const nas: FakeNas = world.nas;
  const names = Array.from({ length: 250 }, (_, index) => `banyak${index}`);
  await nadi.kit.pool.query(
    `with c as (insert into customers (id, name, created_at, updated_at) select gen_random_uuid(), n, $2, $2 from unnest($1::text[]) n returning id, name),
       s as (insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, auto_renew, created_at, updated_at)
         select gen_random_uuid(), c.id, $3, c.name, '2025-12-01', '2026-01-14', '2026-01-14', 1, false, $2, $2 from c returning id, mikrotik_username)
     insert into mikrotik_secrets (id, subscription_id, username, password, created_at, updated_at)
       select gen_random_uuid(), s.id, s.mikrotik_username, 'x', $2, $2 from s`,
    [names, '2025-12-01T00:00:00Z', world.packageId],
  );
  await nadi.kit.pool.query(
    `select radius.account($2, 'Start', n, n, n, '', '', '', $3, 0, 0, 0, 0, 0, 0, '', '', '', '', 'PPP', '', '', '', '', 'nadi:open 5M/10M') from unnest($1::text[]) n`,
    [names, router, Date.parse('2026-01-15T02:00:00Z') / 1000],
  );
  nas.manner = async (packet) => {
    const [name = ''] = textsOf(packet, attributeTypes.userName);
    await nadi.kit.pool.query(
      `select radius.account($1, 'Stop', $2, $2, $2, '', '', '', $3, 0, 0, 0, 0, 0, 0, '', '', '', '', 'PPP', '', '', '', '', '')`,
      [router, name, Date.parse('2026-01-15T03:00:01Z') / 1000],
    );
    return says.yes(packet);
  };
  const asked: (readonly string[])[] = [];
  const obeying = nas.manner;
  nas.manner = says.yes;
  const open = await openSessionsAmong(
    nadi.kit.db,
    Array.from({ length: 300 }, (_, index) => String(index)),
  );
  assert.equal(open.length, 250);
  const byApi = async (_: string, wanted: readonly string[]) => {
    asked.push(wanted);
    return new Set<string>();
  };
  await endSessions(nadi.kit, { ...noApi, disconnectByApi: byApi }, open, timing);
  assert.deepEqual(
    asked.map(({ length }) => length),
    [250],
    'the router’s API is asked once for all',
  );
  nas.manner = obeying;
  await nadi.edition.runBilling();
  await nadi.drainJobs();
  const { rows } = await nadi.kit.pool.query(
    'select count(*)::int as open from radacct where acctstoptime is null',
  );
  assert.deepEqual(rows, [{ open: 0 }]);
});
