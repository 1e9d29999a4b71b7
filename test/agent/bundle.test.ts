import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { bundleAgent } from '../../server/commands/bundle-agent.ts';
import { addInstallations, type Client } from '../fleet/fleet-world.ts';
import { wiredApp } from '../fleet/wired-app.ts';
import { published, type ReleasesApp } from '../releases/store-app.ts';
import { newSite } from './agent-cli.ts';

// The agent as it is put alone on a server of somebody else: one file and Node, and nothing of ours beside it.

const repository = join(import.meta.dirname, '../..');
let folder: string;
let nadi: ReleasesApp;
let url: string;
let client: Client;

const tree = {
  artisan: '<?php // artisan\n',
  'app/Member.php': '<?php // 1\n',
  'public/index.php': '<?php // index\n',
  'storage/logs/laravel.log': 'log\n',
};
const next = { ...tree, 'app/Member.php': '<?php // 2\n', 'app/New.php': '<?php // new\n' };
const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files)
    .filter(([path]) => !path.startsWith('storage/'))
    .map(([name, data]) => ({ name, data }));

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nadi-bundle-'));
  nadi = await wiredApp();
  url = await nadi.app.listen({ host: '127.0.0.1', port: 0 });
  Object.assign(nadi.kit.config, { appUrl: url });
  [client] = (await addInstallations(nadi, 1)) as [Client];
  await published(nadi, '1.0.0', filesOf(tree));
  await published(nadi, '1.1.0', filesOf(next));
});
after(async () => {
  await nadi?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('one file and Node update an application of somebody else, and take it back', async () => {
  const printed: string[] = [];
  const terminal = { print: (line: string) => void printed.push(line), note: () => {}, redraw: undefined };
  const bundle = join(folder, 'agent.mjs');
  const around = { args: [], env: process.env, cwd: folder, execPath: process.execPath, repository };
  await bundleAgent({ ...around, signal: new AbortController().signal, terminal }, 'agent.mjs');
  assert.deepEqual(readdirSync(folder), ['agent.mjs']);
  assert.match(printed.join('\n'), /node agent\.mjs --help/);

  using at = newSite({
    files: { ...tree, '.bin/php': '#!/bin/sh\necho "$*" >> artisan.log\n' },
    env: {
      UPDATE_SOURCE: 'ota',
      OTA_SERVER_URL: url,
      OTA_AGENT_CODE: client.agent_code,
      OTA_LICENSE_KEY: client.license_key,
    },
    settings: { profile: 'laravel' },
  });
  chmodSync(join(at.root, '.bin/php'), 0o755);
  const alone = mkdtempSync(join(tmpdir(), 'nadi-alone-'));
  copyFileSync(bundle, join(alone, 'agent.mjs'));
  const run = async (...args: readonly string[]) => {
    // Neither the launcher nor a package is in reach.
    const child = spawn(process.execPath, [join(alone, 'agent.mjs'), ...args, '--json'], {
      cwd: at.root,
      env: { PATH: `${join(at.root, '.bin')}:/usr/bin:/bin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, notes, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    assert.equal(code, 0, out + notes);
    assert.equal(notes, '');
    return JSON.parse(out);
  };
  try {
    assert.partialDeepStrictEqual(await run('ota:check'), { is: 'offer', offer: { version: '1.1.0' } });
    assert.partialDeepStrictEqual(await run('update:apply', '--force'), { status: 'completed' });
    for (const [path, content] of Object.entries(next)) assert.equal(at.read(path), content, path);
    assert.equal(at.read('.version'), '1.1.0\n');
    const usual = ['config:clear', 'route:clear', 'view:clear', 'cache:clear', 'optimize'];
    assert.deepEqual(at.read('artisan.log')?.replaceAll('artisan ', '').trim().split('\n'), usual);
    assert.partialDeepStrictEqual(await run('update:rollback', '--force'), { status: 'rolled_back' });
    for (const [path, content] of Object.entries(tree)) assert.equal(at.read(path), content, path);
    assert.deepEqual([at.read('app/New.php'), at.read('.version')], [undefined, undefined]);
    assert.partialDeepStrictEqual(await run('ota:heartbeat'), { ok: true });
    const { data } = await run('backup:list');
    assert.partialDeepStrictEqual(data, [{ version: '1.0.0', is_restorable: true }]);
    assert.partialDeepStrictEqual(await run('backup:verify', String(data[0].id)), { ok: true });
    assert.deepEqual(readdirSync(alone), ['agent.mjs']);
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
});
