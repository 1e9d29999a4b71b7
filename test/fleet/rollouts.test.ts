import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import {
  addInstallations,
  addRelease,
  type Client,
  fleetApp,
  runJob,
  seeRollout,
  startRollout,
  wireOf,
} from './fleet-world.ts';

const soak = { soak_minutes: 60, least_judged: 100 };

/** A fleet on 1.0.0 that was just heard of, and a release 1.1.0. */
async function fleet(count: number, release = {}) {
  const nadi = await fleetApp();
  const clients = await addInstallations(nadi, count);
  await addRelease(nadi, '1.0.0');
  const releaseId = await addRelease(nadi, '1.1.0', release);
  await beat(nadi, clients, '1.0.0');
  return { nadi, clients, releaseId, [Symbol.asyncDispose]: () => nadi[Symbol.asyncDispose]() };
}

const beat = (nadi: TestApp, clients: readonly Client[], version: string, info?: object) =>
  Promise.all(clients.map((client) => wireOf(nadi, client).beat(version, info)));

/** Those that a check offers the version now. */
async function offered(nadi: TestApp, clients: readonly Client[], from = '1.0.0', to = '1.1.0') {
  const found = await Promise.all(clients.map((client) => wireOf(nadi, client).check(from)));
  return clients.filter((_, n) => found[n].has_update && found[n].version === to);
}

async function take(nadi: TestApp, clients: readonly Client[], version = '1.1.0') {
  for (const client of clients) {
    assert.equal((await wireOf(nadi, client).download(version)).statusCode, 200);
    await wireOf(nadi, client).report(version);
  }
}

/** Time goes by, with heartbeats every ten minutes. */
async function pass(
  nadi: TestApp,
  minutes: number,
  beats: readonly (readonly [readonly Client[], string])[],
) {
  for (let gone = 0; gone < minutes; gone += 10) {
    nadi.clock.advance({ minutes: 10 });
    for (const [clients, version] of beats) await beat(nadi, clients, version);
  }
  await runJob(nadi, 'fleet.rollouts');
}

test('one canary, then half, then all; each stage waits for health, and only its members are offered', async () => {
  await using world = await fleet(20);
  const { nadi, clients } = world;
  const { id } = await startRollout(nadi, '1.1.0', [
    { count: 1, ...soak },
    { percent: 50, ...soak },
    { percent: 100, ...soak },
  ]);
  const canary = await offered(nadi, clients);
  assert.equal(canary.length, 1);
  await take(nadi, canary);
  const others = clients.filter((client) => !canary.includes(client));
  await pass(nadi, 50, [
    [canary, '1.1.0'],
    [others, '1.0.0'],
  ]);
  assert.deepEqual([(await seeRollout(nadi, id)).stage, (await offered(nadi, others)).length], [0, 0]);
  await pass(nadi, 20, [
    [canary, '1.1.0'],
    [others, '1.0.0'],
  ]);
  assert.equal((await seeRollout(nadi, id)).stage, 1);
  const half = await offered(nadi, others);
  assert.equal(half.length, 9);
  await take(nadi, half);
  const rest = others.filter((client) => !half.includes(client));
  await pass(nadi, 70, [
    [[...canary, ...half], '1.1.0'],
    [rest, '1.0.0'],
  ]);
  const last = await offered(nadi, rest);
  assert.equal(last.length, 10);
  await take(nadi, last);
  await pass(nadi, 70, [[clients, '1.1.0']]);
  const done = await seeRollout(nadi, id);
  assert.deepEqual([done.state, done.members.healthy], ['done', 20]);
  const [late] = await addInstallations(nadi, 1, 'NEW');
  assert.ok(late);
  assert.equal((await wireOf(nadi, late).check('1.0.0')).version, '1.1.0');
});

test('a canary that falls silent halts the rollout: the release is held, and the way back is offered', async () => {
  await using world = await fleet(12);
  const { nadi, clients, releaseId } = world;
  const { id } = await startRollout(nadi, '1.1.0', [
    { count: 3, ...soak, most_failed: 10 },
    { percent: 100, ...soak },
  ]);
  const members = await offered(nadi, clients);
  assert.equal(members.length, 3);
  await take(nadi, members);
  const others = clients.filter((client) => !members.includes(client));
  const [silent, ...alive] = members;
  assert.ok(silent);
  await pass(nadi, 40, [
    [alive, '1.1.0'],
    [others, '1.0.0'],
  ]);
  assert.equal((await seeRollout(nadi, id)).state, 'running');
  await pass(nadi, 30, [
    [alive, '1.1.0'],
    [others, '1.0.0'],
  ]);
  const halted = await seeRollout(nadi, id);
  assert.deepEqual([halted.state, halted.members.silent], ['halted', 1]);
  assert.match(halted.state_reason ?? '', /1 of \d installations that took it failed/);
  assert.equal((await offered(nadi, others)).length, 0);
  const { rows } = await nadi.kit.pool.query('select state from releases where id = $1', [releaseId]);
  assert.equal(rows[0].state, 'held');
  const alerts = await ok<{ data: { type: string; severity: string }[] }>(nadi, { url: '/api/alerts' });
  assert.deepEqual([alerts.data[0]?.type, alerts.data[0]?.severity], ['update', 'critical']);
  const back = await wireOf(nadi, alive[0] ?? silent).check('1.1.0');
  assert.deepEqual([back.version, back.has_migrations], ['1.0.0', false]);
  assert.match(back.server_message, /withdrawn/);
  assert.equal((await wireOf(nadi, alive[0] ?? silent).download('1.0.0')).statusCode, 200);
  await wireOf(nadi, alive[0] ?? silent).report('1.0.0');
  await pass(nadi, 10, [[others, '1.0.0']]);
  assert.equal((await seeRollout(nadi, id)).members.rolled_back, 1);
  assert.equal((await wireOf(nadi, alive[0] ?? silent).check('1.0.0')).has_update, false);
});

