import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AgentError } from '../errors.ts';

/** Does what is asked, and gives back what is to be answered; `signal` aborts when who asked is gone. */
export type Handler = (body: unknown, signal: AbortSignal) => Promise<unknown>;

const longestBody = 65_536;

/**
 * Answers the server's update pages and the agent's own commands on a unix socket that the installation's user alone can open. `handlers`
 * has one for each method and path. A refusal is answered with 409, its code and its sentence in both languages; anything else
 * that goes wrong with 500 and nothing of it. Disposing ends it.
 */
export async function openControl(
  path: string,
  handlers: Readonly<Record<string, Handler>>,
  tell: (line: string) => void,
): Promise<AsyncDisposable> {
  // Left by an agent that was killed: the lock says that there is no other.
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    answer(handlers, request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (error instanceof AgentError)
        return send(response, 409, { code: error.code, message: error.said.en, message_id: error.said.id });
      tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return send(response, 500, { code: 'internal' });
    });
  });
  server.listen({ path });
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

async function answer(
  handlers: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = `${request.method} ${request.url}`;
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (handler === undefined) return send(response, 404, { code: 'not_found' });
  let text = '';
  for await (const piece of request.setEncoding('utf8')) {
    text += piece;
    if (text.length > longestBody) return send(response, 413, { code: 'body_too_large' });
  }
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return send(response, 400, { code: 'bad_request' });
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  send(response, 200, (await handler(body, gone.signal)) ?? {});
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
