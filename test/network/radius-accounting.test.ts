import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeradiusMissing, radclient, startFreeradius } from '../support/freeradius.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { addLine, addRouter, secret } from './radius-support.ts';

interface Usage {
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly days: readonly { day: string; bytes_in: number; bytes_out: number }[];
}

const usage = (nadi: TestApp, id: string, query = '') =>
  ok<Usage>(nadi, { url: `/api/subscriptions/${id}/usage${query}` });

interface Sent {
  readonly status?: 'Start' | 'Interim-Update' | 'Stop';
  readonly session?: string;
  readonly user?: string;
  readonly at: string;
  readonly delay?: number;
  readonly seconds?: number;
  readonly input?: number;
  readonly output?: number;
  readonly giga?: readonly [input: number, output: number];
  readonly router?: string;
}

/** What FreeRADIUS calls for an accounting packet, at an instant of our choosing. */
async function account(nadi: TestApp, sent: Sent): Promise<void> {
  const { status = 'Interim-Update', session = '81', user = 'budi', delay = 0, seconds = 0 } = sent;
  const received = Math.floor(Date.parse(sent.at) / 1000);
  const [inGiga, outGiga] = sent.giga ?? [0, 0];
  const counters = [sent.input ?? 0, inGiga, sent.output ?? 0, outGiga];
  const values = [
    sent.router ?? '',
    status,
    `u-${session}`,
    session,
    user,
    '10.0.0.1',
    '1',
    'Ethernet',
    received,
    delay,
    seconds,
  ];
  await nadi.kit.pool.query(
    `select radius.account($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', 'AA:BB', '', '', 'PPP', '', '', '', '', '')`,
    [...values, ...counters],
  );
}

const count = (nadi: TestApp) => runJob(nadi, 'radius.usage');

async function runJob(nadi: TestApp, name: string): Promise<void> {
  await nadi.edition.jobs.find((job) => job.name === name)?.run({}, new AbortController().signal);
}

const openSessions = async (nadi: TestApp) =>
  (await ok<{ data: { username: string }[] }>(nadi, { url: '/api/radius/sessions' })).data;

test('FreeRADIUS stores start, interim and stop with gigawords, and resends are harmless', {
  skip: freeradiusMissing,
}, async () => {
  await using nadi = await testApp();
  const router = await addRouter(nadi);
  const { subscriptionId } = await addLine(nadi, 'budi');
  await using radius = await startFreeradius(nadi);
  const send = async (status: string, ...more: readonly string[]) => {
    const answer = await radclient(radius.port + 1, 'acct', secret, [
      'User-Name = "budi"',
      'Acct-Session-Id = "81000001"',
      'NAS-IP-Address = 127.0.0.1',
      'Framed-IP-Address = 10.10.0.5',
      'Framed-IPv6-Prefix = 2001:db8:1::/64',
      'Delegated-IPv6-Prefix = 2001:db8:8000::/56',
      'Calling-Station-Id = "AA:BB:CC:00:11:22"',
      'Class = 0x6e6164693a6f70656e20354d2f31304d',
      // Years off, as a router's clock is after its battery died.
      'Event-Timestamp = "Jan  1 1970 00:00:00 UTC"',
      `Acct-Status-Type = ${status}`,
      ...more,
    ]);
    assert.equal(answer.code, 'Accounting-Response');
  };
  await send('Start');
  const [open] = (await ok<{ data: Record<string, unknown>[] }>(nadi, { url: '/api/radius/sessions' })).data;
  assert.equal(open?.router_id, router);
  assert.equal(open?.subscription_id, subscriptionId);
  assert.equal(open?.framed_ip_address, '10.10.0.5');
  assert.equal(open?.framed_ipv6_prefix, '2001:db8:1::/64');
  assert.equal(open?.delegated_ipv6_prefix, '2001:db8:8000::/56');
  assert.equal(open?.isolated, false);
  const counters = (seconds: number, giga: number) => [
    `Acct-Session-Time = ${seconds}`,
    'Acct-Input-Octets = 4294967295',
    'Acct-Output-Octets = 7',
    `Acct-Input-Gigawords = ${giga}`,
    'Acct-Output-Gigawords = 3',
  ];
  await send('Interim-Update', ...counters(1, 2));
  for (const _ of [1, 2, 3]) await send('Stop', ...counters(2, 3), 'Acct-Terminate-Cause = User-Request');
  await send('Interim-Update', ...counters(1, 2));
  assert.deepEqual(await openSessions(nadi), []);
  const { rows } = await nadi.kit.pool.query('select * from radacct');
  assert.equal(rows.length, 1);
  assert.equal(rows[0].acctinputoctets, String(3n * 2n ** 32n + 4_294_967_295n));
  assert.equal(rows[0].acctoutputoctets, String(3n * 2n ** 32n + 7n));
  assert.equal(rows[0].acctterminatecause, 'User-Request');
  assert.ok(rows[0].acctstarttime > '2020', 'by the server’s own clock');
  await send('Accounting-On');
});

