import { GatewayError, type Json } from './gateway.ts';

const timeoutMs = 10_000;
const mostBytes = 1024 * 1024;

export interface Asked {
  readonly status: number;
  readonly body: Json;
}

/**
 * Asks a gateway in JSON, with the key as the name of Basic authentication. Redirects are not followed: the key would go with
 * them. @throws {GatewayError} unclear where no answer came in time, or none that is JSON
 */
export async function ask(url: string, key: string, method: 'GET' | 'POST', body?: object): Promise<Asked> {
  const where = new URL(url).host;
  const send = () =>
    fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
  try {
    // A kept connection that the other side had just closed says nothing of it; a question can be asked twice.
    const response = await (method === 'GET' ? send().catch(againUnlessLate(send)) : send());
    const parsed = asObject(await textOf(response));
    if (parsed === undefined)
      throw new GatewayError(
        'unclear',
        `${where} answered ${response.status} with something that is no JSON`,
      );
    return { status: response.status, body: parsed };
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('unclear', `${where} did not answer: ${reasonOf(error)}`);
  }
}

const againUnlessLate = (send: () => Promise<Response>) => (error: unknown) => {
  if (error instanceof Error && error.name === 'TimeoutError') throw error;
  return send();
};

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new Error('the answer is too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function asObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // A list is what Xendit answers to a search.
    if (Array.isArray(value)) return { list: value };
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} seconds`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
