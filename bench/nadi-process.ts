import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server as an operator starts it. Disposing stops it as an operator does. */
export interface NadiProcess extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds from the command to `/readyz` answering 200. */
  readonly startMs: number;
  /** Memory of the Node process that is resident now, in MB. */
  residentMb(): Promise<number>;
}

const launcher = join(import.meta.dirname, '../nadi');
const startLimitMs = 60_000;

/** Runs `./nadi up` on an existing data folder; returns once it is ready. */
export async function startNadi(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<NadiProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = performance.now();
  const child = spawn(launcher, ['up', '--data', dataDir, '--port', String(port), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - start > startLimitMs) {
      await stop();
      throw new Error('./nadi up did not become ready.');
    }
    await delay(5);
  }
  return {
    url,
    startMs: performance.now() - start,
    async residentMb() {
      // The launcher becomes Node by exec, so that its process is the server's.
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
