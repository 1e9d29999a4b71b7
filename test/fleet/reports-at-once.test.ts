import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApp } from '../support/test-app.ts';
import {
  addInstallations,
  addRelease,
  fleetApp,
  fleetEdition,
  post,
  runJob,
  seeRollout,
  startRollout,
  wireOf,
} from './fleet-world.ts';

test('reports, heartbeats, checks and rollouts at the same moment, on two nodes: none is lost, and none waits in a circle', async () => {
  await using nadi = await fleetApp();
  await using other = await testApp({
    edition: fleetEdition,
    databaseUrl: nadi.kit.config.databaseUrl ?? '',
  });
  const clients = await addInstallations(nadi, 300);
  await addRelease(nadi, '1.0.0');
  await addRelease(nadi, '1.1.0');
  await Promise.all(clients.map((client) => wireOf(nadi, client).beat('1.0.0')));
  const stage = { percent: 100, soak_minutes: 0, least_judged: 100, most_failed: 100 };
  const { id } = await startRollout(nadi, '1.1.0', [stage, stage]);
  await Promise.all(clients.map((client) => wireOf(nadi, client).check('1.0.0')));
  for (let round = 0; round < 12; round += 1) {
    for (const node of [nadi, other]) node.clock.advance({ minutes: 5 });
    // Each time in another order.
    const order = clients.toSorted(
      (one, two) => Math.sin(round * 7 + one.id.charCodeAt(35)) - Math.sin(two.id.charCodeAt(34)),
    );
    const version = round % 3 === 2 ? '1.0.0' : '1.1.0';
    const answers = await Promise.all([
      ...order.flatMap((client, n) => {
        const node = n % 2 === 0 ? nadi : other;
        const said = { ...client, version, current_version: version, client_info: {}, status: 'success' };
        return (['report', 'heartbeat', 'check'] as const).map(async (path) => post(node, path, said));
      }),
      ...[nadi, other, nadi].map(async (node) => {
        await runJob(node, 'fleet.rollouts');
        return { statusCode: 200, body: '' };
      }),
    ]);
    for (const { statusCode, body } of answers) assert.equal(statusCode, 200, body);
  }
  const { members } = await seeRollout(nadi, id);
  assert.equal(
    Object.values(members).reduce((sum, count) => sum + count, 0),
    300,
  );
});
