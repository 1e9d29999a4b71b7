import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ok } from '../support/provider.ts';
import {
  addLicense,
  beating,
  box,
  call,
  done,
  pairing,
  refusedWith,
  rowsOf,
  vendorApp,
} from './licensing-support.ts';

const nadi = await vendorApp();
after(() => nadi[Symbol.asyncDispose]());

const moving = (key: string, machine: ReturnType<typeof box>) => ({
  ...pairing(key, machine),
  reason: 'Server baru',
});

test('a license moves to another machine; the one before is told where it went, and both sides are audited', async () => {
  const { key, licenseId } = await addLicense(nadi);
  const [old, fresh] = [box(), box()];
  const { token, agent_code: code } = await done(nadi, 'pair', pairing(key, old));
  const moved = await done(nadi, 'migrate', moving(key, fresh));
  assert.deepEqual(
    [moved.status, moved.moves_used, moved.moves_left, moved.next_free_at],
    ['paired', 1, 1, null],
  );
  assert.notEqual(moved.agent_code, code);
  const said = refusedWith(await call(nadi, 'heartbeat', beating(key, old, 1), { token }), 'NOT_PAIRED');
  assert.equal(said, `The license was moved from here to "${fresh.hostname}" on 15 January 2026.`);
  await done(nadi, 'heartbeat', beating(key, fresh, 1), { token: moved.token });
  refusedWith(await call(nadi, 'pair', pairing(key, old)), 'ALREADY_PAIRED');
  const actions = await rowsOf(
    nadi,
    `select action from audit_logs where actor like 'installation:%' and (subject_id = $1 or subject_id in (select id from installations where license_id = $1)) order by action`,
    [licenseId],
  );
  assert.deepEqual(
    actions.map(({ action }) => action),
    ['installation.moved', 'installation.paired', 'installation.paired', 'license.moved'],
  );
});

test('a move whose answer was lost is asked again without another move', async () => {
  const { key } = await addLicense(nadi);
  const fresh = box();
  await done(nadi, 'pair', pairing(key, box()));
  const first = await done(nadi, 'migrate', moving(key, fresh));
  const again = await done(nadi, 'migrate', moving(key, fresh));
  assert.deepEqual([again.agent_code, again.moves_used], [first.agent_code, 1]);
});

test('two moves in any year are free, then the vendor grants them', async () => {
  const { key, licenseId } = await addLicense(nadi);
  await done(nadi, 'pair', pairing(key, box()));
  const move = () => call(nadi, 'migrate', moving(key, box()));
  assert.equal((await move()).statusCode, 200);
  nadi.clock.advance({ hours: 100 * 24 });
  const second = (await move()).json();
  assert.deepEqual(
    [second.moves_used, second.moves_left, second.next_free_at],
    [2, 0, '2027-01-15T03:00:00.000Z'],
  );
  const said = refusedWith(await move(), 'MOVES_EXCEEDED');
  assert.match(said, /15 January 2027/);
  await ok(nadi, {
    method: 'POST',
    url: `/api/licenses/${licenseId}/moves`,
    body: { count: 1, reason: 'Kebanjiran' },
  });
  nadi.clock.advance({ minutes: 1 });
  const granted = (await move()).json();
  assert.deepEqual([granted.moves_used, granted.moves_left], [2, 0]);
  refusedWith(await move(), 'MOVES_EXCEEDED');
  nadi.clock.advance({ hours: 265 * 24 });
  assert.equal((await move()).statusCode, 200);
  refusedWith(await move(), 'MOVES_EXCEEDED');
  const shown = await ok<{ moves: { kind: string }[] }>(nadi, { url: `/api/licenses/${licenseId}` });
  assert.deepEqual(
    shown.moves.map(({ kind }) => kind),
    ['free', 'granted', 'free', 'free'],
  );
});

