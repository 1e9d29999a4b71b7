import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMessages } from '#simulators';
import { noticeAll, sendLane } from '../../server/modules/notifications/index.ts';
import {
  addInvoices,
  environmentOf,
  messagesOf,
  reachable,
  tick,
  timesEach,
  toldApp,
} from './notification-support.ts';

test('what a transaction commits late is told, though newer things were told before; each once', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  const { subscriptionId } = await reachable(nadi);
  await nadi.drainJobs();
  await tick(nadi);
  const late = await nadi.kit.pool.connect();
  await late.query('begin');
  await late.query(
    `update subscriptions set status = 'suspended', suspended_on = '2026-01-15', suspended_for = 'manual' where id = $1`,
    [subscriptionId],
  );
  await late.query(
    `insert into billing_logs (id, subscription_id, action, message, created_at, updated_at)
     values (gen_random_uuid(), $1, 'suspended', 'Suspended', $2, $2)`,
    [subscriptionId, nadi.clock.now().toString()],
  );
  const before = messages.sent.length;
  for (let hour = 1; hour <= 5; hour += 1) {
    nadi.clock.advance({ hours: 1 });
    await addInvoices(nadi, 3);
    await tick(nadi);
    assert.equal(messages.sent.length, before + hour * 3, `hour ${hour}`);
  }
  await late.query('commit');
  late.release();
  await tick(nadi);
  assert.equal(messages.sent.length, before + 16);
  assert.equal(messages.sent.at(-1)?.headers.subject, 'Internet Anda dihentikan sementara');
  for (let hour = 1; hour <= 3; hour += 1) {
    nadi.clock.advance({ hours: 1 });
    await tick(nadi);
  }
  assert.equal(messages.sent.length, before + 16);
});

test('two nodes at once tell everybody once', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await using other = await toldApp({ messages, databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  for (let round = 1; round <= 3; round += 1) {
    nadi.clock.advance({ hours: 1 });
    other.nadi.clock.advance({ hours: 1 });
    await addInvoices(nadi, 150);
    await Promise.all([tick(nadi), tick(other.nadi), tick(nadi), tick(other.nadi)]);
    assert.deepEqual(timesEach(messages), { people: 150, least: round, most: round });
  }
});

test('four workers on two nodes send from one lane, each message once', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await using other = await toldApp({ messages, databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  await addInvoices(nadi, 1000);
  await Promise.all([noticeAll(nadi.kit), noticeAll(other.nadi.kit)]);
  const hooks = { paymentUrlsOf: async () => new Map<string, string>() };
  const { signal } = new AbortController();
  const nodes = [nadi, other.nadi, nadi, other.nadi];
  await Promise.all(nodes.map(({ kit }) => sendLane(kit, hooks, 'email', signal)));
  assert.deepEqual(timesEach(messages), { people: 1000, least: 1, most: 1 });
});

test('a worker that is killed between sending and noting it: all are sent, few twice, each of these as the same message', async () => {
  await using messages = await startMessages();
  await using told = await toldApp({ messages });
  const { nadi } = told;
  await addInvoices(nadi, 300);
  messages.mailFaults.add({ do: 'slow', milliseconds: 5 });
  const now = nadi.clock.now().toString();
  const database = nadi.kit.config.databaseUrl ?? '';
  const child = spawn(process.execPath, [join(import.meta.dirname, 'send-child.ts'), database, now], {
    env: { ...process.env, ...environmentOf(messages), NADI_TEST_DATABASE: database },
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  while (messages.count() < 60) {
    assert.equal(child.exitCode, null);
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await gone;
  messages.mailFaults.clear();
  assert.ok(messages.count() < 300, 'it was killed on the way');
  await tick(nadi);
  // What it had taken is taken again when its lease is over.
  nadi.clock.advance({ minutes: 3 });
  await tick(nadi);
  const { people, least } = timesEach(messages);
  assert.deepEqual([people, least], [300, 1]);
  assert.ok(messages.count() - 300 <= 10, `${messages.count() - 300} were sent twice`);
  const ids = new Set(messages.sent.map(({ headers }) => headers['message-id']));
  assert.equal(ids.size, 300);
  assert.ok((await messagesOf(nadi)).every(({ state }) => state === 'sent'));
});

test('a mail that was taken, though the answer was lost, comes again as the same message', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 1);
  messages.mailFaults.add({ do: 'reset', when: 'after', times: 1 });
  await tick(nadi);
  nadi.clock.advance({ minutes: 2 });
  await tick(nadi);
  assert.equal(messages.sent.length, 2);
  assert.equal(new Set(messages.sent.map(({ headers }) => headers['message-id'])).size, 1);
});

test('what was there before is not told: nothing of a past that was made up, nothing that was imported', async () => {
  await using told = await toldApp();
  const { nadi, messages } = told;
  await addInvoices(nadi, 5, '2026-02-20');
  await nadi.kit.pool.query(
    `insert into import_sources (source, kind, source_id, id, created_at) select 'csv', 'invoice', id::text, id, created_at from invoices`,
  );
  await tick(nadi);
  assert.equal(messages.count(), 0, 'imported');
  nadi.clock.advance({ hours: 100 });
  await nadi.kit.pool.query(`update invoices set created_at = '2026-01-10', updated_at = '2026-01-10'`);
  await nadi.kit.pool.query('truncate import_sources');
  await tick(nadi);
  assert.equal(messages.count(), 0, 'older than anybody wants to hear');
});
