import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { livingOf } from '../../agent/hooks/process-identity.ts';
import { takeLock } from '../../agent/state/lock.ts';
import { openState } from '../../agent/state/open-state.ts';
import type { Installation } from '../../agent/update/installation.ts';
import { recover, runRollback } from '../../agent/update/run-update.ts';
import {
  act,
  digestOf,
  installationOf,
  makeWorld,
  shell,
  update,
  versionOf,
  type World,
  withAgent,
} from './update-world.ts';

async function worldOf(t: TestContext, layout: World['layout'] = 'in-place') {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const world: World = { folder, layout, database: 'sqlite' };
  await makeWorld(world);
  return { world, folder, installation: installationOf(world), old: await digestOf(world) };
}

const withHooks = (installation: Installation, hooks: Partial<Installation['hooks']>): Installation => ({
  ...installation,
  hooks: { ...installation.hooks, ...hooks },
});
const code = (wanted: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === wanted;
const never = () => new AbortController().signal;
const incompatible = { hasMigrations: true, isCompatible: false };

test('ROLLBACK_TIMEOUT stands over all of it: what is not committed by then is undone', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const slow = withHooks(
    { ...installation, rollbackSeconds: 1 },
    { afterUpdate: [], health: shell('sleep 30') },
  );
  const outcome = await withAgent(slow, (agent) => update(agent, join(folder, 'package'), incompatible));
  assert.match(outcome.is === 'undone' ? outcome.reason : '', /ROLLBACK_TIMEOUT/);
  assert.equal(await digestOf(world), old);
});

test('ROLLBACK_TIMEOUT comes through while health is waited for', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const health = { ...shell('false'), tries: 100, pauseMs: 60_000 };
  const outcome = await withAgent(withHooks({ ...installation, rollbackSeconds: 1 }, { health }), (agent) =>
    update(agent, join(folder, 'package')),
  );
  assert.match(outcome.is === 'undone' ? outcome.reason : '', /ROLLBACK_TIMEOUT/);
  assert.equal(await digestOf(world), old);
});

test('a clock that is set back by years changes nothing', async (t) => {
  const { world, folder, installation } = await worldOf(t);
  const back = { now: () => Temporal.Instant.from('2019-12-31T23:59:59Z') };
  await act(world, 'update');
  const updated = await digestOf(world);
  await withAgent(installation, async (agent) => {
    assert.equal((await runRollback({ ...agent, clock: back }, never())).is, 'done');
    assert.equal((await update({ ...agent, clock: back }, join(folder, 'package'))).is, 'done');
  });
  assert.equal(await digestOf(world), updated);
});

test('an undo hook that fails is tried again, told once, and keeps neither the old version nor maintenance from coming back', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const tries = join(folder, 'tries');
  const broken = withHooks(installation, { afterUpdate: [shell(`echo >> ${tries}; false`)] });
  await withAgent(broken, async (agent) => {
    const outcome = await update(agent, join(folder, 'package'), incompatible);
    assert.equal(outcome.is, 'undone');
    const [told, ...more] = agent.db
      .prepare("select message from update_notifications where notification_type = 'trouble'")
      .all();
    assert.match(String(told?.message), /old caches: after update/);
    assert.equal(more.length, 0);
  });
  assert.equal(readFileSync(tries, 'utf8').length, 4);
  assert.equal(await digestOf(world), old);
});

test('where maintenance cannot be ended it is tried at each start until it can, and nothing else begins before', async (t) => {
  const { world, folder, installation } = await worldOf(t);
  const down = join(folder, 'down');
  const stuck = withHooks(installation, {
    maintenanceOff: shell(`test -e ${folder}/cured && rm -f ${down}`),
  });
  await withAgent(stuck, async (agent) => {
    await assert.rejects(update(agent, join(folder, 'package'), incompatible), code('hook_failed'));
    await assert.rejects(recover(agent), code('hook_failed'));
    assert.equal(agent.db.prepare('select 1 from update_notifications').all().length, 1);
    assert.ok(existsSync(down));
    writeFileSync(join(folder, 'cured'), '');
    assert.deepEqual(await recover(agent), { is: 'done' });
  });
  assert.match(await digestOf(world), / up$/);
  assert.equal(versionOf(installation), '1.1.0');
});

