import { setImmediate } from 'node:timers/promises';

/**
 * Lets time limits and signals come through in the middle of work that never waits, every 32nd time.
 * @throws what the signal was aborted with
 */
export async function breathe(n: number, signal: AbortSignal | undefined): Promise<void> {
  if (n % 32 === 31) await setImmediate();
  signal?.throwIfAborted();
}