test('usage is counted once, whatever comes twice or late, and before it is counted it is told as well', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  nadi.clock.set('2026-01-15T04:00:00Z');
  await account(nadi, { status: 'Start', at: '2026-01-15T03:00:00Z' });
  await account(nadi, { at: '2026-01-15T03:05:00Z', seconds: 300, input: 100, output: 1000 });
  await account(nadi, { at: '2026-01-15T03:05:00Z', seconds: 300, input: 100, output: 1000 });
  assert.deepEqual((await usage(nadi, subscriptionId)).days, [
    { day: '2026-01-15', bytes_in: 100, bytes_out: 1000 },
  ]);
  await count(nadi);
  await count(nadi);
  await account(nadi, { status: 'Stop', at: '2026-01-15T03:10:00Z', seconds: 600, input: 250, output: 2500 });
  await account(nadi, { at: '2026-01-15T03:07:00Z', seconds: 420, input: 200, output: 2000 });
  await account(nadi, { status: 'Start', at: '2026-01-15T03:10:02Z', delay: 602 });
  await Promise.all([count(nadi), count(nadi)]);
  assert.deepEqual((await usage(nadi, subscriptionId)).days, [
    { day: '2026-01-15', bytes_in: 250, bytes_out: 2500 },
  ]);
  assert.deepEqual(await openSessions(nadi), [], 'a late interim does not open it again');
});

test('a stop that comes before its start, or alone, is the whole session', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  await account(nadi, { status: 'Stop', at: '2026-01-15T02:10:00Z', seconds: 600, input: 5, output: 6 });
  await account(nadi, { status: 'Start', at: '2026-01-15T02:10:03Z', delay: 603 });
  await count(nadi);
  const { rows } = await nadi.kit.pool.query('select acctstarttime, acctstoptime from radacct');
  assert.deepEqual(rows, [
    { acctstarttime: '2026-01-15T02:00:00.000Z', acctstoptime: '2026-01-15T02:10:00.000Z' },
  ]);
  assert.equal((await usage(nadi, subscriptionId)).bytes_out, 6);
});

test('what a session uses over midnight is shared between the local days, to the byte', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  // Midnight in Jakarta is 17:00 UTC.
  await account(nadi, { status: 'Start', at: '2026-01-15T16:50:00Z' });
  await account(nadi, { at: '2026-01-15T17:20:00Z', seconds: 1800, input: 1001, output: 3000 });
  const days = [
    { day: '2026-01-15', bytes_in: 334, bytes_out: 1000 },
    { day: '2026-01-16', bytes_in: 667, bytes_out: 2000 },
  ];
  nadi.clock.set('2026-01-15T17:21:00Z');
  assert.deepEqual((await usage(nadi, subscriptionId)).days, days);
  await count(nadi);
  assert.deepEqual((await usage(nadi, subscriptionId)).days, days);
  assert.deepEqual((await usage(nadi, subscriptionId, '?from=2026-01-16&to=2026-01-16')).days, days.slice(1));
  const wrong = await nadi.request({
    url: `/api/subscriptions/${subscriptionId}/usage?from=2026-01-17&to=2026-01-16`,
  });
  assert.equal(wrong.statusCode, 422);
});

test('a session of which nothing is heard ends with what is known, and a sign of life opens it again', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  await account(nadi, { status: 'Start', at: '2026-01-15T03:00:00Z' });
  await account(nadi, { at: '2026-01-15T03:05:00Z', seconds: 300, input: 10, output: 20 });
  nadi.clock.set('2026-01-15T03:29:00Z');
  await count(nadi);
  assert.equal((await openSessions(nadi)).length, 1);
  nadi.clock.set('2026-01-15T03:31:00Z');
  await count(nadi);
  assert.deepEqual(await openSessions(nadi), []);
  await account(nadi, { at: '2026-01-15T03:40:00Z', seconds: 2400, input: 30, output: 50 });
  assert.equal((await openSessions(nadi)).length, 1);
  await count(nadi);
  assert.equal((await usage(nadi, subscriptionId)).bytes_out, 50);
});

test('a session that was archived as lost and lives is not counted twice', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  await account(nadi, { status: 'Start', at: '2026-01-15T03:00:00Z' });
  await account(nadi, { at: '2026-01-15T03:05:00Z', seconds: 300, input: 10, output: 20 });
  nadi.clock.set('2026-01-25T03:00:00Z');
  await count(nadi);
  await runJob(nadi, 'radius.archive');
  const left = await nadi.kit.pool.query(
    `select (select count(*)::int from radacct) as recent, (select count(*)::int from radacct_archive) as archived,
       to_regclass('radacct_2026_01') is not null as by_month`,
  );
  assert.deepEqual(left.rows, [{ recent: 0, archived: 1, by_month: true }]);
  await account(nadi, { at: '2026-01-25T03:00:00Z', seconds: 864_000, input: 15, output: 70 });
  await count(nadi);
  const { bytes_in: sent, bytes_out: received } = await usage(nadi, subscriptionId);
  assert.deepEqual([sent, received], [15, 70]);
});

