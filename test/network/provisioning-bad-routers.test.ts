import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '#simulators';
import { ok } from '../support/provider.ts';
import {
  assertSettled,
  intentsOf,
  packageOf,
  provisioned,
  rowOf,
  startSimulated,
  subscribed,
  wake,
} from './provisioned.ts';

interface State {
  readonly state: string;
  readonly waiting: number;
  readonly error: { readonly en: string; readonly id: string } | null;
}

const stateOf = async (nadi: Parameters<typeof ok>[0]): Promise<State | undefined> =>
  (await ok<{ data: State[] }>(nadi, { url: '/api/provisioning/routers' })).data[0];

/** What a router may do to whoever speaks to it, and what is then said of it. */
const faults: Readonly<
  Record<string, { readonly fault: Fault; readonly state: string; readonly told: RegExp }>
> = {
  'refuses to be connected to': { fault: { do: 'refuse' }, state: 'unreachable', told: /cannot be reached/ },
  'sends garbage before anything': {
    fault: { do: 'garbage', bytes: Uint8Array.from({ length: 600 }, (_, index) => 248 + (index % 8)) },
    state: 'unreachable',
    told: /does not answer/,
  },
  'sends half a sentence and leaves': {
    fault: { do: 'reset after bytes', bytes: 40 },
    state: 'unreachable',
    told: /does not answer/,
  },
  'ends the connection with !fatal': {
    fault: { do: 'fatal', message: 'session terminated on request', command: '/ppp/secret/add' },
    state: 'unreachable',
    told: /session terminated on request/,
  },
  'refuses to show its users': {
    fault: { do: 'trap', message: 'not enough permissions (9)', command: '/ppp/secret/print' },
    state: 'refused',
    told: /not enough permissions/,
  },
};

for (const [what, { fault, state, told }] of Object.entries(faults)) {
  test(`a router that ${what}: said in words, nothing is lost, nothing is done twice`, async () => {
    await using world = await provisioned();
    const { nadi, router, routerId } = world;
    const foreign = router.insert('ppp/secret', { name: 'tetangga', password: 'x' });
    const heal = router.faults.add(fault);
    const budi = await subscribed(nadi, await packageOf(nadi), 'budi');
    await nadi.drainJobs();
    const broken = await stateOf(nadi);
    assert.equal(broken?.state, state);
    assert.equal(broken.waiting, 1);
    assert.match(broken.error?.en ?? '', told);
    assert.ok(broken.error?.id);
    assert.doesNotMatch(JSON.stringify(broken), new RegExp(`rahasia|${budi.password}`));
    heal();
    nadi.clock.advance({ hours: 1 });
    await wake(nadi);
    await assertSettled(nadi, routerId);
    assert.equal(rowOf(router, 'ppp/secret', 'budi').password, budi.password);
    assert.deepEqual([...router.table('ppp/secret').rows()].map(({ values }) => values.name).sort(), [
      'budi',
      'tetangga',
    ]);
    assert.equal(foreign.values.comment ?? '', '');
    assert.equal((await stateOf(nadi))?.state, 'ok');
  });
}

test('a router that garbles the answer to a write: it is asked what it holds, and was told once', async () => {
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  router.faults.add({ do: 'garble', command: '/ppp/secret/add', bytes: Uint8Array.from(Array(5).fill(255)) });
  await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.equal(router.table('ppp/secret').size, 1);
  assert.equal(router.stats.commands.get('/ppp/secret/add'), 1);
});

test('TLS: another certificate than expected, none at all, and a port without TLS are told apart from a wrong password', async () => {
  await using world = await provisioned({ router: { tls: 'certificate' } });
  const { nadi, router, routerId } = world;
  await subscribed(nadi, await packageOf(nadi), 'budi');
  await nadi.drainJobs();
  const set = async (body: object) => {
    await ok(nadi, { method: 'PUT', url: `/api/router-settings/${routerId}`, body });
    await nadi.drainJobs();
    return stateOf(nadi);
  };
  const other = 'ab'.repeat(32);
  const port = router.tlsPort;
  const mismatch = await set({ ssl: true, port, tls_trust: 'fingerprint', tls_fingerprint: other });
  assert.equal(mismatch?.state, 'refused');
  const shown = /SHA-256 ([0-9A-F:]{95})/.exec(mismatch.error?.en ?? '')?.[1];
  const unknown = await set({ tls_trust: 'authority' });
  assert.equal(unknown?.state, 'refused');
  assert.match(unknown.error?.en ?? '', /certificate/);
  const clear = await set({ port: router.port, tls_trust: 'none' });
  assert.equal(clear?.state, 'unreachable');
  const password = await set({ port, password: 'salah' });
  assert.equal(password?.state, 'refused');
  assert.match(password.error?.en ?? '', /username or password/);
  const right = await set({ password: 'rahasia', tls_trust: 'fingerprint', tls_fingerprint: shown });
  assert.equal(right?.state, 'ok');
  await assertSettled(nadi, routerId);
});

test('names in the router’s own code page are read and left alone; one username lives on one router', async () => {
  await using other = await startSimulated();
  await using world = await provisioned();
  const { nadi, router, routerId } = world;
  const latin = Buffer.from('Café Müller', 'latin1').toString('latin1');
  router.insert('ppp/secret', { name: latin, password: 'x', comment: latin });
  router.insert('ppp/secret', { name: 'x'.repeat(200), password: 'x' });
  const pack = await packageOf(nadi);
  const ayu = await subscribed(nadi, pack, 'ayu');
  const body = { name: 'Cabang', host: other.host, port: other.port, username: 'nadi', password: 'rahasia' };
  const { id: branch } = await ok(nadi, { method: 'POST', url: '/api/router-settings', body });
  const again = await nadi.request({
    method: 'POST',
    url: '/api/subscriptions',
    body: {
      customer_id: ayu.customerId,
      package_id: pack,
      mikrotik_username: 'ayu',
      mikrotik_password: 'sandi-lain',
    },
  });
  assert.equal(again.statusCode, 422);
  assert.deepEqual(Object.keys(again.json().errors), ['mikrotik_username']);
  await nadi.drainJobs();
  await assertSettled(nadi, routerId);
  assert.equal(router.table('ppp/secret').named(latin)[0]?.values.comment, latin);
  assert.equal((await intentsOf(nadi, branch)).length, 0);
  assert.equal(other.table('ppp/secret').size, 0);
});
