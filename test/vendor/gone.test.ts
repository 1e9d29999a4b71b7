import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addRelease, fleetApp, runJob, seeRollout, startRollout, wireOf } from '../fleet/fleet-world.ts';
import { box, done, paired, pairing } from '../licensing/licensing-support.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';

// Installations whose license went elsewhere, or that were ended: nobody waits for them, and they count nowhere.

type Machine = Awaited<ReturnType<typeof machine>>;

/** A machine that is paired, and was heard of as running 1.0.0. */
async function machine(nadi: TestApp, options: Parameters<typeof paired>[1] = {}) {
  const own = await paired(nadi, options);
  const wire = wireOf(nadi, { id: '', agent_code: own.agentCode, license_key: own.key });
  await wire.beat('1.0.0');
  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/installations?agent_code=${own.agentCode}`,
  });
  return { ...own, wire, id: data[0]?.id ?? assert.fail() };
}

/** Moves its license to another machine, of which nobody has heard on the OTA wire yet. */
async function move(nadi: TestApp, { key }: Machine) {
  const fresh = box();
  const { agent_code } = await done(nadi, 'migrate', { ...pairing(key, fresh), reason: 'Server baru' });
  return { agent_code, wire: wireOf(nadi, { id: '', agent_code, license_key: key }) };
}

const end = (nadi: TestApp, { id }: { readonly id: string }) =>
  ok(nadi, { method: 'POST', url: `/api/installations/${id}/end`, body: { reason: 'Hotel tutup' } });

const leave = (nadi: TestApp, { token }: Machine) => done(nadi, 'unpair', { reason: 'Tutup' }, { token });

const codes = async (nadi: TestApp, query = '') => {
  const { data } = await ok<{ data: { agent_code: string }[] }>(nadi, {
    url: `/api/fleet/installations?${query}`,
  });
  return data.map((each) => each.agent_code).sort();
};

const analytics = (nadi: TestApp) => {
  const today = nadi.clock.now().toZonedDateTimeISO('Asia/Jakarta').toPlainDate().toString();
  return ok<{ states: object; adoption: { version: string; installations: number }[] }>(nadi, {
    url: `/api/fleet/analytics?from=${today}&to=${today}`,
  });
};

const statusOf = async (nadi: TestApp, method: 'GET' | 'PUT' | 'POST', url: string, body?: object) =>
  (await nadi.request({ method, url, body })).statusCode;

/** Everybody's time goes by, with heartbeats every ten minutes. */
async function pass(
  nadi: TestApp,
  minutes: number,
  beats: readonly (readonly [Pick<Machine, 'wire'>, string])[],
) {
  for (let gone = 0; gone < minutes; gone += 10) {
    nadi.clock.advance({ minutes: 10 });
    for (const [{ wire }, version] of beats) await wire.beat(version);
  }
  await runJob(nadi, 'fleet.rollouts');
}

async function world(count: number, options: Parameters<typeof paired>[1] = {}) {
  const nadi = await fleetApp();
  await addRelease(nadi, '1.0.0');
  const machines: Machine[] = [];
  for (let n = 0; n < count; n += 1) machines.push(await machine(nadi, options));
  return { nadi, machines, [Symbol.asyncDispose]: () => nadi[Symbol.asyncDispose]() };
}

test('who moved or was ended is nowhere in the fleet, and licensing tells what became of it', async () => {
  await using given = await world(3);
  const { nadi, machines } = given;
  const [old, over, stays] = machines;
  assert.ok(old && over && stays);
  const { agent_code: fresh } = await move(nadi, old);
  await end(nadi, over);
  const both = [fresh, stays.agentCode].sort();
  assert.deepEqual(await codes(nadi), both);
  for (const query of ['version=1.0.0', 'channel=stable'])
    assert.deepEqual(await codes(nadi, query), both, query);
  assert.deepEqual(await codes(nadi, 'state=online'), [stays.agentCode]);
  const { states, adoption } = await analytics(nadi);
  // The machine that was moved to says nothing yet.
  assert.deepEqual(states, { online: 1, late: 0, silent: 1 });
  assert.deepEqual(
    adoption.map(({ version, installations }) => [version, installations]),
    [['1.0.0', 1]],
  );
  await runJob(nadi, 'fleet.count');
  const { rows } = await nadi.kit.pool.query('select version, installations from fleet_days');
  assert.deepEqual(rows, [{ version: '1.0.0', installations: 1 }]);

  const { data } = await ok<{ data: { id: string }[] }>(nadi, {
    url: `/api/installations?agent_code=${fresh}`,
  });
  await end(nadi, data[0] ?? assert.fail());
  assert.deepEqual(await codes(nadi), [stays.agentCode]);
  assert.deepEqual(await codes(nadi, 'state=silent'), []);
  assert.deepEqual((await analytics(nadi)).states, { online: 1, late: 0, silent: 0 });

  const listed = await ok<{ data: { agent_code: string; state: string }[] }>(nadi, {
    url: '/api/installations',
  });
  assert.deepEqual(Object.fromEntries(listed.data.map((each) => [each.agent_code, each.state])), {
    [old.agentCode]: 'moved',
    [over.agentCode]: 'ended',
    [fresh]: 'ended',
    [stays.agentCode]: 'paired',
  });
  const url = `/api/fleet/installations/${old.id}`;
  assert.equal(await statusOf(nadi, 'GET', url), 404);
  assert.equal(await statusOf(nadi, 'PUT', url, { channel: 'beta' }), 404);
  assert.equal(await statusOf(nadi, 'PUT', `${url}/directives`, { disabled: true, reason: 'x' }), 404);
  assert.equal(await statusOf(nadi, 'PUT', `${url}/message`, { server_message: 'x' }), 404);
  assert.equal(await statusOf(nadi, 'POST', `${url}/retry`), 404);
  assert.equal(await statusOf(nadi, 'GET', `/api/installations/${old.id}`), 200);
});

test('who unpaired counts nowhere until it comes back, and can be switched off meanwhile', async () => {
  await using given = await world(1);
  const { nadi, machines } = given;
  const [left] = machines;
  assert.ok(left);
  await leave(nadi, left);
  assert.deepEqual(await codes(nadi), []);
  const nobody = await analytics(nadi);
  assert.deepEqual([nobody.states, nobody.adoption], [{ online: 0, late: 0, silent: 0 }, []]);
  const url = `/api/fleet/installations/${left.id}/directives`;
  await ok(nadi, { method: 'PUT', url, body: { disabled: true, reason: 'Menunggak' } });
  await done(nadi, 'pair', pairing(left.key, left.machine));
  assert.deepEqual(await codes(nadi), [left.agentCode]);
  assert.equal((await left.wire.beat('1.0.0')).directives.disabled, true);
});

const soak = { soak_minutes: 60, least_judged: 100, most_failed: 10 };

test('no rollout draws who is gone, though it was heard of a moment ago', async () => {
  await using given = await world(4);
  const { nadi, machines } = given;
  await addRelease(nadi, '1.1.0');
  const [old, over, left, stays] = machines;
  assert.ok(old && over && left && stays);
  await move(nadi, old);
  await end(nadi, over);
  await leave(nadi, left);
  const { id, members } = await startRollout(nadi, '1.1.0', [{ percent: 100, ...soak }]);
  assert.deepEqual(members, { offered: 1 });
  assert.equal((await stays.wire.check('1.0.0')).version, '1.1.0');
  await stays.wire.report('1.1.0');
  await pass(nadi, 70, [[stays, '1.1.0']]);
  assert.equal((await seeRollout(nadi, id)).state, 'done');
});

test('who goes after it was told of a release or took it has not failed, and others are drawn in its place', async () => {
  await using given = await world(6);
  const { nadi, machines } = given;
  await addRelease(nadi, '1.1.0');
  const { id } = await startRollout(nadi, '1.1.0', [
    { count: 3, ...soak },
    { percent: 100, ...soak },
  ]);
  const offers: boolean[] = [];
  for (const each of machines) offers.push((await each.wire.check('1.0.0')).has_update);
  const drawn = machines.filter((_, n) => offers[n]);
  const others = machines.filter((_, n) => !offers[n]);
  const [told, took, stays] = drawn;
  assert.ok(told && took && stays);
  for (const each of [took, stays]) await each.wire.report('1.1.0');
  await move(nadi, told);
  await end(nadi, took);
  const beats = [[stays, '1.1.0'], ...others.map((each) => [each, '1.0.0'] as const)] as const;
  await pass(nadi, 70, beats);
  const seen = await seeRollout(nadi, id);
  assert.deepEqual([seen.state, seen.stage, seen.members], ['running', 0, { healthy: 1, offered: 2 }]);
  const { data } = await ok<{ data: { status: string }[] }>(nadi, {
    url: '/api/fleet/reports?status=silent',
  });
  assert.deepEqual(data, []);
  const instead = [];
  for (const each of others) if ((await each.wire.check('1.0.0')).has_update) instead.push(each);
  assert.equal(instead.length, 2);
});

test('who moves while it runs a release that is halted is led back on the new machine, too', async () => {
  await using given = await world(2);
  const { nadi, machines } = given;
  await addRelease(nadi, '1.1.0');
  const { id } = await startRollout(nadi, '1.1.0', [{ percent: 100, ...soak }]);
  const [mover] = machines;
  assert.ok(mover);
  assert.equal((await mover.wire.check('1.0.0')).version, '1.1.0');
  await mover.wire.report('1.1.0');
  const { wire } = await move(nadi, mover);
  await wire.beat('1.1.0');
  const body = { reason: 'Kasir macet' };
  await ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/halt`, body });
  assert.equal((await wire.check('1.1.0')).version, '1.0.0');
  assert.equal((await wire.download('1.0.0')).statusCode, 200);
});

