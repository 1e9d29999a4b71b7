import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort, startAgent, until } from './agent.ts';
import { ask, loadOf } from './load.ts';
import { childOf } from './processes.ts';

const small = join(import.meta.dirname, 'small-server.ts');
const commandOf = (version: string) => [process.execPath, small, version];

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('an agent that is killed, restarted or told to restart loses no request; its server goes on', async (t) => {
  const folder = folderOf(t);
  const port = await freePort();
  const agent = await startAgent(folder, port, { version: '1.0.0', command: commandOf('1.0.0') });
  t.after(() => agent.stop());
  const before = (await agent.control('GET', '/status')).servers;
  const load = loadOf(port);
  await load.more(100);
  const ways = [
    (pid: number) => process.kill(pid, 'SIGKILL'),
    () => void agent.control('POST', '/restart'),
    (pid: number) => process.kill(pid, 'SIGKILL'),
  ];
  for (const way of ways) {
    const pid = childOf(agent.pid);
    way(pid);
    await until(async () => ![0, pid].includes(childOf(agent.pid)));
    await until(async () => {
      const status = await agent.control('GET', '/status').catch(() => ({ servers: undefined }));
      return status.servers !== undefined;
    });
    assert.deepEqual((await agent.control('GET', '/status')).servers, before);
    await load.more(100);
  }
  await agent.control('POST', '/exchange', { version: '1.1.0', command: commandOf('1.1.0') });
  await load.more(100);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answered.has('200 1.1.0'));
});

test('a control socket is open to its own user alone, and says in words what it refuses', async (t) => {
  const folder = folderOf(t);
  const agent = await startAgent(folder, await freePort(), {
    version: '1.0.0',
    command: commandOf('1.0.0'),
  });
  t.after(() => agent.stop());
  assert.equal(statSync(join(folder, 'run/control.sock')).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, 'run')).mode & 0o777, 0o700);
  await assert.rejects(agent.control('GET', '/nothing'), /not_found/);
  await assert.rejects(
    agent.control('POST', '/exchange', { version: '2.0.0', command: ['/nothing/there'] }),
    /server_not_ready.*tidak mau jalan/,
  );
  assert.equal((await agent.control('GET', '/status')).wanted, '1.0.0');
});

test('after a kill of everything but the server, the next agent needs no hand', async (t) => {
  const folder = folderOf(t);
  const port = await freePort();
  const program = { version: '1.0.0', command: commandOf('1.0.0') };
  const agent = await startAgent(folder, port, program);
  const pid = childOf(agent.pid);
  const holder = agent.kill();
  process.kill(pid, 'SIGKILL');
  await holder;
  const heir = await startAgent(folder, port, program);
  t.after(() => heir.stop());
  assert.equal(await ask(port), '1.0.0');
});

test('an agent whose holder is killed ends what it looks after, and the next one has the port', async (t) => {
  const folder = folderOf(t);
  const port = await freePort();
  const program = { version: '1.0.0', command: commandOf('1.0.0') };
  const agent = await startAgent(folder, port, program);
  await agent.kill();
  const heir = await startAgent(folder, port, program);
  t.after(() => heir.stop());
  assert.equal(await ask(port), '1.0.0');
});
