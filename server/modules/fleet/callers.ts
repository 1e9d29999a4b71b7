import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { gathered } from '#kit/gathered.ts';
import { Windows } from '#kit/http/rate-store.ts';
import type { Kit } from '#kit/kit.ts';
import { Remembered } from '#kit/remembered.ts';
import { networkOf } from '../identity/index.ts';
import type { Caller, Credentials, FleetHooks } from './hooks.ts';

/** Looked up together at most. */
const most = 500;
/** So long somebody is known without being looked up: a suspended license counts within it. */
const knownMs = 10_000;
const strangerMs = 3000;
/** Who once had the right key: such are let through whatever their neighbours try. */
const provenMs = 86_400_000;
/** Wrong keys that a network may try in a minute, before those it tries are not even looked at. */
const mostWrong = 60;

export type Identify = (agentCode: string, key: string, ip: string) => Promise<Caller>;

interface Looked extends Credentials {
  found?: Caller | undefined;
}

/**
 * Finds who presents an agent code and a key. Guessing is slow: a network that tries many wrong ones is refused for a while, but not
 * those of its customers who had the right one before, since thousands may share an address.
 * @throws {AppError} unauthenticated, too_many_requests
 */
export function identifier(kit: Kit, { findCallers, hashKey }: FleetHooks): Identify {
  const known = new Remembered<Caller>(50_000, knownMs);
  const strangers = new Remembered<true>(10_000, strangerMs);
  const proven = new Remembered<true>(200_000, provenMs);
  const refused = new Remembered<number>(10_000, 60_000);
  const wrong = new Windows(kit.clock);
  const look = gathered<Looked>(most, async (pairs) => {
    const callers = await findCallers(kit.db, pairs, instantText(kit.clock.now()));
    for (const [index, pair] of pairs.entries()) pair.found = callers[index];
  });
  return async (agentCode, key, ip) => {
    const keyHash = hashKey(key);
    // A hash has no line break in it, so no two pairs are alike.
    const name = `${keyHash}\n${agentCode}`;
    const now = kit.clock.now().epochMilliseconds;
    const remembered = known.recall(name, now);
    if (remembered !== undefined) return remembered;
    const network = networkOf(ip);
    const until = proven.recall(name, now) === undefined ? refused.recall(network, now) : undefined;
    if (until !== undefined && until > now)
      throw new AppError('too_many_requests', { retryAfter: (until - now) / 1000 });
    if (strangers.recall(name, now) === undefined) {
      const pair: Looked = { agentCode, keyHash };
      await look(pair);
      if (pair.found !== undefined) {
        known.remember(name, pair.found, now);
        proven.remember(name, true, now);
        return pair.found;
      }
      strangers.remember(name, true, now);
    }
    const { current, ttl } = wrong.count(network);
    if (current >= mostWrong) refused.remember(network, now + ttl, now);
    throw new AppError('unauthenticated');
  };
}
