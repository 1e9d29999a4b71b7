import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type TestApp, testApp } from '../../test/support/test-app.ts';
import { inTransaction } from './db.ts';
import { drainJobs, enqueue, type Job, startWorker } from './jobs.ts';

/** Ended by it, for what is broken waits for ever. */
const timeout = 60_000;

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

test('many jobs are worked on over one connection without two questions at once', async () => {
  await using nadi = await testApp();
  let done = 0;
  const job: Job = {
    name: 'test.many',
    payload: z.object({}),
    run: async () => {
      done += 1;
    },
  };
  await enqueue(
    nadi.kit.db,
    Array.from({ length: 20 }, () => ({ name: 'test.many', payload: {} })),
  );
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));
  await drainJobs(nadi.kit, [job]);
  const { rows } = await nadi.kit.pool.query('select from graphile_worker.jobs');
  assert.deepEqual([done, rows.length, warnings], [20, 0, []]);
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

test('stopping waits until the queue knows that the job in hand is done', { timeout }, async () => {
  await using nadi = await testApp();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const job: Job = {
    name: 'test.long',
    payload: z.object({}),
    run: () => {
      begin();
      return ended;
    },
  };
  await enqueue(nadi.kit.db, [{ name: 'test.long', payload: {} }]);
  const worker = await startWorker(nadi.kit, [job]);
  await begun;
  const other = await nadi.kit.pool.connect();
  let isStopped = false;
  try {
    await other.query('begin');
    await other.query('select from graphile_worker._private_jobs for update');
    const stopped = worker.stop().then(() => (isStopped = true));
    end();
    await untilSomebodyWaits(nadi);
    assert.equal(isStopped, false);
    await other.query('commit');
    await stopped;
  } finally {
    other.release();
  }
  const { rows } = await nadi.kit.pool.query('select from graphile_worker.jobs');
  assert.equal(rows.length, 0);
});

/** Asked outside of any transaction: within one, PostgreSQL goes on telling what it saw first. */
async function untilSomebodyWaits({ kit }: TestApp): Promise<void> {
  const held = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  for (;;) {
    const { rows } = await kit.pool.query(held);
    if (rows.length > 0) return;
  }
}

test('where the database refuses that a job is done, the job runs again, and the others go on', {
  timeout,
}, async () => {
  await using nadi = await testApp();
  await nadi.kit.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
    create trigger refuse before delete on graphile_worker._private_jobs for each row execute function refuse()`);
  let runs = 0;
  const again = Promise.withResolvers<void>();
  const first: Job = {
    name: 'test.first',
    payload: z.object({}),
    run: async () => {
      runs += 1;
      if (runs === 1) return;
      await nadi.kit.pool.query('drop function refuse cascade');
      again.resolve();
    },
  };
  const later = Promise.withResolvers<void>();
  const second: Job = { name: 'test.later', payload: z.object({}), run: async () => later.resolve() };
  const worker = await startWorker(nadi.kit, [first, second]);
  await enqueue(nadi.kit.db, [{ name: 'test.first', payload: {} }]);
  await again.promise;
  await enqueue(nadi.kit.db, [{ name: 'test.later', payload: {} }]);
  await later.promise;
  await worker.stop();
  const { rows } = await nadi.kit.pool.query('select from graphile_worker.jobs');
  assert.equal(rows.length, 0);
});