test('a health check that flaps is no health', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const flapping = `n=$(cat ${folder}/n 2>/dev/null || echo 0); echo $((n+1)) > ${folder}/n; test $((n%3)) != 2`;
  const health = { ...shell(flapping), inRow: 3, tries: 9, pauseMs: 0 };
  const outcome = await withAgent(withHooks(installation, { health }), (agent) =>
    update(agent, join(folder, 'package')),
  );
  assert.match(outcome.is === 'undone' ? outcome.reason : '', /6 of 9/);
  assert.equal(await digestOf(world), old);
});

test('a health check that begins badly and then stays well is health', async (t) => {
  const { folder, installation } = await worldOf(t);
  const late = `n=$(cat ${folder}/n 2>/dev/null || echo 0); echo $((n+1)) > ${folder}/n; test $n -gt 1`;
  const health = { ...shell(late), inRow: 3, tries: 9, pauseMs: 0 };
  const outcome = await withAgent(withHooks(installation, { health }), (agent) =>
    update(agent, join(folder, 'package')),
  );
  assert.equal(outcome.is, 'done');
});

test('a health check that lies is found out by the version that it tells', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const telling = (text: string) => ({
    ...shell(`echo ${text}`),
    inRow: 1,
    tries: 1,
    pauseMs: 0,
    tellsVersion: true,
  });
  for (const lie of ['1.0.0', '11.1.0', '1.1.0.7', '1.1.0-beta.1', '1.1.01']) {
    const outcome = await withAgent(withHooks(installation, { health: telling(lie) }), (agent) =>
      update(agent, join(folder, 'package')),
    );
    assert.match(outcome.is === 'undone' ? outcome.reason : '', /should name version 1\.1\.0/, lie);
    assert.equal(await digestOf(world), old);
  }
  const outcome = await withAgent(withHooks(installation, { health: telling('"Nadi v1.1.0."') }), (agent) =>
    update(agent, join(folder, 'package')),
  );
  assert.equal(outcome.is, 'done');
});

test('what a migration leaves running in a session of its own is ended before its database is put back', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const pid = join(folder, 'pid');
  const script = `setsid sh -c 'echo $$ > ${pid}; sleep 60' & while ! test -s ${pid}; do sleep 0.01; done; exit 1`;
  const outcome = await withAgent(withHooks(installation, { migrate: shell(script) }), (agent) =>
    update(agent, join(folder, 'package'), incompatible),
  );
  assert.equal(outcome.is, 'undone');
  assert.deepEqual(livingOf(Number(readFileSync(pid, 'utf8')), ''), []);
  assert.equal(await digestOf(world), old);
});

test('a command that cannot even be started is told and undone', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const health = { command: ['/no/such/command'], seconds: 5, tries: 1, pauseMs: 0 };
  const outcome = await withAgent(withHooks(installation, { health }), (agent) =>
    update(agent, join(folder, 'package')),
  );
  assert.match(outcome.is === 'undone' ? outcome.reason : '', /no such command|not found|127/i);
  assert.equal(await digestOf(world), old);
});

test('what an earlier update left in the stage is not taken for what this one did', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const left = join(installation.folder, 'stage/work/files');
  mkdirSync(join(left, 'old'), { recursive: true });
  writeFileSync(
    join(left, 'before.json'),
    JSON.stringify({ paths: [{ is: 'file' }], folders: [], emptied: [] }),
  );
  writeFileSync(join(left, 'old/0'), 'dari pembaruan lain');
  const ill = withHooks(installation, { health: { ...shell('false'), tries: 1 } });
  await withAgent(ill, async (agent) => {
    const outcome = await update(agent, join(folder, 'package'));
    assert.match(outcome.is === 'undone' ? outcome.reason : '', /answered well 0 of 1/);
  });
  assert.equal(await digestOf(world), old);
});

test('a file that is missing in the stage, or a tree that cannot be looked at, leaves everything as it was', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  rmSync(join(folder, 'package/3'));
  const outcome = await withAgent(installation, (agent) => update(agent, join(folder, 'package')));
  assert.match(outcome.is === 'undone' ? outcome.reason : '', /missing in what was fetched/);
  assert.equal(await digestOf(world), old);
});

