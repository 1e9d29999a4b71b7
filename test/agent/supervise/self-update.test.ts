import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { changedFiles, layReleases } from '../../support/nadi-tree.ts';
import { Host, packageOf, sha256 } from '../release-host.ts';
import { freePort, until } from './agent.ts';
import { loadOf } from './load.ts';

test('Nadi updates itself by ./nadi update:apply and goes back: server, agent and tree are others, PostgreSQL goes on, no request is lost', async (t) => {
  const root = realpathSync(mkdtempSync('/tmp/nadi-self-'));
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  await using host = await Host.start();
  const bytes = await packageOf(changedFiles('9.1.0'));
  host.file('/next.zip', bytes);
  host.json('/check', {
    version: '9.1.0',
    download_url: `${host.url}/next.zip`,
    checksum: sha256(bytes),
    download_size: bytes.length,
    has_migrations: true,
    compatible: true,
  });
  const port = await freePort();
  layReleases(root, '9.0.0', {
    PORT: String(port),
    UPDATE_SOURCE: 'custom',
    UPDATE_CHECK_URL: `${host.url}/check`,
    ROLLBACK_TIMEOUT: '300',
  });
  const env = { PATH: process.env.PATH, HOME: root, LOG_LEVEL: 'warn', RATE_LIMIT_PER_MINUTE: '1000000' };
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
    return { code, said: out + notes, json: () => JSON.parse(out) };
  };
  const service = spawn(join(root, 'nadi'), ['agent', 'run'], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  service.stderr.setEncoding('utf8').on('data', (piece) => {
    said += piece;
  });
  t.after(async () => {
    service.kill('SIGTERM');
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
  });
  const status = async () => (await nadi('agent:status', '--json')).json();
  const serves = async (version: string) => {
    assert.equal(service.exitCode, null, said);
    const { servers = [], ending } = await status();
    return (
      ending === false &&
      servers.some((one: Record<string, string>) => one.phase === 'serving' && one.version === version)
    );
  };
  await until(() => serves('9.0.0'));
  const postgres = () =>
    readFileSync(join(root, 'shared/data/postgres/postmaster.pid'), 'utf8').split('\n')[0];
  const [cluster, { agent: first }] = [postgres(), await status()];
  const load = loadOf(port, { path: '/api/health', clients: 4, say: (code) => String(code) });
  t.after(() => load.stop());
  await load.more(50);

  const applied = await nadi('update:apply', '--force', '--json');
  assert.equal(applied.code, 0, `${applied.said}\n${said}`);
  assert.equal(readlinkSync(join(root, 'current')), 'releases/9.1.0');
  await until(async () => (await serves('9.1.0')) && (await status()).agent !== first);
  const { agent: second } = await status();
  assert.match(
    readFileSync(`/proc/${second}/cmdline`, 'utf8'),
    /releases\/9\.1\.0\//,
    'the agent is the new one',
  );
  await load.more(50);

  const back = await nadi('update:rollback', '--force', '--json');
  assert.equal(back.code, 0, `${back.said}\n${said}`);
  await until(async () => (await serves('9.0.0')) && (await status()).agent !== second);
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual([...load.answered.keys()], ['200']);
  assert.equal(postgres(), cluster, 'PostgreSQL goes on');
});
