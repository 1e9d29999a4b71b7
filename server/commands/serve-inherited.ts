import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { drain, type Inherited, listenOn, standBy } from '#supervised';

/** A server on sockets that somebody else holds. Disposing lets it drain. */
export interface ServingInherited extends AsyncDisposable {
  /** Resolves when whoever holds the sockets wants it to end. */
  readonly told: Promise<undefined>;
}

/**
 * Has each server accept the connections of the socket of its name: at once, or where the process is to stand by, once it is told to.
 * `work` starts what else it does, with that. Disposing gives the clients time to come to whoever else has the sockets: as long as an idle connection was promised, unless
 * less was told.
 */
export async function serveInherited(
  app: FastifyInstance,
  servers: ReadonlyMap<string, Server>,
  { sockets, standByAt }: Inherited,
  version: string,
  work: (isAlone: boolean) => Promise<void>,
): Promise<ServingInherited> {
  const told = Promise.withResolvers<undefined>();
  let idleMs = app.server.keepAliveTimeout;
  const begin = async (isAlone: boolean) => {
    for (const [name, server] of servers) {
      const descriptor = sockets.get(name);
      if (descriptor !== undefined) await listenOn(server, descriptor);
    }
    await work(isAlone);
  };
  let begun: Promise<void> | undefined;
  const serve = (isAlone: boolean) => {
    begun ??= begin(isAlone);
    return begun;
  };
  await app.ready();
  await using opening = new AsyncDisposableStack();
  opening.defer(async () => {
    await Promise.all([...servers.values()].map((server) => drain(server, idleMs)));
  });
  if (standByAt === undefined) await serve(false);
  else
    opening.use(
      await standBy(standByAt, {
        version,
        isReady: async () => (await app.inject('/readyz')).statusCode === 200,
        serve,
        drain(wanted) {
          idleMs = Math.min(wanted ?? idleMs, idleMs);
          told.resolve(undefined);
        },
      }),
    );
  const owned = opening.move();
  return { told: told.promise, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
