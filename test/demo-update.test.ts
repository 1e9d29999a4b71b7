import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { demo } from '../server/commands/demo.ts';
import { freePort, until } from './agent/supervise/agent.ts';
import { loadOf } from './agent/supervise/load.ts';
import { quietProcess, readyFile } from './support/demo-process.ts';

const repository = dirname(import.meta.dirname);

test('the demo’s provider is updated from the demo’s vendor by command, and taken back, with nobody refused', async () => {
  const folder = await realpath(await mkdtemp('/tmp/nadi-demo-'));
  await chmod(folder, 0o755);
  const { process, said, stop } = quietProcess(folder);
  const loads = new AsyncDisposableStack();
  const file = join(folder, 'ready.json');
  const env = { ...process.env, RATE_LIMIT_PER_MINUTE: '1000000' };
  const running = demo(
    { ...process, env },
    {
      data: join(folder, 'data'),
      port: String(await freePort()),
      readyFile: file,
      subscribers: 10,
      days: 10,
      agent: true,
    },
  );
  try {
    const { provider, vendor, installation, root = '' } = await readyFile(file, running);
    assert.match(said.join('\n'), /update:apply --root/);
    const nadi = async (...words: readonly string[]) => {
      const child = spawn(join(repository, 'nadi'), [...words, '--root', root, '--json'], {
        cwd: repository,
        env: { PATH: globalThis.process.env.PATH, HOME: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, notes, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit'),
      ]);
      return { code, said: out + notes, json: () => JSON.parse(out) };
    };
    const customers = async () => {
      const answer = await fetch(`${provider.url}/api/customers`, {
        headers: { authorization: `Bearer ${provider.token}` },
      });
      assert.equal(answer.status, 200);
      return ((await answer.json()) as { total: number }).total;
    };
    assert.equal(await customers(), 10);
    const load = loadOf(Number(new URL(provider.url).port), {
      path: '/api/health',
      clients: 4,
      say: (code) => String(code),
    });
    loads.defer(() => load.stop());
    await load.more(50);
    const serving = async () => {
      // Its agent starts anew after each.
      const { servers = [] } = (await nadi('agent:status')).json();
      return servers.find(({ phase }: { phase: string }) => phase === 'serving')?.version;
    };
    assert.equal(await serving(), '1.0.0');
    const found = await nadi('update:check');
    assert.equal(found.json().offer?.version, '1.1.0', found.said);
    const applied = await nadi('update:apply', '--force');
    assert.equal(applied.code, 0, applied.said);
    assert.equal(await readlink(join(root, 'current')), 'releases/1.1.0');
    await until(async () => (await serving()) === '1.1.0');
    const [backup] = (await nadi('backup:list')).json().data;
    assert.deepEqual([backup.version, backup.is_restorable], ['1.0.0', true]);
    const back = await nadi('update:rollback', '--force');
    assert.equal(back.code, 0, back.said);
    await until(async () => (await serving()) === '1.0.0');
    await load.more(50);
    await load.stop();
    assert.deepEqual([load.failures, [...load.answered.keys()]], [[], ['200']]);
    assert.equal(await customers(), 10);
    // The vendor was told.
    const answer = await fetch(`${vendor.url}/api/fleet/installations?per_page=100`, {
      headers: { authorization: `Bearer ${vendor.token}` },
    });
    const { data } = (await answer.json()) as { data: { agent_code: string; version: string }[] };
    const known = data.find(({ agent_code: code }) => code === installation.agent_code);
    assert.ok(known !== undefined);
    assert.match(await readFile(join(root, 'releases/1.1.0/package.json'), 'utf8'), /"version": "1\.1\.0"/);
  } finally {
    await loads.disposeAsync();
    stop();
    assert.equal(await running, 0);
    await rm(folder, { recursive: true, force: true });
  }
});
