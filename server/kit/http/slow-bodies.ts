import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import { answerClientError } from './client-error.ts';

/** Node's own limit on a request is the same for all: an hour, in which 100 MB arrive over a quarter of a megabit. */
export const longestUpload = 3_600_000;
const ordinary = 60_000;

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Ends requests whose body does not arrive within a minute, whatever is answered to them; `within` in milliseconds. */
export function endSlowBodies(app: FastifyInstance, within = ordinary): void {
  app.addHook('onRequest', (request, reply, done) => {
    endSlowBody(request.raw, reply.raw, within);
    done();
  });
}

/**
 * As {@link endSlowBodies}, one request. Where it is answered before all of its body is there, the rest is read and thrown away for as
 * long again, so that a client that sends all before it reads sees the answer; then the connection is closed.
 */
export function endSlowBody(request: IncomingMessage, answer: ServerResponse, within = ordinary): void {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (length === undefined && coding === undefined) return;
  // Requests that are made within the process come over no connection, and are whole.
  if (!(request.socket instanceof Socket)) return;
  const begin = () => {
    clearTimeout(timers.get(request));
    timers.set(request, setTimeout(() => endLate(request, answer), within).unref());
  };
  begin();
  const stop = () => clearTimeout(timers.get(request));
  request.once('end', stop).once('close', stop);
  answer.once('finish', () => {
    if (request.complete || request.readableEnded || request.destroyed) return;
    begin();
    request.resume();
  });
}

/**
 * The body of a request as it comes, up to so many bytes, and for as long as {@link longestUpload}: who sends it is known. What is refused
 * halfway is answered: a stream that is left otherwise takes its connection with it.
 * @throws {AppError} body_too_large, at once where that is declared; as {@link upTo}
 */
export function streamOf(most: number, request: IncomingMessage): AsyncGenerator<Uint8Array, void> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  clearTimeout(timers.get(request));
  return upTo(most, request.iterator({ destroyOnReturn: false }));
}

function endLate(request: IncomingMessage, answer: ServerResponse): void {
  // All is there, and nobody has wanted it.
  if (request.complete) return;
  if (answer.headersSent) {
    request.socket.destroy();
    return;
  }
  const late: NodeJS.ErrnoException = new Error('The body took too long.');
  late.code = 'ERR_HTTP_REQUEST_TIMEOUT';
  answerClientError(late, request.socket);
}

/**
 * A body up to so many bytes; what is left of it where nobody wants more stays to be read.
 * @throws {AppError} body_too_large, as soon as one more is seen; bad_request where the client went away
 */
export async function* upTo(most: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let seen = 0;
  for await (const piece of untilAborted(body)) {
    seen += piece.length;
    if (seen > most) throw tooLarge(most);
    yield piece;
  }
}

function tooLarge(most: number): AppError {
  const megabytes = Math.round(most / 1_048_576);
  return new AppError('body_too_large', {
    message: {
      en: `The body is too large; the limit here is ${megabytes} MB.`,
      id: `Isi permintaan terlalu besar; batasnya di sini ${megabytes} MB.`,
    },
  });
}

/** Nobody is there to be answered, and nothing of ours failed. */
async function* untilAborted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
      throw new AppError('bad_request');
    throw error;
  }
}
