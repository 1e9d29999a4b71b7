import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openState } from '../../../agent/state/open-state.ts';
import { readJournal } from '../../../agent/transaction/journal.ts';
import { struckAgent } from '../kill-matrix.ts';
import {
  act,
  digestOf,
  installationOf,
  makeWorld,
  type Scenario,
  versionOf,
  type World,
} from '../update-world.ts';
import { freePort, startWorldAgent, until } from './agent.ts';
import { loadOf } from './load.ts';
import { childOf } from './processes.ts';

/** An application in releases that an agent serves, under load. */
async function served(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-served-'));
  const world: World = { folder: join(folder, 'w'), layout: 'releases', database: 'sqlite', isServed: true };
  await makeWorld(world);
  const old = await digestOf(world);
  const port = await freePort();
  const agent = await startWorldAgent(world, port);
  const load = loadOf(port, { say: (status, body) => (status === 503 ? '503' : body) });
  t.after(async () => {
    await load.stop();
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await load.more(50);
  const status = () => agent.control('GET', '/status').catch(() => undefined);
  const isSettled = async (version: string) => {
    const { servers = [], wanted } = (await status()) ?? {};
    const isOne = servers.length === 1 && servers.every(({ phase }) => phase === 'serving');
    using state = openState(join(world.folder, 'agent'));
    if (readJournal(state.db) !== undefined) return false;
    return wanted === version && isOne && versionOf(installationOf(world)) === version;
  };
  return { world, port, old, agent, load, isSettled };
}

/** In a process of its own, which is killed at a call, where one is named; gives how many there were. */
async function strike(world: World, scenario: Scenario, call?: number): Promise<number> {
  await using struck = struckAgent();
  const said = await struck.work(
    { world, scenario },
    call === undefined ? undefined : { strike: 'kill', call },
  );
  return said !== undefined && 'calls' in said ? said.calls.length : 0;
}

test('a compatible release serves after its update and no more after its rollback, with no request lost', async (t) => {
  const { world, load, isSettled, agent } = await served(t);
  const before = childOf(agent.pid);
  await act(world, 'update');
  await until(() => isSettled('1.1.0'));
  assert.notEqual(childOf(agent.pid), before, 'the agent goes on from the new tree');
  await load.more(50);
  await act(world, 'rollback');
  await until(() => isSettled('1.0.0'));
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()].sort(), ['1.0.0', '1.1.0']);
});

for (const fault of ['ill', 'dies', 'lies'])
  test(`a release whose server ${fault} is undone before anybody is served by it`, async (t) => {
    const { world, old, load, isSettled } = await served(t);
    writeFileSync(join(world.folder, 'fault'), `1.1.0 ${fault}`);
    await act(world, 'update');
    assert.ok(await isSettled('1.0.0'));
    assert.equal(await digestOf(world), old);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual([...load.answered.keys()], ['1.0.0']);
  });

test('an incompatible release is closed from before its backup on, and only one of both versions is ever served', async (t) => {
  const { world, old, load, isSettled } = await served(t);
  writeFileSync(join(world.folder, 'fault'), '1.1.0 dies');
  await act(world, 'migrate');
  await until(() => isSettled('1.0.0'));
  assert.equal(await digestOf(world), old);
  await load.more(50);
  assert.deepEqual([...load.answered.keys()].sort(), ['1.0.0', '503']);
  rmSync(join(world.folder, 'fault'));
  await act(world, 'migrate');
  await until(() => isSettled('1.1.0'));
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()].sort(), ['1.0.0', '1.1.0', '503']);
});

test('update: where the command is killed at any call, the agent undoes or finishes it by itself, and no request is lost', async (t) => {
  const { world, load, isSettled } = await served(t);
  const total = await strike(world, 'update');
  assert.ok(total > 50, String(total));
  const ends = { old: 0, new: 0 };
  for (const place of [0.3, 0.6, 0.75, 0.9]) {
    await until(() => isSettled('1.1.0'));
    await act(world, 'rollback');
    await until(() => isSettled('1.0.0'));
    await strike(world, 'update', Math.floor(place * total));
    await until(async () => (await isSettled('1.0.0')) || (await isSettled('1.1.0')));
    ends[(await isSettled('1.0.0')) ? 'old' : 'new'] += 1;
    await load.more(20);
    await act(world, 'update');
  }
  t.diagnostic(JSON.stringify(ends));
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('migrate: where the command is killed, the agent puts the database back or finishes it', async (t) => {
  const total = await strike((await served(t)).world, 'migrate');
  assert.ok(total > 100, String(total));
  for (const place of [0.5, 0.85]) {
    const { world, old, load, isSettled } = await served(t);
    await strike(world, 'migrate', Math.floor(place * total));
    await until(async () => (await isSettled('1.0.0')) || (await isSettled('1.1.0')));
    if (await isSettled('1.0.0')) assert.equal(await digestOf(world), old);
    await act(world, 'migrate');
    await until(() => isSettled('1.1.0'));
    await load.more(20);
    await load.stop();
    assert.deepEqual(load.failures, []);
  }
});

test('where the agent itself is killed while it switches, and while it undoes that, the next one goes on', async (t) => {
  const { world, agent, load, isSettled } = await served(t);
  const killed = async (work: Promise<void>) => {
    const pid = childOf(agent.pid);
    await until(async () => {
      const { servers = [] } = await agent.control('GET', '/status').catch(() => ({ servers: [] }));
      return servers.length > 1;
    });
    process.kill(pid, 'SIGKILL');
    await work;
  };
  await killed(act(world, 'update'));
  await until(() => isSettled('1.1.0'));
  await load.more(50);
  await act(world, 'rollback');
  await until(() => isSettled('1.0.0'));
  const old = await digestOf(world);
  writeFileSync(join(world.folder, 'fault'), '1.1.0 ill');
  await killed(act(world, 'update'));
  await until(() => isSettled('1.0.0'));
  assert.equal(await digestOf(world), old);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('where no agent has servers, files alone are updated', async (t) => {
  const { world, agent, load } = await served(t);
  await load.stop();
  await agent.stop();
  await act(world, 'update');
  assert.equal(versionOf(installationOf(world)), '1.1.0');
});
