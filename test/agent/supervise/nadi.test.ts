import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { socketUrl } from '#embedded-postgres';
import { freePort, startAgent, until } from './agent.ts';
import { ask, loadOf } from './load.ts';
import { childOf } from './processes.ts';

const other = (name: string) => ({ environment: { APP_NAME: name } });

const addJob = `select graphile_worker.add_job('left', job_key => 'left', run_at => now() + interval '1 day')`;
const lockJob = `update graphile_worker._private_jobs set locked_by = 'killed', locked_at = now() where key = 'left'`;
const holderOfJob = `select coalesce(locked_by, 'nobody') from graphile_worker._private_jobs where key = 'left'`;

async function sql(dataDir: string, statement: string): Promise<unknown> {
  const { socket } = JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8'));
  const client = new pg.Client({ connectionString: socketUrl(socket, 'nadi') });
  await client.connect();
  try {
    const { rows } = await client.query({ text: statement, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

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

  // What a killed server had in hand is taken up by the next one.
  await until(async () => (await pids())?.length === 1);
  const [hand = 0] = (await pids()) ?? [];
  await sql(dataDir, addJob);
  await sql(dataDir, lockJob);
  assert.equal(await sql(dataDir, holderOfJob), 'killed');
  process.kill(hand, 'SIGKILL');
  await until(async () => (await pids())?.some((pid) => pid !== hand) === true);
  await until(async () => (await sql(dataDir, holderOfJob)) === 'nobody');

  process.kill(Number(postgres()), 'SIGKILL');
  await until(async () => {
    const said = await ask(port, '/api/health');
    return said.includes('"healthy"') && postgres() !== cluster;
  });
});