for (const verb of ['suspend', 'revoke'] as const) {
  test(`a rollout waits for nobody who is given no release: license ${verb}`, async () => {
    await using given = await world(4);
    const { nadi, machines } = given;
    await addRelease(nadi, '1.1.0');
    const [before, after, later, works] = machines;
    assert.ok(before && after && later && works);
    const decide = ({ licenseId }: Machine) =>
      ok(nadi, { method: 'POST', url: `/api/licenses/${licenseId}/${verb}`, body: { reason: 'Menunggak' } });
    await decide(before);
    const { id, members } = await startRollout(nadi, '1.1.0', [{ percent: 100, ...soak }]);
    assert.deepEqual(members, { offered: 3 });
    await decide(after);
    assert.equal((await later.wire.check('1.0.0')).version, '1.1.0');
    await decide(later);
    assert.equal((await works.wire.check('1.0.0')).version, '1.1.0');
    await works.wire.report('1.1.0');
    await pass(nadi, 70, [
      ...[before, after, later].map((each) => [each, '1.0.0'] as const),
      [works, '1.1.0'],
    ]);
    const seen = await seeRollout(nadi, id);
    assert.deepEqual([seen.state, seen.members], ['done', { healthy: 1 }]);
  });
}

test('a rollout waits for nobody whose paid time and grace are over, unless the release is for everybody', async () => {
  await using given = await world(2);
  const { nadi } = given;
  const day = nadi.clock.now().toZonedDateTimeISO('Asia/Jakarta').toPlainDate().subtract({ days: 20 });
  const over = await machine(nadi, { license: { valid_until: day.toString() } });
  nadi.clock.advance({ hours: 24 * 11 });
  for (const each of [...given.machines, over]) await each.wire.beat('1.0.0');
  await addRelease(nadi, '1.1.0');
  await addRelease(nadi, '1.2.0', { is_floor: true });
  assert.deepEqual((await startRollout(nadi, '1.1.0', [soak])).members, { offered: 2 });
  assert.deepEqual((await startRollout(nadi, '1.2.0', [soak])).members, { offered: 3 });
  assert.equal((await over.wire.check('1.0.0')).version, '1.2.0');
});

