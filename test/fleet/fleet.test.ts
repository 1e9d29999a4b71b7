import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import {
  addInstallations,
  addRelease,
  type Client,
  fleetApp,
  fleetEdition,
  runJob,
  wireOf,
} from './fleet-world.ts';

let nadi: TestApp;
let clients: readonly Client[];
let next = 0;
const client = () => clients[next++] ?? assert.fail('add more installations');

interface Seen {
  readonly id: string;
  readonly state: string;
  readonly seems_cloned: boolean;
  readonly other_info: { readonly server?: string } | null;
  readonly environment: string;
}
const see = (id: string) => ok<Seen>(nadi, { url: `/api/fleet/installations/${id}` });
const list = async (query: string) =>
  (await ok<{ data: Seen[] }>(nadi, { url: `/api/fleet/installations?${query}` })).data.map(({ id }) => id);

before(async () => {
  nadi = await fleetApp();
  clients = await addInstallations(nadi, 20);
  await addRelease(nadi, '1.0.0');
});
after(() => nadi[Symbol.asyncDispose]());

test('online, late and silent by the last sign, in lists and shown', async () => {
  const [one, two] = [client(), client()];
  await wireOf(nadi, one).beat('1.0.0');
  nadi.clock.advance({ minutes: 40 });
  await wireOf(nadi, two).beat('1.0.0');
  assert.deepEqual([(await see(one.id)).state, (await see(two.id)).state], ['late', 'online']);
  assert.deepEqual([await list('state=late'), await list('state=online')], [[one.id], [two.id]]);
  nadi.clock.advance({ minutes: 30 });
  assert.deepEqual(await list('state=silent'), [one.id]);
  assert.deepEqual(
    await list(`search=${one.agent_code.toLowerCase()}&version=1.0.0&environment=php 8.2, laravel 12, linux`),
    [one.id],
  );
});

test('two machines with one agent code are seen by what they say of themselves; an update alone is none', async () => {
  const [one, other] = [client(), client()];
  const machine = (server: string) => ({ php: '8.2.20', os: 'Linux', server });
  for (let n = 0; n < 3; n += 1) {
    await wireOf(nadi, one).beat('1.0.0', machine('asli'));
    await wireOf(nadi, one).beat('1.0.0', machine('salinan'));
  }
  const seen = await see(one.id);
  assert.equal(seen.seems_cloned, true);
  assert.equal(seen.other_info?.server, 'asli');
  await wireOf(nadi, other).beat('1.0.0', machine('a'));
  await wireOf(nadi, other).beat('1.1.0', machine('a'));
  await wireOf(nadi, other).beat('1.0.0', machine('a'));
  assert.equal((await see(other.id)).seems_cloned, false);
  nadi.clock.advance({ hours: 25 });
  assert.equal((await see(one.id)).seems_cloned, false);
});

test('many at once: every heartbeat that was answered is there, also with two nodes and one agent code', async () => {
  const fleet = await addInstallations(nadi, 300, 'MANY');
  await using other = await testApp({
    edition: fleetEdition,
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
  });
  other.clock.set(nadi.clock.now().toString());
  const beats = fleet.flatMap((each) => [nadi, other, nadi].map((node) => wireOf(node, each).beat('1.0.0')));
  const checks = fleet.flatMap((each) => [nadi, other].map((node) => wireOf(node, each).check('1.0.0')));
  await Promise.all([...beats, ...checks]);
  const { rows } = await nadi.kit.pool.query<{ n: number }>(
    `select count(*)::int as n from fleet_installations f join installations i on i.id = f.installation_id
     where i.agent_code like 'MANY-%' and f.last_heartbeat_at = $1 and f.last_check_at = $1`,
    [nadi.clock.now().toString()],
  );
  assert.equal(rows[0]?.n, 300);
});

test('heartbeats touch no index once pages have room', async () => {
  const { rows } = await nadi.kit.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_indexes where tablename = 'fleet_installations' and indexdef ~ '(heartbeat|check|info|offered)'`,
  );
  assert.equal(rows[0]?.n, 0);
});

test('directives are kept with their reason, audited, and wait for the director where they switch off or force', async () => {
  const one = client();
  await wireOf(nadi, one).beat('1.0.0');
  const url = `/api/fleet/installations/${one.id}/directives`;
  const told = await ok<Record<string, unknown>>(nadi, {
    method: 'PUT',
    url,
    body: { server_message: 'Halo', reason: 'Sapa' },
  });
  assert.equal(told.awaits_signature, false);
  const forced = await ok<Record<string, unknown>>(nadi, {
    method: 'PUT',
    url,
    body: { force_version: '1.0.0', reason: 'Celah' },
  });
  assert.deepEqual([forced.awaits_signature, forced.server_message], [true, 'Halo']);
  const { rows } = await nadi.kit.pool.query<{ action: string; new_values: Record<string, unknown> }>(
    'select action, new_values from audit_logs where subject_id = $1',
    [one.id],
  );
  assert.deepEqual(rows.map(({ new_values: values }) => values.reason).sort(), ['Celah', 'Sapa']);
  const documents = await nadi.kit.pool.query(
    'select role, kind, state from trust_documents where subject = $1 order by role',
    [one.id],
  );
  assert.deepEqual(documents.rows, [
    { role: 'director', kind: 'directives', state: 'waiting' },
    { role: 'online', kind: 'messages', state: 'signed' },
  ]);
  const denied = await nadi.request({ as: 'operator', method: 'PUT', url, body: { reason: 'x' } });
  assert.equal(denied.statusCode, 403);
});

test('analytics: adoption by day, outcomes by version and environment, times and errors', async () => {
  await addRelease(nadi, '3.0.0');
  const [good, bad] = [client(), client()];
  for (const each of [good, bad]) {
    await wireOf(nadi, each).beat('1.0.0');
    await wireOf(nadi, each).check('1.0.0');
  }
  nadi.clock.advance({ minutes: 10 });
  await wireOf(nadi, good).report('3.0.0');
  await wireOf(nadi, good).beat('3.0.0');
  await wireOf(nadi, bad).report('3.0.0', 'failed', 'Disk penuh');
  await runJob(nadi, 'fleet.count');
  const found = await ok<Record<string, unknown[]>>(nadi, {
    url: '/api/fleet/analytics?from=2026-01-01&to=2026-01-31&version=3.0.0',
  });
  assert.deepEqual(found.adoption, [{ day: '2026-01-16', version: '3.0.0', installations: 1 }]);
  const [outcome] = found.outcomes ?? [];
  assert.deepEqual(outcome, {
    version: '3.0.0',
    environment: 'php 8.2, laravel 12, linux',
    success: 1,
    failed: 1,
    silent: 0,
    rolled_back: 0,
    success_rate: 50,
  });
  assert.deepEqual(found.times, [{ version: '3.0.0', updates: 1, mean_seconds: 600, p90_seconds: 600 }]);
  assert.match(JSON.stringify(found.errors), /"error":"Disk penuh","installations":1/);
});
