import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startAgent, until } from './agent.ts';
import { ask, loadOf } from './load.ts';
import { childOf } from './processes.ts';

const repository = join(import.meta.dirname, '../../..');
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
const up = (roles: string) => ({
  version: String(version),
  command: [process.execPath, join(repository, 'server/main.ts'), 'up', '--role', roles],
});

test('Nadi itself is switched under load, its PostgreSQL and its agent are killed, and no request is lost', async (t) => {
  const folder = mkdtempSync('/tmp/nadi-whole-');
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const dataDir = join(folder, 'data');
  const agent = await startAgent(join(folder, 'agent'), port, { dataDir, ...up('api,worker') });
  t.after(() => agent.stop());
  const postgres = () => readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0];
  const pids = async () => (await agent.control('GET', '/status')).servers?.map(({ pid }) => pid);
  const load = loadOf(port, { path: '/api/health', clients: 4, say: (status) => String(status) });
  await load.more(100);

  const first = await pids();
  await agent.control('POST', '/switch', up('api,worker,poller'));
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
  await agent.control('POST', '/switch', up('api'));
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