test('one agent at a time, and a lock that cannot be used is not called another agent', async (t) => {
  const { installation } = await worldOf(t);
  const lock = takeLock(installation.folder);
  assert.throws(() => takeLock(installation.folder), code('busy'));
  lock[Symbol.dispose]();
  takeLock(installation.folder)[Symbol.dispose]();
  writeFileSync(join(installation.folder, 'lock.sqlite'), 'x'.repeat(4096));
  assert.throws(() => takeLock(installation.folder), code('no_lock'));
});

test('two agents with folders of their own do not work on one tree at the same time', async (t) => {
  const { world, folder, installation, old } = await worldOf(t);
  const other = { ...installation, folder: join(folder, 'other-agent') };
  await withAgent(installation, async () => {
    await assert.rejects(
      withAgent(other, (agent) => update(agent, join(folder, 'package'))),
      code('busy'),
    );
    assert.equal(await digestOf(world), old);
  });
  const outcome = await withAgent(other, (agent) => update(agent, join(folder, 'package')));
  assert.equal(outcome.is, 'done');
});

test('a torn state is told, and nothing is guessed', async (t) => {
  const { world, folder, installation } = await worldOf(t);
  await act(world, 'update');
  const path = join(installation.folder, 'agent.sqlite');
  const whole = readFileSync(path);
  for (const torn of [
    Buffer.from('bukan basis data'.repeat(400)),
    Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 7)]),
  ]) {
    for (const rest of ['-wal', '-shm']) rmSync(`${path}${rest}`, { force: true });
    writeFileSync(path, torn);
    assert.throws(() => openState(installation.folder), code('state_damaged'));
  }
  rmSync(path);
  await withAgent(installation, (agent) => runRollback(agent, never()));
  assert.equal(versionOf(installation), '1.0.0');
  assert.ok(existsSync(folder));
});

for (const layout of ['in-place', 'releases'] as const) {
  test(`going back from a compatible update is by code alone, once, in the layout ${layout}`, async (t) => {
    const { world, folder, installation, old } = await worldOf(t, layout);
    await withAgent(installation, async (agent) => {
      await assert.rejects(runRollback(agent, never()), code('nothing_to_roll_back'));
      await update(agent, join(folder, 'package'), { hasMigrations: true, isCompatible: true });
      const rows = (await digestOf(world)).split(' ')[1];
      assert.equal(versionOf(installation), '1.1.0');
      assert.deepEqual(await runRollback(agent, never()), { is: 'done' });
      const [tree, rowsNow] = (await digestOf(world)).split(' ');
      assert.equal(rowsNow, rows);
      if (layout === 'in-place') assert.equal(tree, old.split(' ')[0]);
      else assert.equal(readlinkSync(join(folder, 'app/current')), 'releases/1.0.0');
      assert.equal(agent.db.prepare('select status from system_updates').get()?.status, 'rolled_back');
      await assert.rejects(runRollback(agent, never()), code('nothing_to_roll_back'));
    });
  });

  test(`going back is refused where the old code cannot run on the database, in the layout ${layout}`, async (t) => {
    const { world, installation } = await worldOf(t, layout);
    await act(world, 'migrate');
    const updated = await digestOf(world);
    await withAgent(installation, (agent) =>
      assert.rejects(runRollback(agent, never()), code('rollback_needs_restore')),
    );
    assert.equal(await digestOf(world), updated);
  });

  test(`going back that ends ill stays where it was, and may be tried again, in the layout ${layout}`, async (t) => {
    const { world, installation } = await worldOf(t, layout);
    await act(world, 'update');
    const updated = await digestOf(world);
    const ill = withHooks(installation, { health: { ...shell('false'), tries: 1 } });
    const outcome = await withAgent(ill, (agent) => runRollback(agent, never()));
    assert.equal(outcome.is, 'undone');
    assert.equal(await digestOf(world), updated);
    await act(world, 'rollback');
    assert.equal(versionOf(installation), '1.0.0');
  });
}
