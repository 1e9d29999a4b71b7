import assert from 'node:assert/strict';
import { test } from 'node:test';
import { businessEdition } from '../../server/editions/business.ts';
import { vendorParts } from '../../server/editions/vendor.ts';
import { standInHooks } from '../support/fleet-hooks.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import {
  addInstallations,
  addRelease,
  fleetApp,
  fleetEdition,
  runJob,
  seeRollout,
  startRollout,
  wireOf,
} from './fleet-world.ts';

/** A rollout of which a member reported a failure that nobody looked at yet. */
async function failing(nadi: TestApp) {
  const clients = await addInstallations(nadi, 30);
  await addRelease(nadi, '1.0.0');
  await addRelease(nadi, '1.1.0');
  for (const client of clients) await wireOf(nadi, client).beat('1.0.0');
  const { id } = await startRollout(nadi, '1.1.0', [{ count: 10 }]);
  let failed = 0;
  for (const client of clients) {
    const { has_update: isOffered } = await wireOf(nadi, client).check('1.0.0');
    if (isOffered && failed++ === 0) await wireOf(nadi, client).report('1.1.0', 'failed', 'x');
  }
  assert.equal(failed, 10);
  return id;
}

const alertsOf = async (nadi: TestApp) =>
  (await ok<{ total: number }>(nadi, { url: '/api/alerts?type=update' })).total;

test('two nodes that look at once halt it once', async () => {
  await using nadi = await fleetApp();
  await using other = await testApp({
    edition: fleetEdition,
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
  });
  const id = await failing(nadi);
  await Promise.all([nadi, other, nadi, other].map((node) => runJob(node, 'fleet.rollouts')));
  assert.equal((await seeRollout(nadi, id)).state, 'halted');
  assert.equal(await alertsOf(nadi), 1);
});

test('two nodes that start and draw at once reach each stage once', async () => {
  await using nadi = await fleetApp();
  await using other = await testApp({
    edition: fleetEdition,
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
  });
  const clients = await addInstallations(nadi, 30);
  await addRelease(nadi, '1.0.0');
  await addRelease(nadi, '1.1.0');
  for (const client of clients) await wireOf(nadi, client).beat('1.0.0');
  const starts_at = '2026-01-15T03:05:00Z';
  const body = { version: '1.1.0', starts_at, stages: [{ name: 'Lima', count: 5 }] };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/rollouts', body });
  const second = await nadi.request({ method: 'POST', url: '/api/rollouts', body });
  assert.equal(second.json().code, 'rollout_open');
  await runJob(nadi, 'fleet.rollouts');
  assert.equal((await seeRollout(nadi, id)).state, 'waiting');
  for (const node of [nadi, other]) node.clock.set('2026-01-15T03:06:00Z');
  await Promise.all([nadi, other, nadi, other].map((node) => runJob(node, 'fleet.rollouts')));
  const seen = await seeRollout(nadi, id);
  assert.deepEqual([seen.state, seen.members.offered], ['running', 5]);
});

test('killed while it halts, nothing is half done, and the next look does it', async () => {
  await using nadi = await fleetApp();
  const id = await failing(nadi);
  const killed = await testApp({
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
    edition: (kit) =>
      businessEdition(
        kit,
        'vendor',
        vendorParts(kit, {
          fleet: {
            ...standInHooks(kit),
            // As the database sees a process that dies here.
            holdRelease: async () => {
              const { rows } = await kit.pool.query<{ pid: number }>(
                `select pid from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
              );
              for (const { pid } of rows) await nadi.kit.pool.query('select pg_terminate_backend($1)', [pid]);
            },
          },
        }),
      ),
  });
  await assert.rejects(runJob(killed, 'fleet.rollouts'));
  await killed[Symbol.asyncDispose]();
  assert.equal((await seeRollout(nadi, id)).state, 'running');
  assert.equal(await alertsOf(nadi), 0);
  await runJob(nadi, 'fleet.rollouts');
  assert.equal((await seeRollout(nadi, id)).state, 'halted');
  assert.equal(await alertsOf(nadi), 1);
});

test('a heartbeat is answered with 200 only where it is kept, whatever happens to the database meanwhile', async () => {
  await using nadi = await fleetApp();
  await using other = await testApp({
    edition: fleetEdition,
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
  });
  const clients = await addInstallations(nadi, 400);
  const beats = clients.map(async (client) => {
    const { agent_code, license_key } = client;
    const payload = { agent_code, license_key, current_version: '1.0.0', client_info: {} };
    const answer = await nadi.app.inject({ method: 'POST', url: '/ota/heartbeat', payload });
    return { client, status: answer.statusCode };
  });
  const kill = async () =>
    other.kit.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'test' and query ~ 'fleet_installations' and pid <> pg_backend_pid()`,
    );
  for (let n = 0; n < 20; n += 1) await kill();
  const answers = await Promise.all(beats);
  const { rows } = await other.kit.pool.query<{ id: string }>(
    'select installation_id as id from fleet_installations where last_heartbeat_at is not null',
  );
  const kept = new Set(rows.map(({ id }) => id));
  for (const { client, status } of answers) {
    if (status === 200) assert.ok(kept.has(client.id));
    else assert.equal(status, 503);
  }
});