test('of a release that the one before cannot follow no way back is offered', async () => {
  await using world = await fleet(3, { compatible: false });
  const { nadi, clients } = world;
  const { id } = await startRollout(nadi, '1.1.0', [{ percent: 100, ...soak }]);
  await take(nadi, await offered(nadi, clients));
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/undo`, body: { reason: 'Uji' } });
  assert.equal((await offered(nadi, clients, '1.1.0', '1.0.0')).length, 0);
});

test('what failed there is not offered there again, and it rests longer each time; a floor comes through', async () => {
  await using world = await fleet(1);
  const { nadi, clients } = world;
  const [one] = clients;
  assert.ok(one);
  const wire = wireOf(nadi, one);
  const row = async () =>
    ok<{ failures: number; rests_until: string; failed_versions: string[] }>(nadi, {
      url: `/api/fleet/installations/${one.id}`,
    });
  await wire.check('1.0.0');
  await wire.report('1.1.0', 'failed', 'Disk penuh');
  await wire.report('1.1.0', 'failed', 'Disk penuh');
  assert.deepEqual([(await row()).failures, (await row()).rests_until], [1, '2026-01-15T04:00:00.000Z']);
  await addRelease(nadi, '1.2.0');
  assert.equal((await wire.check('1.0.0')).has_update, false);
  assert.equal((await wire.download('1.1.0')).statusCode, 404);
  nadi.clock.advance({ hours: 1 });
  assert.equal((await wire.check('1.0.0')).version, '1.2.0');
  await wire.report('1.2.0', 'failed', 'Disk penuh');
  nadi.clock.advance({ minutes: 90 });
  assert.equal((await wire.check('1.0.0')).has_update, false);
  await addRelease(nadi, '1.3.0', { is_floor: true });
  assert.equal((await wire.check('1.0.0')).version, '1.3.0');
  await wire.report('1.3.0');
  assert.deepEqual([(await row()).failures, (await row()).failed_versions], [0, []]);
});

test('a retry by a person offers it again at once', async () => {
  await using world = await fleet(1);
  const { nadi, clients } = world;
  const [one] = clients;
  assert.ok(one);
  await wireOf(nadi, one).check('1.0.0');
  await wireOf(nadi, one).report('1.1.0', 'failed', 'x');
  await ok(nadi, { method: 'POST', url: `/api/fleet/installations/${one.id}/retry` });
  assert.equal((await offered(nadi, clients)).length, 1);
});

test('approval, hours, cohorts; halted by a person, and resumed', async () => {
  await using world = await fleet(6);
  const { nadi, clients } = world;
  const [pilot, night] = clients;
  assert.ok(pilot && night);
  const put = (client: Client, body: object) =>
    ok(nadi, { method: 'PUT', url: `/api/fleet/installations/${client.id}`, body });
  await put(pilot, { cohorts: ['pilot'] });
  await put(night, { window_from: '22:00', window_until: '04:00' });
  const { id } = await startRollout(nadi, '1.1.0', [
    { cohorts: ['pilot'], ...soak },
    { percent: 100, needs_approval: true, ...soak },
  ]);
  assert.deepEqual(await offered(nadi, clients), [pilot]);
  await take(nadi, [pilot]);
  await pass(nadi, 70, [
    [[pilot], '1.1.0'],
    [clients.slice(1), '1.0.0'],
  ]);
  assert.equal((await seeRollout(nadi, id)).state_reason, 'approval');
  const act = (word: string, body?: object) =>
    nadi.request({ method: 'POST', url: `/api/rollouts/${id}/${word}`, ...(body ? { body } : {}) });
  assert.equal((await act('start')).json().code, 'rollout_state');
  assert.equal((await act('advance')).statusCode, 200);
  // It is past eleven in Jakarta.
  assert.deepEqual(await offered(nadi, clients.slice(1)), clients.slice(2));
  await act('halt', { reason: 'Tunggu' });
  assert.deepEqual(await offered(nadi, clients.slice(1)), []);
  await act('resume', { reason: 'Lanjut' });
  assert.deepEqual(await offered(nadi, clients.slice(1)), clients.slice(2));
  nadi.clock.set('2026-01-15T15:30:00Z');
  await beat(nadi, [night], '1.0.0');
  assert.deepEqual(await offered(nadi, [night]), [night]);
  const { rows } = await nadi.kit.pool.query(
    "select action, new_values->>'reason' as reason from audit_logs where subject_type = 'rollout' order by action",
  );
  assert.deepEqual(
    rows.map(({ action, reason }) => [action, reason]),
    [
      ['rollout.advanced', null],
      ['rollout.created', null],
      ['rollout.halted', 'Tunggu'],
      ['rollout.resumed', 'Lanjut'],
      ['rollout.started', null],
    ],
  );
});