test('a rollout waits for nobody whom the office switches off or pauses', async () => {
  await using given = await world(3);
  const { nadi, machines } = given;
  await addRelease(nadi, '1.1.0');
  const [off, paused, works] = machines;
  assert.ok(off && paused && works);
  const { id } = await startRollout(nadi, '1.1.0', [soak]);
  const direct = (each: Machine, body: object) =>
    ok(nadi, { method: 'PUT', url: `/api/fleet/installations/${each.id}/directives`, body });
  await direct(off, { disabled: true, reason: 'x' });
  await direct(paused, { suspended: true, reason: 'x' });
  assert.equal((await works.wire.check('1.0.0')).version, '1.1.0');
  await works.wire.report('1.1.0');
  await pass(nadi, 70, [
    [off, '1.0.0'],
    [paused, '1.0.0'],
    [works, '1.1.0'],
  ]);
  const seen = await seeRollout(nadi, id);
  assert.deepEqual([seen.state, seen.members], ['done', { healthy: 1 }]);
});

test('who is switched off while its license is moved is off on the new machine', async () => {
  await using given = await world(1);
  const { nadi, machines } = given;
  const { pool } = nadi.kit;
  const [mover] = machines;
  assert.ok(mover);
  const waiting = async () =>
    (
      await pool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rowCount;
  const signer = await pool.connect();
  // The switch-off comes as far as asking for the director's signature, which waits while somebody signs.
  await signer.query('select pg_advisory_lock(7234539)');
  const url = `/api/fleet/installations/${mover.id}/directives`;
  const off = statusOf(nadi, 'PUT', url, { disabled: true, reason: 'Menunggak' });
  while ((await waiting()) !== 1);
  let isMoved = false;
  const moving = move(nadi, mover).finally(() => {
    isMoved = true;
  });
  while ((await waiting()) !== 2 && !isMoved);
  await signer.query('select pg_advisory_unlock(7234539)');
  signer.release();
  assert.equal(await off, 200);
  assert.equal((await (await moving).wire.beat('1.0.0')).directives.disabled, true);
});
