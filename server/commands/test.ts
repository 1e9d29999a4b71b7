import { spawn } from 'node:child_process';
import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwawaySettings } from '#embedded-postgres';
import { startEmbedded } from '#kit/embedded.ts';
import type { Process } from './context.ts';
import { bringPackages } from './test-packages.ts';

/**
 * Checks the code, brings what tests use of the system's packages where it may, then runs all tests (or those of `files`) against one PostgreSQL in a folder of its own. Returns
 * the exit code. `isFull` runs whole what is otherwise sampled.
 */
export async function testCommand(
  process: Process,
  files: readonly string[],
  isFull: boolean,
): Promise<number> {
  if (files.length === 0) {
    const { checkCommand } = await import('./check.ts');
    const checked = await checkCommand(process);
    if (checked !== 0) return checked;
    await bringPackages(process);
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-test-'));
  try {
    await using postgres = await startEmbedded({
      dataDir,
      onBusy: 'refuse',
      settings: throwawaySettings,
      command: 'nadi test',
    });
    const chosen = files.length > 0 ? files : await testFiles(process.repository);
    return await runNodeTests(process, chosen, postgres.url, isFull);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function testFiles(repository: string): Promise<string[]> {
  const found = await Array.fromAsync(
    glob(['server/**/*.test.ts', 'packages/**/*.test.ts', 'test/**/*.test.ts'], { cwd: repository }),
  );
  return found.sort();
}

function runNodeTests(
  process: Process,
  files: readonly string[],
  databaseUrl: string,
  isFull: boolean,
): Promise<number> {
  const limit = `--test-timeout=${isFull ? 7_200_000 : 300_000}`;
  const child = spawn(
    process.execPath,
    ['--test', '--test-concurrency=2', limit, '--test-reporter=spec', ...files],
    {
      cwd: process.repository,
      env: {
        ...process.env,
        NADI_TEST_DATABASE: databaseUrl,
        NODE_OPTIONS: '',
        ...(isFull ? { NADI_TEST_FULL: '1' } : {}),
      },
      stdio: 'inherit',
    },
  );
  process.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('exit', (code) => resolve(code ?? 1));
  return promise;
}
