import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

export interface RouterStats {
  readonly writes: number;
  readonly secrets: number;
  readonly prints: number;
}

type Told = {
  readonly port?: number;
  readonly stats?: RouterStats;
  readonly online?: string;
  readonly at?: number;
};

export interface RouterProcess extends AsyncDisposable {
  readonly port: number;
  stats(): Promise<RouterStats>;
}

/** A simulated router in a process of its own; tells when a customer comes online, in milliseconds since 1970. */
export async function routerProcess(
  customers: number,
  onOnline: (name: string, at: number) => void = () => {},
): Promise<RouterProcess> {
  const child = fork(join(import.meta.dirname, 'router-child.ts'), [String(customers)]);
  const answer = (ask: () => void) => told(child, ask);
  child.on('message', ({ online, at }: Told) => {
    if (online !== undefined && at !== undefined) onOnline(online, at);
  });
  const { port = 0 } = await answer(() => {});
  return {
    port,
    async stats() {
      const { stats } = await answer(() => child.send('stats'));
      if (stats === undefined) throw new Error('The router told no figures.');
      return stats;
    },
    [Symbol.asyncDispose]: async () => {
      child.disconnect();
    },
  };
}

/** The next thing it tells that is not about a customer. */
function told(child: ChildProcess, ask: () => void): Promise<Told> {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const listen = (message: Told) => {
    if (message.online !== undefined) return;
    child.off('message', listen);
    resolve(message);
  };
  child.on('message', listen);
  ask();
  return promise;
}