test('of many moves at once for the last one that is left, one goes through', async () => {
  const { key, licenseId } = await addLicense(nadi, { plan: { free_moves: 1 } });
  await done(nadi, 'pair', pairing(key, box()));
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => call(nadi, 'migrate', moving(key, box()))),
  );
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 403, 403, 403, 403, 403]);
  const shown = await ok<{ moves: object[]; nodes: number }>(nadi, { url: `/api/licenses/${licenseId}` });
  assert.deepEqual([shown.moves.length, shown.nodes], [1, 1]);
});

test('unpairing is no way around the moves, and who unpaired may come back', async () => {
  const { key } = await addLicense(nadi, { plan: { free_moves: 1 } });
  const [first, second, third] = [box(), box(), box()];
  const { token } = await done(nadi, 'pair', pairing(key, first));
  await done(nadi, 'unpair', { reason: 'Ganti server' }, { token });
  const { token: back } = await done(nadi, 'pair', pairing(key, first));
  await done(nadi, 'unpair', { reason: 'Ganti server' }, { token: back });
  const { token: other } = await done(nadi, 'pair', pairing(key, second));
  await done(nadi, 'unpair', { reason: 'Ganti lagi' }, { token: other });
  refusedWith(await call(nadi, 'pair', pairing(key, third)), 'MOVES_EXCEEDED');
  refusedWith(await call(nadi, 'pair', pairing(key, first)), 'MOVES_EXCEEDED');
  await done(nadi, 'pair', pairing(key, second));
});

test('what the vendor ends frees its place without a move', async () => {
  const { key, licenseId } = await addLicense(nadi, { plan: { free_moves: 0 } });
  const machine = box();
  const { token } = await done(nadi, 'pair', pairing(key, machine));
  refusedWith(await call(nadi, 'migrate', moving(key, box())), 'MOVES_EXCEEDED');
  const { installations } = await ok<{ installations: { id: string }[] }>(nadi, {
    url: `/api/licenses/${licenseId}`,
  });
  const url = `/api/installations/${installations[0]?.id}/end`;
  assert.equal((await ok(nadi, { method: 'POST', url, body: { reason: 'Server terbakar' } })).state, 'ended');
  assert.equal(
    (await nadi.request({ method: 'POST', url, body: { reason: 'Lagi' } })).json().code,
    'installation_ended',
  );
  refusedWith(await call(nadi, 'heartbeat', beating(key, machine, 1), { token }), 'NOT_PAIRED');
  await done(nadi, 'pair', pairing(key, box()));
});

test('in a cluster the node not heard of for longest makes room, or the one that the machine says it was', async () => {
  const { key, licenseId } = await addLicense(nadi, { plan: { max_nodes: 2 } });
  const [one, two] = [box(), box()];
  const { token } = await done(nadi, 'pair', pairing(key, one));
  await done(nadi, 'pair', pairing(key, two));
  nadi.clock.advance({ hours: 1 * 24 });
  await done(nadi, 'heartbeat', beating(key, one, 1), { token });
  await done(nadi, 'migrate', moving(key, box()));
  const stateOf = async (hostname: string) =>
    (
      await rowsOf(nadi, 'select state from installations where license_id = $1 and hostname = $2', [
        licenseId,
        hostname,
      ])
    )[0]?.state;
  assert.deepEqual([await stateOf(one.hostname), await stateOf(two.hostname)], ['paired', 'moved']);
  // Restored from the backup of the first on another machine.
  await done(nadi, 'migrate', moving(key, box({}, one.installId)));
  assert.equal(await stateOf(one.hostname), 'moved');
});

test('where there is a place, moving is pairing', async () => {
  const { key } = await addLicense(nadi, { plan: { max_nodes: 2 } });
  const first = await done(nadi, 'migrate', moving(key, box()));
  const second = await done(nadi, 'migrate', moving(key, box()));
  assert.deepEqual([first.moves_used, second.moves_used, second.moves_left], [0, 0, 2]);
});
