import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { testApp } from '../../test/support/test-app.ts';
import { inTransaction } from './db.ts';
import { drainJobs, enqueue, type Job, startWorker } from './jobs.ts';

test('a job exists if and only if its transaction commits; jobs of one key are one', async () => {
  await using nadi = await testApp();
  const done: unknown[] = [];
  const job: Job = {
    name: 'test.note',
    payload: z.object({ text: z.string() }),
    run: async (payload) => {
      done.push(payload);
    },
  };
  await assert.rejects(
    inTransaction(nadi.kit.db, async (tx) => {
      await enqueue(tx, [{ name: 'test.note', payload: { text: 'rolled back' } }]);
      throw new Error('no');
    }),
  );
  await enqueue(nadi.kit.db, [{ name: 'test.note', payload: { text: 'first' }, key: 'k' }]);
  await enqueue(nadi.kit.db, [{ name: 'test.note', payload: { text: 'second' }, key: 'k' }]);
  await drainJobs(nadi.kit, [job]);
  assert.deepEqual(done, [{ text: 'second' }]);
});

test('a job that a killed worker held is taken up by the next start on the built-in database', async () => {
  await using nadi = await testApp();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const job: Job = { name: 'test.held', payload: z.object({}), run: async () => resolve('done') };
  await enqueue(nadi.kit.db, [{ name: 'test.held', payload: {} }]);
  await nadi.kit.pool.query(
    "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'killed', attempts = 1",
  );
  const builtIn = { ...nadi.kit, config: { ...nadi.kit.config, databaseUrl: undefined } };
  const worker = await startWorker(builtIn, [job]);
  assert.equal(await promise, 'done');
  await worker.stop();
});
