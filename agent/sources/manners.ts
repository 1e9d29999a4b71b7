import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { recall, remember } from '../state/memory.ts';
import { ask, shown } from './ask.ts';

export interface Manners {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly token: string | undefined;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** A list, and where its next page is. */
export interface Page {
  readonly text: string;
  readonly link: string | null;
}

const kept = z.object({ etag: z.string(), text: z.string(), link: z.string().nullable() });
/** Where a server is busy and does not say for how long. */
const usualRestSeconds = 60;
/** What a server says it rests longer is asked for again the next day. */
const longestRestSeconds = 24 * 60 * 60;

/**
 * Asks for a page as a good guest: by the ETag of the answer before, so that nothing new costs nothing; and not at all before the time that
 * the server asked to be left alone for (protocols.md, GitHub releases), in which the answer before counts.
 * @throws {AgentError} rate_limited, source_refuses, unreachable
 */
export async function askPolitely(url: string, manners: Manners): Promise<Page> {
  const { db, clock, token, seconds, signal } = manners;
  const name = `answer ${createHash('sha256')
    .update(`${token ?? ''} ${url}`)
    .digest('hex')}`;
  const rest = `rest ${new URL(url).origin}`;
  const known = recall(db, name, kept);
  const until = recall(db, rest, z.number());
  const now = clock.now().epochMilliseconds;
  // A rest that ends later than any may last was written before the clock was set back.
  if (until !== undefined && now < until && until - now <= longestRestSeconds * 1000) {
    if (known !== undefined) return known;
    throw limited(url, until);
  }
  const answered = await ask({
    url,
    seconds,
    signal,
    headers: {
      'user-agent': 'nadi-agent',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(known === undefined ? {} : { 'if-none-match': known.etag }),
    },
  });
  const { status, headers, text } = answered;
  const restUntil = restOf(status, headers, now);
  if (restUntil !== undefined) remember(db, clock, rest, restUntil);
  if (status === 304 && known !== undefined) return known;
  if (status === 200) {
    const page = { text, link: headers.get('link') };
    const etag = headers.get('etag');
    if (etag !== null) remember(db, clock, name, { ...page, etag });
    return page;
  }
  if (restUntil !== undefined) {
    if (known !== undefined) return known;
    throw limited(url, restUntil);
  }
  throw new AgentError('source_refuses', {
    en: `${shown(url)} answers ${status}. Check UPDATE_CHECK_URL and UPDATE_SERVER_TOKEN.`,
    id: `${shown(url)} menjawab ${status}. Periksa UPDATE_CHECK_URL dan UPDATE_SERVER_TOKEN.`,
  });
}

/** Until when it asks to be left alone, in milliseconds: `retry-after` first, then `x-ratelimit-reset`, else a minute. */
function restOf(status: number, headers: Headers, now: number): number | undefined {
  const isUsedUp = headers.get('x-ratelimit-remaining') === '0';
  const after = numberIn(headers, 'retry-after');
  const isRefusal = status === 429 || (status === 403 && (isUsedUp || after !== undefined));
  if (!isRefusal && !isUsedUp) return undefined;
  const reset = numberIn(headers, 'x-ratelimit-reset');
  const byReset = reset === undefined ? undefined : reset - Math.floor(now / 1000);
  const seconds = after ?? byReset ?? usualRestSeconds;
  return now + Math.min(longestRestSeconds, Math.max(1, seconds)) * 1000;
}

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function limited(url: string, until: number): AgentError {
  const when = Temporal.Instant.fromEpochMilliseconds(until).toString({ smallestUnit: 'second' });
  return new AgentError('rate_limited', {
    en: `${new URL(url).origin} was asked too often and asks to be left alone until ${when}. A token in UPDATE_SERVER_TOKEN raises its limit.`,
    id: `${new URL(url).origin} terlalu sering ditanya dan minta jeda sampai ${when}. Token di UPDATE_SERVER_TOKEN menaikkan batasnya.`,
  });
}
