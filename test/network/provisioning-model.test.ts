import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fault } from '#simulators';
import { ok } from '../support/provider.ts';
import {
  addRouter,
  assertSettled,
  type Customer,
  type Provisioned,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
  wake,
} from './provisioned.ts';

type Act =
  | { readonly act: 'subscribe' | 'work' | 'speed' | 'isolir' }
  | { readonly act: 'suspend' | 'activate' | 'cancel' | 'move' | 'password' | 'spoil'; readonly who: number }
  | { readonly act: 'fault'; readonly fault: Fault };

const commands = ['add', 'set', 'print', 'remove'].map((verb) => `/ppp/secret/${verb}`);
const fault: fc.Arbitrary<Fault> = fc
  .record({
    command: fc.constantFrom(...commands, '/ppp/active/remove'),
    skip: fc.nat(3),
    effect: fc.constantFrom<Fault>(
      { do: 'reset', when: 'before' },
      { do: 'reset', when: 'after' },
      { do: 'trap', message: 'failure: busy' },
      { do: 'lie' },
      { do: 'fatal', message: 'shutting down' },
    ),
  })
  .map(({ command, skip, effect }) => ({ ...effect, command, skip, times: 1 }));

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constantFrom('subscribe', 'work', 'speed', 'isolir') }),
  fc.record({
    act: fc.constantFrom('suspend', 'activate', 'cancel', 'move', 'password', 'spoil'),
    who: fc.nat(9),
  }),
  fc.record({ act: fc.constant('fault' as const), fault }),
);

test('whatever the business does and whatever goes wrong: once healed, the router holds just what it should', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
      await using world = await provisioned({
        router: { rows: { 'ppp/secret': [{ name: 'asing', password: 'x' }] } },
      });
      await using second = await startSimulated();
      const { nadi, router, routerId } = world;
      const otherId = await addRouter(nadi, second, 'Cabang');
      const pack = await packageOf(nadi);
      const customers: Customer[] = [];
      for (const step of acts) {
        await doIt(world, otherId, pack, customers, step);
        nadi.clock.advance({ seconds: 20 });
      }
      router.faults.clear();
      for (let turn = 0; turn < 3; turn += 1) {
        nadi.clock.advance({ hours: 1 });
        await wake(nadi);
      }
      for (const id of [routerId, otherId]) await assertSettled(nadi, id);
      const { rows } = await nadi.kit.pool.query<{ name: string; here: boolean; status: string }>(
        `select s.mikrotik_username as name, c.router_id is null as here, s.status from subscriptions s join customers c on c.id = s.customer_id
         where s.status <> 'cancelled'`,
      );
      for (const [at, isHere] of [
        [router, true],
        [second, false],
      ] as const) {
        const names = rows.filter(({ here }) => here === isHere).map(({ name }) => name);
        const held = [...at.table('ppp/secret').rows()].map(({ values }) => values.name ?? '');
        assert.deepEqual(held.sort(), [...names, ...(isHere ? ['asing'] : [])].sort());
        for (const { name, status } of rows.filter(({ here }) => here === isHere)) {
          const { disabled, profile } = rowOf(at, 'ppp/secret', name);
          const hasAccess = disabled === 'false' && profile !== 'nadi-isolir';
          assert.equal(hasAccess, status === 'active', name);
        }
      }
      assert.equal(rowOf(router, 'ppp/secret', 'asing').comment, undefined);
    }),
    { numRuns: Number(process.env.NADI_TEST_RUNS ?? 8) },
  );
});

async function doIt(
  { nadi, router }: Provisioned,
  otherId: string,
  pack: string,
  customers: Customer[],
  step: Act,
): Promise<void> {
  if (step.act === 'work') return nadi.drainJobs();
  if ('fault' in step) {
    router.faults.add(step.fault);
    return;
  }
  if (step.act === 'subscribe') {
    customers.push(await subscribed(nadi, pack, `rumah${customers.length}`));
    return;
  }
  if (step.act === 'speed') {
    const bandwidth = `${1 + customers.length}M/20M`;
    await ok(nadi, { method: 'PUT', url: `/api/packages/${pack}`, body: { bandwidth } });
    return;
  }
  if (step.act === 'isolir') {
    await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { suspend_mode: 'isolir' } });
    return;
  }
  if (!('who' in step)) return;
  const customer = customers[step.who % Math.max(1, customers.length)];
  if (customer === undefined) return;
  const url = `/api/subscriptions/${customer.subscriptionId}`;
  // What is not possible for one that was cancelled is refused, and changes nothing.
  if (step.act === 'suspend' || step.act === 'activate')
    await nadi.request({ method: 'POST', url: `${url}/${step.act}` });
  if (step.act === 'cancel') await nadi.request({ method: 'DELETE', url });
  if (step.act === 'password')
    await nadi.request({ method: 'PUT', url, body: { mikrotik_password: `baru${step.who}` } });
  if (step.act === 'move') {
    await ok(nadi, {
      method: 'PUT',
      url: `/api/customers/${customer.customerId}`,
      body: { router_id: otherId },
    });
  }
  if (step.act === 'spoil') {
    const secrets = router.table('ppp/secret');
    const [row] = secrets.named(customer.username);
    if (row !== undefined) secrets.update(row, { disabled: 'false', profile: 'default' });
  }
}
