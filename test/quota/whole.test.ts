import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertSettled,
  isOnline,
  packageOf,
  provisioned,
  rowOf,
  subscribed,
} from '../network/provisioned.ts';
import type { TestApp } from '../support/test-app.ts';
import { addConfig, check, use } from './quota-support.ts';

async function repliesOf(nadi: TestApp, username: string): Promise<Readonly<Record<string, string>>> {
  const { rows } = await nadi.kit.pool.query<{ attribute: string; value: string }>(
    'select attribute, value from radius.radreply where username = $1',
    [username],
  );
  return Object.fromEntries(rows.map(({ attribute, value }) => [attribute, value]));
}

test('used up is slower on the router and in RADIUS, running sessions are looked at, and the next period is fast again', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await addConfig(nadi, { action: 'throttle', throttle_rate: '512k/1M' });
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const rateOnRouter = () =>
    rowOf(router, 'ppp/profile', rowOf(router, 'ppp/secret', 'budi').profile ?? '')['rate-limit'];
  router.plug({ username: 'budi', password: budi.password, redialSeconds: 1 });
  await nadi.kit.pool.query(
    `select radius.account('', 'Start', 'u-1', '81', 'budi', '10.0.0.1', '1', '', $1, 0, 0, 0, 0, 0, 0, '', 'AA:BB', '', '', 'PPP', '', '', '', '', '')`,
    [nadi.clock.now().epochMilliseconds / 1000],
  );
  const looked = async () =>
    (await nadi.kit.pool.query('select count(*)::int as count from radius_checks')).rows[0].count;
  assert.equal(rateOnRouter(), '5M/10M');
  assert.equal(await looked(), 0);

  await use(nadi, budi.subscriptionId, '2026-01-15', 10);
  await check(nadi);
  assert.equal(rateOnRouter(), '512k/1M');
  assert.equal((await repliesOf(nadi, 'budi'))['Mikrotik-Rate-Limit'], '512k/1M');
  assert.equal(await looked(), 1, 'the running session is to be told');
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);

  nadi.clock.set('2026-02-13T17:00:00Z');
  await check(nadi);
  assert.equal(rateOnRouter(), '5M/10M');
  assert.equal((await repliesOf(nadi, 'budi'))['Mikrotik-Rate-Limit'], '5M/10M');
  await assertSettled(nadi, routerId);
});

test('blocked by a quota is off the router and refused by RADIUS, as the suspended are', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  await addConfig(nadi, { action: 'block', period: 'day' });
  const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  router.plug({ username: 'budi', password: budi.password, redialSeconds: 1 });
  await use(nadi, budi.subscriptionId, '2026-01-15', 10);
  await check(nadi);
  router.advance(60);
  assert.ok(!isOnline(router, 'budi'));
  const { rows } = await nadi.kit.pool.query(
    `select value from radius.radcheck where username = 'budi' and attribute = 'Auth-Type'`,
  );
  assert.deepEqual(rows, [{ value: 'Reject' }]);
  nadi.clock.set('2026-01-15T17:00:00Z');
  await check(nadi);
  router.advance(60);
  assert.ok(isOnline(router, 'budi'));
  await assertSettled(nadi, routerId);
});