test('a router that restarts ends its sessions; a session with an old number is another one', async () => {
  await using nadi = await testApp();
  const [one, two] = [await addRouter(nadi), await addRouter(nadi, { name: 'Lain', host: '10.0.0.2' })];
  const { subscriptionId } = await addLine(nadi, 'budi');
  await addLine(nadi, 'siti');
  await account(nadi, { status: 'Start', at: '2026-01-15T03:00:00Z', router: one });
  await account(nadi, { at: '2026-01-15T03:05:00Z', seconds: 300, input: 10, output: 20, router: one });
  await account(nadi, {
    status: 'Start',
    at: '2026-01-15T03:00:00Z',
    router: two,
    user: 'siti',
    session: '82',
  });
  const restarted = (at: string) =>
    nadi.kit.pool.query(`select radius.nas_restarted($1, '', $2, 0)`, [one, Date.parse(at) / 1000]);
  await restarted('2026-01-15T03:10:00Z');
  assert.deepEqual(
    (await openSessions(nadi)).map(({ username }) => username),
    ['siti'],
  );
  // RouterOS counts its sessions from the same number again.
  await account(nadi, { status: 'Start', at: '2026-01-15T03:12:00Z', router: one });
  await account(nadi, { at: '2026-01-15T03:17:00Z', seconds: 300, input: 1, output: 2, router: one });
  await restarted('2026-01-15T03:10:00Z');
  assert.equal((await openSessions(nadi)).length, 2, 'sent again, it ends only what was before it');
  // And without a word: the counters start anew, too.
  await account(nadi, { status: 'Start', at: '2026-01-15T03:30:00Z', router: one });
  await account(nadi, { at: '2026-01-15T03:35:00Z', seconds: 300, input: 4, output: 8, router: one });
  await count(nadi);
  const { bytes_in: sent, bytes_out: received } = await usage(nadi, subscriptionId);
  assert.deepEqual([sent, received], [15, 30]);
});

test('counters no router can mean, and packets of nobody, break nothing', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  const most = 4_294_967_295;
  await account(nadi, {
    at: '2026-01-15T03:05:00Z',
    seconds: most,
    delay: most,
    input: most,
    output: most,
    giga: [most, most],
  });
  await account(nadi, { at: '2026-01-15T03:05:00Z', user: 'siapa', session: '99', input: 5 });
  nadi.clock.set('2026-01-15T03:06:00Z');
  await count(nadi);
  assert.equal((await usage(nadi, subscriptionId)).days.length > 0, true);
});

test('many sessions are counted in parts, so that accounting waits for few of them', async () => {
  await using nadi = await testApp();
  const { subscriptionId } = await addLine(nadi, 'budi');
  const { pool } = nadi.kit;
  const at = nadi.clock.now().toString();
  await pool.query(
    `insert into radacct (acctsessionid, acctuniqueid, username, acctstarttime, acctupdatetime, acctsessiontime, acctinputoctets, acctoutputoctets,
       class, subscription_id, counted_until)
     select n, n, 'budi', $1, $1, 0, 3, 4, '', $2, $1 from generate_series(1, 5000) n`,
    [at, subscriptionId],
  );
  const counted = async () => {
    const { rows } = await pool.query<{ sessions: number; bytes: number }>(
      `select (select count(*)::int from radacct where counted_input = 3) as sessions, coalesce(sum(bytes_in), 0)::int as bytes from usage_days`,
    );
    return rows[0];
  };
  // A packet of the last session is being stored.
  const packet = await pool.connect();
  await packet.query(`begin; update radacct set acctinputoctets = 10 where acctuniqueid = '5000'`);
  const job = count(nadi);
  const seen = await eventually(counted, (row) => (row?.sessions ?? 0) >= 4000);
  assert.deepEqual(seen, { sessions: 4000, bytes: 12_000 });
  await packet.query('commit');
  packet.release();
  await job;
  assert.deepEqual(await counted(), { sessions: 4999, bytes: 15_007 });
  nadi.clock.advance({ minutes: 26 });
  await count(nadi);
  const { rows } = await pool.query('select count(*)::int as lost from radacct where lost');
  assert.deepEqual(rows, [{ lost: 5000 }]);
});

/** What is seen once it is so; a test that never sees it ends by its time limit. */
async function eventually<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
  }
}
