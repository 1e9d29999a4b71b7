import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EmbeddedOptions, startEmbedded } from './embedded.ts';
import { clusterProcesses } from './processes.ts';

const settings = { fsync: 'off', shared_buffers: '16MB' };
const notLinux = process.platform !== 'linux' && 'only there a process can be asked how it was started';

/** A data folder whose server goes on after its owner was killed. */
async function leftBehind(t: TestContext): Promise<EmbeddedOptions & { readonly pid: () => number }> {
  const dataDir = await mkdtemp('/tmp/nadi-outlives-');
  await chmod(dataDir, 0o755);
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const options = { dataDir, settings, onBusy: 'refuse', outlives: true } as const;
  const code = `
    import { startEmbedded } from ${JSON.stringify(import.meta.resolve('./embedded.ts'))};
    const server = await startEmbedded(${JSON.stringify(options)});
    console.log(server.url);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const pid = () => Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  return { ...options, pid };
}

test('a server that outlives its owner is taken over as it runs, seen to end, and stopped', {
  skip: notLinux,
}, async (t) => {
  const { pid, ...options } = await leftBehind(t);
  const running = pid();
  const heir = await startEmbedded(options);
  assert.equal(pid(), running);
  process.kill(running, 'SIGKILL');
  assert.match(String(await heir.exited), /PostgreSQL ended/);
  await heir.stop();
  await using again = await startEmbedded(options);
  assert.notEqual(pid(), running);
  await again.stop();
  assert.deepEqual(await clusterProcesses(join(options.dataDir, 'postgres')), []);
});

test('a server that was taken over is stopped by its new owner', { skip: notLinux }, async (t) => {
  const { pid, ...options } = await leftBehind(t);
  const running = pid();
  const heir = await startEmbedded(options);
  assert.equal(pid(), running);
  await heir.stop();
  assert.equal(await heir.exited, undefined);
  assert.deepEqual(await clusterProcesses(join(options.dataDir, 'postgres')), []);
});

test('a server that runs with other settings is not taken over, but replaced', async (t) => {
  const { pid, ...options } = await leftBehind(t);
  const running = pid();
  await using _heir = await startEmbedded({ ...options, settings: { ...settings, work_mem: '16MB' } });
  assert.notEqual(pid(), running);
});
