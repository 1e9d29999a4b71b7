import type { Outcome } from './carrier.ts';
import { type PostAnswer, type Poster, PostFailure, type Posting } from './post.ts';

/** What came of a posting whose answer `judge` understands. */
export async function answered(
  poster: Poster,
  posting: Posting,
  judge: (answer: PostAnswer) => Outcome,
): Promise<Outcome> {
  try {
    return judge(await poster.post(posting));
  } catch (error) {
    if (error instanceof PostFailure) return { kind: 'down', reason: error.message };
    throw error;
  }
}

/** What a status alone says: 429 and 5xx take nothing now, a refused sign-in takes nothing from us at all. */
export function byStatus({ status, retryAfter }: PostAnswer, detail = ''): Outcome {
  const reason = `HTTP ${status}${detail === '' ? '' : `: ${detail.slice(0, 300)}`}`;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 429 || status === 503)
    return { kind: 'down', reason, ...(retryAfter === undefined ? {} : { restSeconds: retryAfter }) };
  if (status >= 500 || status === 401 || status === 403 || status === 404 || (status >= 300 && status < 400))
    return { kind: 'down', reason };
  return status === 408 || status === 425 ? { kind: 'later', reason } : { kind: 'refused', reason };
}

/** The object in a text, or nothing. */
export function jsonIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

export const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  // An object's own properties are all that is ever read of it.
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
