import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTransaction } from '#kit/db.ts';
import { quotaHooks } from '../../server/editions/provider.ts';
import { checkChanged, checkNow } from '../../server/modules/quota/check-members.ts';
import { lockQuotas, takeChecks } from '../../server/modules/quota/check-queries.ts';
import { goTo, ok, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { addConfig, check, limitOf, memberOf, use } from './quota-support.ts';

const paid = { start: '2026-01-15', end: '2026-02-14' };

test('a member that waits for many reasons is looked at once, however few are taken', async () => {
  await using nadi = await testApp();
  await addConfig(nadi);
  const budi = await subscriber(nadi, paid);
  const citra = await subscriber(nadi, paid);
  await nadi.kit.pool.query('truncate quota_checks');
  for (const { customerId } of [budi, citra, budi, budi])
    await nadi.kit.pool.query('insert into quota_checks (customer_id) values ($1)', [customerId]);
  assert.deepEqual(await takeChecks(nadi.kit.db, 1), [budi.customerId]);
  assert.deepEqual(await takeChecks(nadi.kit.db, 1), [citra.customerId]);
  assert.deepEqual(await takeChecks(nadi.kit.db, 1), []);
});

test('a job that takes long leaves the rest to the next', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'block' });
  const members = [await subscriber(nadi, paid), await subscriber(nadi, paid), await subscriber(nadi, paid)];
  for (const { subscriptionId } of members) await use(nadi, subscriptionId, '2026-01-15', 10);
  const blocked = async () => {
    const limits = await Promise.all(members.map(({ subscriptionId }) => limitOf(nadi, subscriptionId)));
    return limits.filter((limit) => limit !== undefined).length;
  };
  const slow = {
    ...nadi.kit,
    clock: {
      now: () => {
        nadi.clock.advance({ seconds: 10 });
        return nadi.clock.now();
      },
    },
  };
  await checkChanged(slow, quotaHooks, { batch: 1 });
  const first = await blocked();
  assert.ok(first > 0 && first < 3, `${first} of 3`);
  await check(nadi);
  assert.equal(await blocked(), 3);
});

test('a day that is looked at when it is over limits nobody', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'block', period: 'day' });
  const { customerId, subscriptionId } = await subscriber(nadi, paid);
  await check(nadi);
  goTo(nadi, '2026-01-17');
  await use(nadi, subscriptionId, '2026-01-16', 10);
  const look = () =>
    inTransaction(nadi.kit.db, async (tx) => {
      await lockQuotas(tx);
      await checkNow(nadi.kit, tx, quotaHooks, [customerId]);
    });
  for (let times = 0; times < 3; times += 1) {
    await look();
    assert.equal(await limitOf(nadi, subscriptionId), undefined, `look ${times + 1}`);
  }
  await use(nadi, subscriptionId, '2026-01-17', 10);
  await look();
  assert.ok(await limitOf(nadi, subscriptionId));
});

test('who is throttled gets no faster than the package is, in either direction', async () => {
  await using nadi = await testApp();
  await addConfig(nadi, { action: 'throttle', throttle_rate: '2M' });
  const { packageId, subscriptionId } = await subscriber(nadi, paid);
  await use(nadi, subscriptionId, '2026-01-15', 10);
  const speeds = [
    ['10M', '2M/2M'],
    ['512k/20M', '512k/2M'],
    ['1M/1500000', '1M/1500000'],
    ['0/2000k', '2M/2M'],
  ];
  for (const [bandwidth, throttled] of speeds) {
    await ok(nadi, { method: 'PUT', url: `/api/packages/${packageId}`, body: { bandwidth } });
    await check(nadi);
    assert.equal((await limitOf(nadi, subscriptionId))?.rate_limit, throttled);
  }
});

test('a clock that goes back a day holds nobody up', async () => {
  await using nadi = await testApp();
  const config = await addConfig(nadi, { action: 'block', period: 'day' });
  const { customerId, subscriptionId } = await subscriber(nadi, paid);
  await check(nadi);
  await ok(nadi, { method: 'PUT', url: `/api/v1/admin/quota/configs/${config}`, body: { is_active: false } });
  goTo(nadi, '2026-01-16');
  await check(nadi);
  assert.equal((await memberOf(nadi, customerId)).state, 'none');
  goTo(nadi, '2026-01-15');
  const body = { is_active: true, period: 'month' };
  await ok(nadi, { method: 'PUT', url: `/api/v1/admin/quota/configs/${config}`, body });
  await check(nadi);
  goTo(nadi, '2026-01-16');
  await use(nadi, subscriptionId, '2026-01-16', 10);
  await check(nadi);
  assert.ok(await limitOf(nadi, subscriptionId));
});
