import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { layNadi } from '../../support/nadi-tree.ts';
import { freePort, until } from './agent.ts';
import { loadOf } from './load.ts';

/** A folder that holds a Nadi and nothing else, and its launcher. */
async function installationOf(t: TestContext) {
  const root = mkdtempSync('/tmp/nadi-run-');
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  layNadi(root, '1.0.0');
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: root, PORT: String(port), LOG_LEVEL: 'warn' };
  const nadi = async (...words: readonly string[]) => {
    const child = spawn(join(root, 'nadi'), [...words], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, notes, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { code, out, notes };
  };
  return { root, port, env, nadi };
}

test('./nadi agent run serves the Nadi of its folder; it is restarted with no request lost, and stopped', async (t) => {
  const { root, port, env, nadi } = await installationOf(t);
  assert.match((await nadi('agent:status', '--language', 'en')).notes, /No agent looks after/);
  const service = spawn(join(root, 'nadi'), ['agent', 'run'], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  t.after(async () => {
    service.kill('SIGTERM');
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
  });
  let said = '';
  service.stderr.setEncoding('utf8').on('data', (piece) => {
    said += piece;
  });
  const status = async () => {
    const { out } = await nadi('agent:status', '--json');
    return JSON.parse(out);
  };
  await until(async () => {
    assert.equal(service.exitCode, null, said);
    return (await status()).servers?.some(({ phase }: { phase: string }) => phase === 'serving') === true;
  });
  const before = await status();
  assert.equal(before.wanted, '1.0.0');
  assert.equal(before.has_postgres, true);
  assert.match((await nadi('agent', 'run', '--language', 'en')).notes, /already looks after/);
  const cluster = () => readFileSync(join(root, 'data/postgres/postmaster.pid'), 'utf8').split('\n')[0];
  const postgres = cluster();

  const load = loadOf(port, { path: '/api/health', clients: 4, say: (code) => String(code) });
  await load.more(50);
  const restarted = await nadi('agent', 'restart');
  assert.equal(restarted.code, 0, restarted.notes);
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()], ['200']);
  const after = await status();
  assert.notEqual(after.agent, before.agent);
  assert.deepEqual(after.servers, before.servers);
  assert.equal(cluster(), postgres);

  assert.equal((await nadi('agent:stop')).code, 0);
  const [code] = service.exitCode === null ? await once(service, 'exit') : [service.exitCode];
  assert.equal(code, 0, said);
  assert.throws(cluster);
});

test('./nadi agent run says in words where there is no Nadi', async (t) => {
  const { root, nadi } = await installationOf(t);
  const { code, notes } = await nadi('agent', 'run', '--root', join(root, 'server'), '--language', 'en');
  assert.equal(code, 1);
  assert.match(notes, /no Nadi in/);
});
