import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../../server/commands/cli.ts';
import { testDatabase } from '../support/database.ts';
import { addPlan, box, call, done, pairing, refusedWith, vendorApp } from './licensing-support.ts';

test('licenses are listed, created, shown, suspended, resumed, revoked and given keys from a terminal', async () => {
  await using database = await testDatabase();
  await using nadi = await vendorApp({ databaseUrl: database.url });
  const { packageId, customerId } = await addPlan(nadi);
  const run = async (...args: string[]) => {
    const printed: string[] = [];
    const noted: string[] = [];
    const code = await runCli({
      args: ['license', ...args],
      env: { DATABASE_URL: database.url, APP_KEY: `base64:${Buffer.alloc(32, 7).toString('base64')}` },
      cwd: '/',
      execPath: process.execPath,
      repository: dirname(dirname(import.meta.dirname)),
      signal: new AbortController().signal,
      terminal: {
        print: (line) => void printed.push(line),
        note: (line) => void noted.push(line),
        redraw: undefined,
      },
    });
    return { code, printed: printed.join('\n'), noted: noted.join('\n') };
  };
  const created = await run('create', '--customer', customerId, '--package', packageId, '--json');
  assert.equal(created.code, 0, created.noted);
  const { id, license_key: key, key_hint: hint } = JSON.parse(created.printed);
  const { token } = await done(nadi, 'pair', pairing(key, box()));
  assert.match((await run('list')).printed, new RegExp(`^${id}  active .*Hotel`));
  const [listed] = JSON.parse((await run('list', '--json', '--status', 'active')).printed);
  assert.equal(listed.id, id);
  assert.ok(!('key_hash' in listed));
  assert.match((await run('show', hint)).printed, /Installations {2}1 of 1\n {2}AG-.*paired/);
  assert.match((await run('suspend', id, '--reason', 'Belum bayar')).printed, /suspended/);
  const rotate = () => call(nadi, 'rotate-token', {}, { token });
  assert.match(refusedWith(await rotate(), 'SUSPENDED'), /Belum bayar/);
  assert.match((await run('resume', id)).printed, /active/);
  assert.equal((await rotate()).statusCode, 200);
  const again = await run('key', id);
  assert.notEqual(again.printed, key);
  assert.ok(!again.noted.includes(again.printed));
  assert.match((await run('revoke', id, '--reason', 'Pelanggaran')).printed, /revoked/);
  for (const wrong of [
    ['show', 'XXXXX'],
    ['show', customerId],
    ['create', '--customer', 'x', '--package', 'y'],
    ['suspend', id],
    ['suspend', id, '--reason', 'x'],
  ]) {
    const answer = await run(...wrong);
    assert.notEqual(answer.code, 0, wrong.join(' '));
    assert.doesNotMatch(answer.noted, /unexpected/, answer.noted);
  }
});
