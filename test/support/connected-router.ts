import { connectRouter, type RouterConnection, type RouterOptions } from '#routeros';
import { type RouterSide, type ScriptedRouter, SettableTimers, scriptedRouter } from './scripted-router.ts';

export interface ConnectedRouter extends AsyncDisposable {
  readonly router: ScriptedRouter;
  readonly side: RouterSide;
  readonly connection: RouterConnection;
  readonly timers: SettableTimers;
}

/** A connection that is logged in, and the router's side of it. */
export async function connectedRouter(options: Partial<RouterOptions> = {}): Promise<ConnectedRouter> {
  const router = await scriptedRouter();
  const timers = new SettableTimers();
  const [connection, side] = await Promise.all([
    connectRouter({ host: '127.0.0.1', port: router.port, user: 'nadi', password: 'x', timers, ...options }),
    router.accept().then((accepted) => accepted.admit()),
  ]);
  return {
    router,
    side,
    connection,
    timers,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await router[Symbol.asyncDispose]();
    },
  };
}

/** The tag of a sentence that was heard, as the word to answer with. */
export function tagOf(sentence: readonly string[]): string {
  return sentence.find((word) => word.startsWith('.tag=')) ?? '.tag=none';
}
