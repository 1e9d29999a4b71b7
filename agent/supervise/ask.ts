import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly version: string | undefined;
}

/** Asks a server at its unix socket; undefined where it does not answer within the time. */
export async function ask(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  withinMs: number,
): Promise<Answer | undefined> {
  const asking = request({ socketPath, method, path, agent: false, signal: AbortSignal.timeout(withinMs) });
  asking.end();
  try {
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const body: unknown = JSON.parse(await text(answer));
    const version =
      typeof body === 'object' && body !== null && 'version' in body ? String(body.version) : undefined;
    return { status: answer.statusCode ?? 0, version };
  } catch {
    return undefined;
  }
}
