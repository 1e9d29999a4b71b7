import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until `attempt` answers something, and returns that.
 * Returns undefined once `timeoutMs` have passed without an answer.
 */
export async function until<T>(
  attempt: () => T | undefined | Promise<T | undefined>,
  limits: { readonly timeoutMs: number; readonly everyMs: number },
): Promise<T | undefined> {
  const deadline = performance.now() + limits.timeoutMs;
  for (;;) {
    const answer = await attempt();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(limits.everyMs);
  }
}
