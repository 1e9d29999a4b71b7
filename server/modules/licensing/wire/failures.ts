import type { Clock } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { Windows } from '#kit/http/rate-store.ts';
import { networkOf } from '../../identity/index.ts';

const minute = 60_000;
/** Wrong keys and tokens of one address: thousands of customers may share it, and a key has too many bits to be guessed. */
const ofAddress = 600;
/** The same wrong key, from wherever it comes. */
const ofKey = 20;

/** Counts what was wrong; after too much of it, that is the answer. */
export type CountFailure = (ip: string, refusal: AppError, keyHash?: string) => AppError;

/**
 * Counts failures alone, after they were found to be ones: who comes with a right key or token is never refused for what others at the same
 * address do. Nothing is written, so that guessing fills no table.
 */
export function failureCounter(clock: Clock): CountFailure {
  const windows = new Windows(clock);
  return (ip, refusal, keyHash) => {
    const counts = [
      { ...windows.count(`address ${networkOf(ip)}`, minute), most: ofAddress },
      ...(keyHash === undefined ? [] : [{ ...windows.count(`key ${keyHash}`, 15 * minute), most: ofKey }]),
    ];
    const exceeded = counts.filter(({ current, most }) => current > most).map(({ ttl }) => ttl / 1000);
    if (exceeded.length === 0) return refusal;
    return new AppError('license_rate_limited', { retryAfter: Math.max(1, ...exceeded) });
  };
}
