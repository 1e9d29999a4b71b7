import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { systemClock } from '../../agent/clock.ts';
import { readConfig } from '../../agent/config/read-config.ts';
import { newSite } from './agent-cli.ts';

// What people copy from deploy/ is what the agent and systemd take.

const deploy = join(import.meta.dirname, '../../deploy');
const textOf = (path: string) => readFileSync(join(deploy, path), 'utf8');

for (const name of ['laravel', 'nadi'])
  test(`the example of ${name} is read as it stands`, () => {
    const env = parseEnv(textOf(`examples/${name}/env.example`));
    const settings = JSON.parse(textOf(`examples/${name}/agent.json`));
    using at = newSite({ files: {}, env: env as Record<string, string>, settings });
    const config = readConfig({ env: {}, cwd: at.root, clock: systemClock });
    assert.deepEqual([config.installation.root, config.ota?.serverUrl], [at.root, env.OTA_SERVER_URL]);
  });

for (const guide of ['guide-en.md', 'panduan-id.md'])
  test(`the settings that ${guide} shows are read as they stand`, () => {
    const text = readFileSync(join(deploy, '../docs', guide), 'utf8');
    const blocks = [...text.matchAll(/```json\n([^`]*?(?:"profile"|"notices")[^`]*)```/g)].map(
      ([, block = '']) => (block.startsWith('{') ? block : `{${block}}`),
    );
    assert.equal(blocks.length, 2);
    const env = {
      MAIL_HOST: 'smtp.example.com',
      AGENT_SLACK_URL: 'https://hooks.slack.example/x',
      AGENT_HOOK_SECRET: 'secret',
    };
    for (const block of blocks) {
      using at = newSite({ files: {}, env, settings: JSON.parse(block) });
      assert.equal(readConfig({ env: {}, cwd: at.root, clock: systemClock }).notices.name, 'Hotel Melati');
    }
  });

const units = ['systemd/nadi.socket', 'systemd/nadi.service', 'examples/laravel/nadi-agent.service'] as const;
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('systemd takes the units', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-units-'));
  try {
    for (const unit of units) {
      const text = textOf(unit);
      const paths = [...text.matchAll(/^Exec\w+=(\S+)/gm)].map(([, path]) => path ?? '');
      assert.ok(
        paths.every((path) => path.startsWith('/opt/')),
        `${unit}: ${paths}`,
      );
      // The programs are not where they would be installed.
      const file = join(folder, unit.replace(/^.*\//, ''));
      writeFileSync(file, text.replaceAll(/^(Exec\w+=)\S+/gm, '$1/bin/true'));
    }
    if (!hasSystemd) return;
    for (const unit of units) {
      const name = unit.replace(/^.*\//, '');
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(folder, name)], {
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:`, LC_ALL: 'C' },
        encoding: 'utf8',
      });
      const ours = stderr.split('\n').filter((line) => line.includes('nadi'));
      assert.deepEqual([status, ours], [0, []], unit);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
