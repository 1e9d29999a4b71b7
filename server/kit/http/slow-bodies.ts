import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import { answerClientError } from './client-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is handed on while it arrives, and may take as long as {@link longestUpload}. */
    readonly streamed?: boolean;
  }
}

/** Node's own limit on a request is the same for all: an hour, in which 100 MB arrive over a quarter of a megabit. */
export const longestUpload = 3_600_000;
const ordinary = 60_000;

/** Ends requests whose body does not arrive within a minute, but for those that are streams. `within` in milliseconds. */
export function endSlowBodies(app: FastifyInstance, within = ordinary): void {
  app.addHook('preParsing', async (request, reply, payload) => {
    const { raw, headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (!hasBody || request.routeOptions.config.streamed) return payload;
    const timer = setTimeout(() => {
      const late: NodeJS.ErrnoException = new Error('The body took too long.');
      late.code = 'ERR_HTTP_REQUEST_TIMEOUT';
      answerClientError(late, raw.socket);
    }, within).unref();
    const stop = () => clearTimeout(timer);
    payload.once('end', stop);
    reply.raw.once('close', stop);
    return payload;
  });
}

/** A body up to so many bytes. @throws {AppError} body_too_large, as soon as one more is seen */
export async function* upTo(most: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let seen = 0;
  for await (const piece of body) {
    seen += piece.length;
    if (seen > most) {
      const megabytes = Math.round(most / 1_048_576);
      throw new AppError('body_too_large', {
        message: {
          en: `The body is too large; the limit here is ${megabytes} MB.`,
          id: `Isi permintaan terlalu besar; batasnya di sini ${megabytes} MB.`,
        },
      });
    }
    yield piece;
  }
}
