import { sendRequest } from '#kit/http-client.ts';
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
  const parsedUrl = new URL(url);
  const where = parsedUrl.host;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    ...(content === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
  };
  // One request in the time that both tries have together.
  const signal = AbortSignal.timeout(timeoutMs);
  const send = () => sendRequest(parsedUrl, { method, headers, signal }, content, mostBytes);
  try {
    // A kept connection that the other side had just closed says nothing of it; a question can be asked twice.
    const { status, text } = await (method === 'GET'
      ? send().catch((error: unknown) => {
          if (signal.aborted || error instanceof GatewayError) throw error;
          return send();
        })
      : send());
    const parsed = asObject(text);
    if (parsed === undefined)
      throw new GatewayError('unclear', `${where} answered ${status} with something that is no JSON`);
    return { status, body: parsed };
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const reason = signal.aborted ? `no answer within ${timeoutMs / 1000} seconds` : reasonOf(error);
    throw new GatewayError('unclear', `${where} did not answer: ${reason}`);
  }
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
  return error instanceof Error ? error.message : String(error);
}
