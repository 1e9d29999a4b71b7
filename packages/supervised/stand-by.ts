import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a server does for whoever looks after it. */
export interface StandingBy {
  readonly version: string;
  /** Whether it could do its work now. */
  isReady(): Promise<boolean>;
  /**
   * Begins to accept connections; resolves once it does. Harmless when done twice. `isAlone` where nobody else can be working on its
   * database, so that what a killed one had in hand is anybody's.
   */
  serve(isAlone: boolean): Promise<void>;
  /** Comes to its end: connections may stay idle for so long. Without a time, for as long as they were promised. */
  drain(idleMs: number | undefined): void;
}

/**
 * Answers the supervisor on a unix socket in a folder that is closed to others: `GET /livez`, `GET /readyz` with the version, `POST
 * /serve?alone=0|1`, `POST /drain?idle=MILLISECONDS`. A server that stands by has all it needs and serves nobody yet, so it can be
 * proved before anybody depends on it. Disposing ends the answering.
 */
export async function standBy(path: string, server: StandingBy): Promise<AsyncDisposable> {
  rmSync(path, { force: true });
  const answering = createServer({ keepAliveTimeout: 1 }, (request, response) => {
    answer(server, request, response).catch(() => response.writeHead(500).end());
  });
  answering.listen(path);
  await once(answering, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      answering.close();
      answering.closeAllConnections();
      rmSync(path, { force: true });
    },
  };
}

async function answer(
  server: StandingBy,
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const say = (status: number, is: string) =>
    response
      .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      .end(JSON.stringify({ status: is, version: server.version }));
  switch (`${method} ${pathname}`) {
    case 'GET /livez':
      return void say(200, 'ok');
    case 'GET /readyz':
      return void ((await server.isReady()) ? say(200, 'ready') : say(503, 'not_ready'));
    case 'POST /serve':
      await server.serve(searchParams.get('alone') === '1');
      return void say(200, 'serving');
    case 'POST /drain': {
      const idle = searchParams.get('idle');
      server.drain(idle === null ? undefined : Number(idle));
      return void say(202, 'draining');
    }
    default:
      return void say(404, 'not_found');
  }
}
