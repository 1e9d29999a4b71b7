import type { OpenKit } from '#kit/open-kit.ts';
import type { Edition } from '../editions/edition.ts';
import type { Process } from './context.ts';
import { serve } from './serve.ts';

export interface Served {
  readonly open: OpenKit;
  readonly edition: Edition['name'];
}

/**
 * Serves several installations from this process, in all roles, until it is told to stop. `whenReady` is told their addresses once all
 * answer. Where one cannot start or ends by itself, the others stop too. Returns the exit code: 0 after a stop, else that of
 * whichever ended. @throws what kept one from starting
 */
export async function serveTogether(
  process: Process,
  servers: readonly Served[],
  whenReady: (urls: readonly string[]) => Promise<void>,
): Promise<number> {
  const ending = new AbortController();
  const signal = AbortSignal.any([process.signal, ending.signal]);
  const ready = servers.map(() => Promise.withResolvers<string>());
  const running = servers.map(async ({ open, edition }, index) => {
    try {
      const roles = new Set(['api', 'worker', 'poller']);
      return await serve({ ...process, signal }, open, {
        edition,
        roles,
        whenReady: async (url) => ready[index]?.resolve(url),
      });
    } finally {
      ending.abort();
    }
  });
  const ended = Promise.allSettled(running);
  const urls = await Promise.race([
    Promise.all(ready.map(({ promise }) => promise)),
    ended.then(() => undefined),
  ]);
  if (urls !== undefined) {
    try {
      await whenReady(urls);
    } catch (error) {
      // Told to stop in the middle of it, nothing answers any more.
      const isStop = signal.aborted;
      ending.abort();
      await ended;
      if (!isStop) throw error;
    }
  }
  await ended;
  return Math.max(...(await Promise.all(running)));
}
