import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeChecks } from '../../server/modules/quota/check-queries.ts';
import { subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { addConfig } from './quota-support.ts';

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
