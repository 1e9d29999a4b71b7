import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, subscriber } from '../support/provider.ts';
import { dials, organisation, page } from './notice-support.ts';
import { letLapse, packageOf, provisioned, subscribed } from './provisioned.ts';

test('without RADIUS the router is asked who has the address now', async () => {
  await using world = await provisioned();
  const { nadi, router } = world;
  router.insert('ip/pool', { name: 'isolir', ranges: '10.99.0.2-10.99.0.20' });
  await ok(nadi, {
    method: 'PUT',
    url: '/api/organisation',
    body: { ...organisation, isolir_pool: 'isolir' },
  });
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi', {}, { name: 'Budi Santoso' });
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password });
  await letLapse(nadi);
  await nadi.drainJobs();
  router.advance(60);
  const [session] = router.table('ppp/active').named('budi');
  const address = session?.values.address ?? '';
  assert.match(address, /^10\.99\.0\./);
  assert.match((await page(nadi, address)).body, /Bu\*\*\* Sa\*\*\*/);
  const asked = () => router.stats.commands.get('/ppp/active/print') ?? 0;
  const before = asked();
  await Promise.all(Array.from({ length: 20 }, () => page(nadi, address)));
  assert.equal(asked(), before, 'remembered for a while');
  assert.doesNotMatch((await page(nadi, '10.99.0.200')).body, /Bu\*\*\*/, 'an address of nobody');
  const { subscriptionId } = await subscriber(nadi, { start: '2026-02-15', end: '2026-03-14' });
  await dials(nadi, { customerId: '', subscriptionId, number: '' }, address);
  assert.doesNotMatch((await page(nadi, address)).body, /\*\*\*/, 'two have it, on two routers');
  await nadi.kit.pool.query('delete from radacct');
  router.unplug('budi');
  nadi.clock.advance({ minutes: 1 });
  assert.doesNotMatch(
    (await page(nadi, address)).body,
    /Bu\*\*\*/,
    'who has gone is not shown to whoever comes next',
  );
  router.faults.add({ do: 'refuse' });
  nadi.clock.advance({ minutes: 1 });
  assert.equal((await page(nadi, address)).statusCode, 200);
});
