import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAppKey } from './app-key.ts';
import { createSecretBox } from './crypto.ts';
import { createLog } from './log.ts';

test('a sealed secret opens with its key and purpose only, and not once changed', () => {
  const box = createSecretBox(randomBytes(32));
  const sealed = box.seal('rahasia ✓', 'router.password');
  assert.equal(box.open(sealed, 'router.password'), 'rahasia ✓');
  assert.notEqual(box.seal('rahasia ✓', 'router.password'), sealed, 'never the same twice');
  assert.throws(() => box.open(sealed, 'snmp.password'));
  assert.throws(() => createSecretBox(randomBytes(32)).open(sealed, 'router.password'));
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  for (const at of [0, 12, 28, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    assert.throws(() => box.open(`v1.${changed.toString('base64url')}`, 'router.password'));
  }
  for (const wrong of ['', 'v1', 'v1.', 'v2.abcd', 'plain text']) assert.throws(() => box.open(wrong, 'x'));
});

test('the key is made once, readable by its owner alone, and never replaced', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nadi-key-'));
  try {
    const key = loadAppKey(undefined, folder);
    assert.equal(key.length, 32);
    assert.deepEqual(loadAppKey(undefined, folder), key);
    assert.equal(statSync(join(folder, 'app.key')).mode & 0o777, 0o600);
    writeFileSync(join(folder, 'app.key'), 'base64:broken');
    assert.throws(() => loadAppKey(undefined, folder), /Put back the file from a backup/);
    assert.equal(readFileSync(join(folder, 'app.key'), 'utf8'), 'base64:broken');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no secret is logged, wherever it stands, nor what PostgreSQL says of a row', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  log.info({
    password: 'S3CRET',
    body: { token: 'S3CRET', deep: { secret: 'S3CRET' } },
    req: { headers: { authorization: 'S3CRET', cookie: 'S3CRET' } },
  });
  log.error({
    err: Object.assign(new Error('failed'), {
      detail: 'Key (password)=(S3CRET)',
      where: 'S3CRET',
      code: '23505',
    }),
  });
  assert.equal(lines.length, 2);
  assert.doesNotMatch(lines.join(''), /S3CRET/);
  assert.match(lines.join(''), /23505/);
});
