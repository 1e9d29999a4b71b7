import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as later } from 'node:timers/promises';
import type { SimulatorTime } from '../time.ts';
import type { Answer, Asked, Call } from './call.ts';
import type { CallEffect, PaymentFaults } from './faults.ts';

/** What answers the calls. */
export interface Surface {
  readonly time: SimulatorTime;
  readonly faults: PaymentFaults;
  readonly handle: (call: Call) => Answer;
  /** What a 5xx of the gateway looks like. */
  readonly failed: (status: number) => object;
}

export interface Listening {
  readonly port: number;
  /** What was asked so far. */
  readonly calls: readonly Asked[];
  readonly close: () => Promise<void>;
}

/** Nobody sends a gateway more than so much. */
const maximumBytes = 1_000_000;

const webPage = '<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>';

/** Listens on a port (0: any that is free). */
export async function listen(surface: Surface, host: string, port: number): Promise<Listening> {
  const calls: Asked[] = [];
  const closing = new AbortController();
  const server = createServer((request, response) => {
    // Whoever breaks off the connection gets no answer.
    serve(surface, calls, request, response, closing.signal).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    calls,
    close: async () => {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  { time, faults, handle, failed }: Surface,
  calls: Asked[],
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const text = await textOf(request);
  if (text === undefined) {
    send(response, { status: 413, body: failed(413) });
    return;
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const { method = 'GET', headers } = request;
  const call: Call = { method, path, query: new URLSearchParams(query), headers, text };
  const asked: Asked = { ...call, at: time.toString(), answer: undefined };
  calls.push(asked);
  const effects = faults.ofCall(call);
  for (const effect of effects)
    if (effect.do === 'slow') await later(effect.milliseconds, undefined, { signal });
  const struck = effects.find((effect) => effect.do !== 'slow');
  if (struck === undefined || struck.when === 'after') asked.answer = handle(call);
  if (struck !== undefined) spoil(request, response, struck, asked.answer, failed);
  else if (asked.answer !== undefined) send(response, asked.answer);
}

async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes <= maximumBytes) pieces.push(piece);
  }
  return bytes <= maximumBytes ? Buffer.concat(pieces).toString() : undefined;
}

function spoil(
  request: IncomingMessage,
  response: ServerResponse,
  effect: CallEffect,
  answer: Answer | undefined,
  failed: Surface['failed'],
): void {
  if (effect.do === 'reset') request.socket.resetAndDestroy();
  else if (effect.do === 'fail') send(response, { status: effect.status, body: failed(effect.status) });
  else if (effect.do === 'html') send(response, { status: 200, body: webPage });
  else if (effect.do === 'garble') {
    const whole = JSON.stringify(answer?.body ?? { status_code: '200' });
    write(response, 200, 'application/json', whole.slice(0, Math.ceil(whole.length / 2)));
  }
  // A hang: the connection stays open, and nothing is said.
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.setHeaders(new Map(Object.entries(headers)));
  if (typeof body === 'string') write(response, status, 'text/html; charset=utf-8', body);
  else write(response, status, 'application/json', JSON.stringify(body));
}

function write(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}
