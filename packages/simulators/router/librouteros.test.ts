import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type RouterOptions, startRouter } from './start-router.ts';

const library = '/usr/lib/python3/dist-packages/librouteros';
const missing = existsSync(library)
  ? false
  : `${library} is not there; on Debian: apt-get install python3-librouteros`;

const run = promisify(execFile);
const client = join(import.meta.dirname, '../../../test/support/librouteros_client.py');

/** Runs a scenario of the client; fails with what Python says. */
async function scenario(name: string, ...ports: readonly (number | undefined)[]): Promise<void> {
  try {
    await run('/usr/bin/python3', ['-I', client, name, ...ports.map(String)], { timeout: 60_000 });
  } catch (error) {
    assert.fail(error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error));
  }
}

const start = (options: RouterOptions = {}) =>
  startRouter({ identity: 'Menara', accounts: [{ name: 'nadi', password: 'rahasia' }], ...options });

describe('a client that knows nothing of this router', { skip: missing }, () => {
  test('logs in both ways', async () => {
    await using old = await start({ version: '6.42' });
    await using recent = await start({ version: '6.49' });
    await scenario('logins', old.port, recent.port);
  });

  test('adds, changes, removes, and asks with its queries', async () => {
    for (const version of ['6.49', '7.20'] as const) {
      await using router = await start({ version });
      await scenario('tables', router.port);
    }
  });

  test('is refused in words it understands', async () => {
    await using old = await start({ version: '6.42' });
    await using recent = await start({ version: '7.9' });
    await scenario('traps', old.port, recent.port);
  });

  test('listens, and stops listening', async () => {
    await using router = await start();
    await scenario('listening', router.port);
  });

  test('keeps names of another code page', async () => {
    await using router = await start();
    await scenario('code_pages', router.port);
  });

  test('comes in by anonymous TLS', async () => {
    await using router = await start({ tls: 'anonymous' });
    await scenario('anonymous_tls', router.tlsPort);
  });

  test('reads 10,000 secrets, also cut into odd pieces', async () => {
    await using router = await start();
    for (let number = 0; number < 10_000; number += 1) router.insert('/ppp/secret', { name: `p${number}` });
    await scenario('many', router.port);
    router.faults.add({ do: 'split', bytes: 997 });
    await scenario('many', router.port);
  });
});
