import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

/** A page for those whose requests a router's firewall leads here, whatever they asked for. */
export interface CaptivePage {
  readonly path: `/${string}`;
  /** Whether anybody is led here now. */
  readonly isOn: () => Promise<boolean>;
}

/**
 * Answers requests meant for other servers with the page: those whose Host is none of ours, where there is nothing of ours at
 * their address. Paths of the API stay as they are, so that a client by another name is told of its mistakes.
 */
export function answerStrangers(app: FastifyInstance, config: Config, page: CaptivePage): void {
  const ours = hostsOf(config);
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404 || request.url.startsWith('/api/') || !isStranger(request, ours)) return;
    if (!(await page.isOn())) return;
    reply.hijack();
    // Nothing is at its path, also where that is below the page's: led there, it would come back here for ever.
    request.raw.url = page.path;
    lead(app, page.path, request.raw, reply.raw);
  });
}

/**
 * A server that has nothing but the page, for a port of its own. Nobody stands between it and the customers, so what a request
 * says of its way here is not believed.
 */
export function captiveServer(app: FastifyInstance, { path }: CaptivePage): Server {
  return createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, (request, response) => {
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded'])
      delete request.headers[name];
    lead(app, path, request, response);
  });
}

/** Answers with the page, or what belongs to it; what is not asking is sent to ask. */
function lead(app: FastifyInstance, path: string, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(303, { location: path, 'cache-control': 'no-store', connection: 'close' }).end();
    return;
  }
  const [asked = '/'] = (request.url ?? '/').split('?');
  if (asked !== path && !asked.startsWith(`${path}/`)) request.url = path;
  app.routing(request, response);
}

function hostsOf({ appUrl, corsOrigins }: Config): ReadonlySet<string> {
  const named = [appUrl, ...corsOrigins].flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname] : []));
  return new Set(['localhost', ...named]);
}

function isStranger({ host: asked, raw }: FastifyRequest, ours: ReadonlySet<string>): boolean {
  if (!asked || !URL.canParse(`http://${asked}`)) return false;
  const host = new URL(`http://${asked}`).hostname;
  const reached = raw.socket.localAddress?.replace(/^::ffff:/, '');
  return !ours.has(host) && host.replace(/^\[|\]$/g, '') !== reached;
}
