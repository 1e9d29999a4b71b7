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

// Reports that are late, made up, or without end; and clocks that were wrong.

async function world(count = 1) {
  const nadi = await fleetApp();
  const clients = await addInstallations(nadi, count);
  await addRelease(nadi, '1.0.0');
  for (const client of clients) await wireOf(nadi, client).beat('1.0.0');
  const [client] = clients;
  assert.ok(client);
  return { nadi, clients, client, [Symbol.asyncDispose]: () => nadi[Symbol.asyncDispose]() };
}

const see = (nadi: TestApp, { id }: Client) =>
  ok<{
    version: string;
    failures: number;
    failed_versions: string[];
    rests_until: string | null;
    state: string;
  }>(nadi, {
    url: `/api/fleet/installations/${id}`,
  });
const kept = async (nadi: TestApp, { id }: Client) =>
  (await ok<{ total: number }>(nadi, { url: `/api/fleet/reports?installation_id=${id}` })).total;

const stage = { percent: 100, soak_minutes: 60, least_judged: 100, most_failed: 10 };

test('a success that nobody was offered is kept as a report, and changes nothing', async () => {
  await using at = await world();
  const { nadi, client } = at;
  const wire = wireOf(nadi, client);
  await addRelease(nadi, '1.1.0');
  await wire.check('1.0.0');
  await wire.report('1.1.0', 'failed', 'Disk penuh');
  for (const version of ['9.9.9', '1.0.0', '0.9.0']) await wire.report(version);
  const seen = await see(nadi, client);
  assert.deepEqual([seen.version, seen.failures, seen.failed_versions], ['1.0.0', 1, ['1.1.0']]);
  assert.equal(await kept(nadi, client), 4);
  nadi.clock.advance({ hours: 30 });
  assert.equal((await wire.check('1.0.0')).has_update, false);
});

test('a late report of a version that was left since does not bring it back, and fails no rollout', async () => {
  await using at = await world(3);
  const { nadi, clients, client } = at;
  await addRelease(nadi, '1.1.0');
  const { id } = await startRollout(nadi, '1.1.0', [stage]);
  for (const each of clients) {
    await wireOf(nadi, each).check('1.0.0');
    await wireOf(nadi, each).report('1.1.0');
    await wireOf(nadi, each).beat('1.1.0');
  }
  await runJob(nadi, 'fleet.rollouts');
  nadi.clock.advance({ minutes: 30 });
  for (const each of clients) await wireOf(nadi, each).beat('1.1.0');
  await wireOf(nadi, client).report('1.0.0');
  await runJob(nadi, 'fleet.rollouts');
  assert.equal((await see(nadi, client)).version, '1.1.0');
  assert.deepEqual((await seeRollout(nadi, id)).members, { updated: 3 });
});

test('who reports success and goes on with an older version, whichever, has failed', async () => {
  await using at = await world(3);
  const { nadi, clients, client } = at;
  await addRelease(nadi, '1.0.5', { state: 'yanked' });
  await addRelease(nadi, '1.1.0');
  const { id } = await startRollout(nadi, '1.1.0', [stage]);
  for (const each of clients) {
    await wireOf(nadi, each).check('1.0.0');
    await wireOf(nadi, each).report('1.1.0');
  }
  await runJob(nadi, 'fleet.rollouts');
  for (let minutes = 0; minutes < 70; minutes += 10) {
    nadi.clock.advance({ minutes: 10 });
    for (const each of clients) await wireOf(nadi, each).beat(each === client ? '1.0.5' : '1.1.0');
  }
  await runJob(nadi, 'fleet.rollouts');
  const { state, members } = await seeRollout(nadi, id);
  assert.deepEqual([state, members.rolled_back, members.healthy], ['halted', 1, 2]);
});

test('reports in a circle fill nothing: an hour takes sixty of one installation, and others are heard', async () => {
  await using at = await world(2);
  const { nadi, clients, client } = at;
  const [, other] = clients;
  assert.ok(other);
  for (let n = 0; n < 100; n += 1) await wireOf(nadi, client).report(`1.${n}.0`, 'failed', `galat ${n}`);
  assert.equal(await kept(nadi, client), 60);
  assert.equal((await see(nadi, client)).failed_versions.length, 20);
  await wireOf(nadi, other).report('1.1.0', 'failed', 'x');
  assert.equal(await kept(nadi, other), 1);
  nadi.clock.advance({ minutes: 61 });
  await wireOf(nadi, client).report('1.1.0', 'failed', 'lagi');
  assert.equal(await kept(nadi, client), 61);
});

test('who took a release without being drawn is led back, too, however often it asks', async () => {
  await using at = await world(2);
  const { nadi, clients, client: drawn } = at;
  const [, forced] = clients;
  assert.ok(forced);
  await addRelease(nadi, '1.1.0');
  await ok(nadi, {
    method: 'PUT',
    url: `/api/fleet/installations/${drawn.id}`,
    body: { cohorts: ['pilot'] },
  });
  const { id } = await startRollout(nadi, '1.1.0', [{ ...stage, cohorts: ['pilot'] }]);
  await ok(nadi, {
    method: 'PUT',
    url: `/api/fleet/installations/${forced.id}/directives`,
    body: { force_version: '1.1.0', reason: 'Uji' },
  });
  const wire = wireOf(nadi, forced);
  assert.equal((await wire.check('1.0.0')).version, '1.1.0');
  await wire.report('1.1.0');
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/undo`, body: { reason: 'Galat' } });
  for (let n = 0; n < 3; n += 1) assert.equal((await wire.check('1.1.0')).version, '1.0.0');
  assert.equal((await wire.download('1.0.0')).statusCode, 200);
  await wire.report('1.0.0');
  assert.equal((await wire.check('1.0.0')).has_update, false);
});

test('a clock of ours that was a year ahead hides no silence, and lets nobody rest a year', async () => {
  await using at = await world();
  const { nadi, client } = at;
  const wire = wireOf(nadi, client);
  await addRelease(nadi, '1.1.0');
  const right = nadi.clock.now();
  nadi.clock.advance({ hours: 365 * 24 });
  await wire.beat('1.0.0');
  await wire.check('1.0.0');
  await wire.report('1.1.0', 'failed', 'x');
  nadi.clock.set(right.toString());
  await addRelease(nadi, '1.2.0');
  await wire.beat('1.0.0');
  assert.equal((await wire.check('1.0.0')).version, '1.2.0');
  nadi.clock.advance({ hours: 2 });
  assert.equal((await see(nadi, client)).state, 'silent');
});
