import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, payAll } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import {
  addRouter,
  assertSettled,
  isOnline,
  letLapse,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
} from './provisioned.ts';

test('subscribed is online, suspended is offline, paid is online at once, cancelled is gone (field.md 1, 6)', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const secret = rowOf(router, 'ppp/secret', 'budi');
  assert.equal(secret.comment, `nadi:${budi.subscriptionId}`);
  assert.equal(secret.disabled, 'false');
  const profile = rowOf(router, 'ppp/profile', secret.profile ?? '');
  assert.deepEqual([profile['rate-limit'], profile['remote-address']], ['5M/10M', 'pelanggan']);
  router.plug({ username: 'budi', password: budi.password, redialSeconds: 1 });
  assert.ok(isOnline(router, 'budi'));

  await letLapse(nadi);
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  router.advance(60);
  assert.ok(!isOnline(router, 'budi'));

  await payAll(nadi, budi.subscriptionId);
  await nadi.drainJobs();
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);

  await ok(nadi, { method: 'DELETE', url: `/api/subscriptions/${budi.subscriptionId}` });
  await nadi.drainJobs();
  router.advance(60);
  assert.equal(router.table('ppp/secret').named('budi').length, 0);
  assert.ok(!isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});

test('a router that comes after its customers holds all of them at once, those without access too', async () => {
  await using nadi = await testApp();
  const packageId = await packageOf(nadi);
  await subscribed(nadi, packageId, 'budi', { start_date: '2025-12-01', end_date: '2025-12-31' });
  await letLapse(nadi);
  await subscribed(nadi, packageId, 'ayu', { start_date: '2026-02-17', end_date: '2026-03-17' });
  await using router = await startSimulated();
  const routerId = await addRouter(nadi, router, 'Pusat');
  await nadi.drainJobs();
  assert.equal(rowOf(router, 'ppp/secret', 'budi').disabled, 'true');
  assert.equal(rowOf(router, 'ppp/secret', 'ayu').disabled, 'false');
  await assertSettled(nadi, routerId);
});
