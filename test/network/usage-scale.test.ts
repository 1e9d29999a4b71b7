import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf, provisioned, subscribed } from './provisioned.ts';
import { bytesOf, lookAt, onlineNow, pass, routerOnline } from './usage-support.ts';

const many = 10_000;

test('10,000 sessions of one router are read and counted in a look of well under a few seconds', async (t) => {
  await using world = await provisioned({
    router: { rows: { 'ip/pool': [{ name: 'pelanggan', ranges: '10.10.0.2-10.10.255.254' }] } },
  });
  const { nadi, router, routerId } = world;
  const { subscriptionId } = await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  await nadi.kit.pool.query(
    `with s as (insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
       select gen_random_uuid(), customer_id, package_id, 'massal' || n, start_date, end_date, billed_until, anchor_day, created_at, updated_at
       from subscriptions, generate_series(1, ${many}) n where id = $1 returning id, customer_id, mikrotik_username, created_at)
     insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, created_at, updated_at)
     select gen_random_uuid(), customer_id, id, mikrotik_username, 'x', created_at, created_at from s`,
    [subscriptionId],
  );
  await nadi.kit.pool.query('analyze');
  for (let n = 1; n <= many; n += 1) {
    const username = `massal${n}`;
    router.insert('ppp/secret', {
      name: username,
      password: 'x',
      service: 'pppoe',
      'remote-address': `10.${n >> 8}.${n & 255}.1`,
    });
    router.connect({ username, password: 'x', upload: 800 + n, download: 8000 + n });
  }
  assert.equal(router.sessions.length, many);
  for (const name of ['first', 'next', 'third']) {
    pass(world, 300);
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await lookAt(world);
    const took = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    t.diagnostic(
      `${name} look at ${many} sessions: ${Math.round(took)} ms, CPU of this process with the simulator ${Math.round((user + system) / 1000)} ms`,
    );
    assert.ok(took < 5000, `it took ${Math.round(took)} ms`);
    const { rows } = await nadi.kit.pool.query(
      'select sum(bytes_in)::bigint as sent, sum(bytes_out)::bigint as received from usage_days',
    );
    const sum = (side: 0 | 1) => router.sessions.reduce((all, session) => all + bytesOf(session)[side], 0);
    assert.deepEqual([Number(rows[0].sent), Number(rows[0].received)], [sum(0), sum(1)]);
  }
  const began = performance.now();
  assert.equal((await onlineNow(nadi, '?per_page=100')).length, 100);
  assert.equal((await routerOnline(nadi, routerId)).online, many);
  t.diagnostic(`list and count of ${many} online: ${Math.round(performance.now() - began)} ms`);
});
