import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSite } from './agent-cli.ts';

test('every fault of the configuration is told at once, and no secret with it', async () => {
  using at = newSite({
    files: {},
    env: {
      UPDATE_SOURCE: 'ftp',
      OTA_SERVER_URL: 'http://updates.example',
      OTA_LICENSE_KEY: 'RAHASIA-1',
      UPDATE_CHECK_INTERVAL: '0',
      ALLOW_DOWNGRADE: 'mungkin',
      ROLLBACK_TIMEOUT: '5m',
    },
    settings: { hooks: { migrate: 'php artisan migrate' }, unknown: 1 },
  });
  const { code, json, out } = await at.run('update:history');
  assert.equal(code, 1);
  for (const name of [
    'UPDATE_SOURCE',
    'OTA_SERVER_URL',
    'OTA_AGENT_CODE',
    'UPDATE_CHECK_INTERVAL',
    'ALLOW_DOWNGRADE',
    'ROLLBACK_TIMEOUT',
    'hooks.migrate',
    'unknown',
  ])
    assert.match(json.error.message, new RegExp(name.replace('.', '\\.')), out);
  assert.doesNotMatch(out, /RAHASIA/);
});

test('unsigned sources are used where they are named, and nowhere else', async () => {
  const env = { OTA_SERVER_URL: 'https://a.example', OTA_AGENT_CODE: 'A', OTA_LICENSE_KEY: 'K' };
  using unnamed = newSite({ files: {}, env });
  assert.equal((await unnamed.run('ota:check')).json.error.code, 'no_source');
  using pinned = newSite({
    files: { 'root.json': '{}' },
    env: { ...env, UPDATE_SOURCE: 'ota', VERIFY_UPDATE_CHECKSUM: 'false' },
    settings: { root_metadata: 'root.json' },
  });
  const { json } = await pinned.run('ota:check');
  assert.match(json.error.message, /UPDATE_SOURCE=ota brings no signatures/);
  assert.match(json.error.message, /VERIFY_UPDATE_CHECKSUM=false is refused/);
});
