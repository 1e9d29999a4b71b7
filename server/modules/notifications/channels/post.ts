import { lookup } from 'node:dns/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AnswerTooLarge, sendRequest } from '#kit/http-client.ts';
import { mayGoTo } from './targets.ts';

export interface Posting {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whom it may go to: `any` where the operator chose the address, else as the operator allows. */
  readonly targets: 'any' | 'private' | 'public';
}

export interface PostAnswer {
  readonly status: number;
  /** Of at most 64 kB. */
  readonly text: string;
  /** What Retry-After says, in seconds. */
  readonly retryAfter: number | undefined;
}

const limitMs = 10_000;
const mostBytes = 65_536;

/** Why nothing was answered, without the address, which may hold a secret. */
export class PostFailure extends Error {
  override readonly name = 'PostFailure';
}

/**
 * Posts JSON. Redirects are not followed: they could lead anywhere. All of it, with finding the address, takes ten seconds at
 * most. @throws {PostFailure} where there was no whole answer
 */
export interface Poster {
  post(posting: Posting): Promise<PostAnswer>;
  close(): void;
}

export function openPoster(): Poster {
  const options = { keepAlive: true, maxSockets: 20, timeout: limitMs };
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
  return {
    post: async ({ url, body, headers: more = {}, targets }) => {
      const parsed = URL.canParse(url) ? new URL(url) : undefined;
      const protocol = parsed?.protocol;
      if (parsed === undefined || (protocol !== 'http:' && protocol !== 'https:'))
        throw new PostFailure('not a web address');
      const host = parsed.hostname.replace(/^\[|\]$/g, '');
      // A name is judged by what it is found to be, as it is connected to; an address is never looked up.
      if (targets !== 'any' && isIP(host) !== 0 && !mayGoTo(host, targets === 'private')) throw forbidden();
      const signal = AbortSignal.timeout(limitMs);
      try {
        const { status, headers, text } = await sendRequest(
          parsed,
          {
            method: 'POST',
            agent: agents[protocol],
            signal,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              ...more,
            },
            ...(targets === 'any' ? {} : { lookup: guarded(targets === 'private') }),
          },
          body,
          mostBytes,
        );
        const after = Number(headers['retry-after']);
        return { status, text, retryAfter: Number.isFinite(after) && after >= 0 ? after : undefined };
      } catch (error) {
        throw failureOf(error);
      }
    },
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

const forbidden = () => new PostFailure('this address is not allowed (see WEBHOOK_PRIVATE_TARGETS)');

/** Finds addresses as usual, but none that a message may not go to. */
const guarded =
  (privateTargets: boolean): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, {
      all: true,
      family: options.family === 'IPv6' ? 6 : options.family === 'IPv4' ? 4 : (options.family ?? 0),
    }).then(
      (found) => {
        const allowed = found.filter(({ address }) => mayGoTo(address, privateTargets));
        const [first] = allowed;
        if (first === undefined) done(forbidden(), '', 0);
        else if (options.all === true) done(null, allowed);
        else done(null, first.address, first.family);
      },
      (error) => done(error, '', 0),
    );
  };

function failureOf(error: unknown): PostFailure {
  if (error instanceof PostFailure) return error;
  if (error instanceof AnswerTooLarge) return new PostFailure('the answer is too long');
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError' || name === 'TimeoutError')
    return new PostFailure(`no answer within ${limitMs / 1000} seconds`);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
  return new PostFailure(code);
}
