import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const child = join(import.meta.dirname, 'restore-child.ts');

/** Restores a copy in an agent of its own; where a time is given, it is killed then, counted from when `since` is done. Returns the milliseconds it was at work. */
export async function restoreInChild(
  address: string,
  file: string,
  killAfter?: number,
  since?: () => Promise<void>,
): Promise<number> {
  const agent = spawn(process.execPath, [child, address, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(agent, 'exit');
  await once(agent.stdout, 'data');
  const start = performance.now();
  await since?.();
  if (killAfter !== undefined) await delay(killAfter).then(() => agent.kill('SIGKILL'));
  const [code] = await ended;
  if (killAfter === undefined && code !== 0) throw new Error(`The restore ended with ${code}.`);
  return performance.now() - start;
}
