import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as PlainServer } from 'node:net';

/**
 * Lets a server come to its end with nothing lost. It accepts no new connections, which others that hold the socket get. Those it has
 * are told with their next answer to connect anew; closing them earlier would cut off who is just asking. What is idle after `idleMs`
 * is closed: the clients know from the header Keep-Alive that it is no longer theirs. Returns once all connections have ended.
 */
export async function drain(server: Server, idleMs: number): Promise<void> {
  if (!server.listening) return;
  server.prependListener('request', (_request, answer) => answer.setHeader('connection', 'close'));
  const ended = once(server, 'close');
  // That of HTTP closes what is idle at once.
  PlainServer.prototype.close.call(server);
  const late = setTimeout(() => server.closeIdleConnections(), idleMs);
  await ended;
  clearTimeout(late);
}
