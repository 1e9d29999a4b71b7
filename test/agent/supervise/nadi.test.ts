import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startAgent, until } from './agent.ts';
import { ask, loadOf } from './load.ts';
import { childOf } from './processes.ts';

const other = (name: string) => ({ environment: { APP_NAME: name } });

test('Nadi itself is switched under load, its PostgreSQL and its agent are killed, and no request is lost', async (t) => {
  const folder = mkdtempSync('/tmp/nadi-whole-');
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const dataDir = join(folder, 'data');
  const agent = await startAgent(join(folder, 'agent'), port, { dataDir });
  t.after(() => agent.stop());
  const postgres = () => readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0];
  const pids = async () => (await agent.control('GET', '/status')).servers?.map(({ pid }) => pid);
  const load = loadOf(port, { path: '/api/health', clients: 4, say: (status) => String(status) });
  await load.more(100);

  const first = await pids();
  await agent.control('POST', '/exchange', other('Satu'));
  await load.more(100);
  await until(async () => (await pids())?.length === 1);
  assert.notDeepEqual(await pids(), first);

  const [server, cluster, killed] = [await pids(), postgres(), childOf(agent.pid)];
  process.kill(killed, 'SIGKILL');
  await load.more(100);
  await until(
    async () =>
      (await agent.control('GET', '/status').catch(() => ({ wanted: undefined }))).wanted !== undefined,
  );
  assert.equal(postgres(), cluster, 'PostgreSQL goes on');
  await until(async () => (await pids())?.length === 1);
  assert.notEqual(childOf(agent.pid), killed);
  assert.ok(server);
  await agent.control('POST', '/exchange', other('Dua'));
  await load.more(100);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()], ['200']);

  process.kill(Number(postgres()), 'SIGKILL');
  await until(async () => {
    const said = await ask(port, '/api/health');
    return said.includes('"healthy"') && postgres() !== cluster;
  });
});
