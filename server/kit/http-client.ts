import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** The answer is larger than the caller takes. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/**
 * Sends one request, and waits for the whole answer of at most `mostBytes`. Redirects are not followed. Node's own client costs less of
 * the processor than the built-in `fetch`, and takes an agent and a lookup.
 * @throws {AnswerTooLarge} and what Node says where there was no whole answer
 */
export function sendRequest(
  url: URL,
  options: RequestOptions,
  content: string | undefined,
  mostBytes: number,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const request = send(url, options, (response) => {
    textOf(response, mostBytes).then(
      (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      reject,
    );
  });
  request.on('error', reject);
  request.end(content);
  return promise;
}

async function textOf(response: IncomingMessage, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new AnswerTooLarge('the answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
