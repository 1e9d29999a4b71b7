import { Agent as ClearAgent, request as clear } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';

/** What came of a POST: without a status, `text` says why there was no answer. */
export interface Posted {
  readonly status: number | undefined;
  readonly text: string;
}

/** Sends JSON to addresses, and keeps connections for the next; redirects are not followed. */
export class Poster {
  readonly #agents = {
    'http:': new ClearAgent({ keepAlive: true }),
    'https:': new SecureAgent({ keepAlive: true }),
  };
  readonly #timeout: number;

  /** An answer that takes longer than so many milliseconds is none. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  async post(url: string, headers: Readonly<Record<string, string>>, text: string): Promise<Posted> {
    const target = URL.parse(url);
    if (target === null || !['http:', 'https:'].includes(target.protocol))
      return { status: undefined, text: `${url} is no address` };
    const first = await this.#once(target, headers, text);
    // A kept connection that the other side had just closed says nothing of the other side.
    if (first !== 'stale') return first;
    const second = await this.#once(target, headers, text, false);
    return second === 'stale' ? { status: undefined, text: 'ECONNRESET' } : second;
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  #once(url: URL, headers: Readonly<Record<string, string>>, text: string, keep = true) {
    const secured = url.protocol === 'https:';
    return new Promise<Posted | 'stale'>((resolve) => {
      const sent = (secured ? secure : clear)(url, {
        method: 'POST',
        agent: keep && this.#agents[secured ? 'https:' : 'http:'],
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': `${Buffer.byteLength(text)}`,
          ...headers,
        },
        signal: AbortSignal.timeout(this.#timeout),
      });
      sent.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', ({ message }) => resolve({ status: undefined, text: message }));
        response.on('end', () =>
          resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString().slice(0, 1000) }),
        );
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const stale = keep && sent.reusedSocket && error.code === 'ECONNRESET';
        const reason = error.name === 'AbortError' || error.name === 'TimeoutError' ? 'timeout' : error.code;
        resolve(stale ? 'stale' : { status: undefined, text: reason ?? error.message });
      });
      sent.end(text);
    });
  }
}
