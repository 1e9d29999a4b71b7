import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { Clock } from '../clock.ts';

/** Addresses remembered at once; the one seen longest ago is forgotten first. */
const most = 10_000;

interface Window {
  readonly startedAt: number;
  count: number;
}

/**
 * Counts requests by address in fixed windows, by the injected clock. The library's own store hands out the counter
 * itself, which other requests go on raising before it is read: of 25 at once under a limit of 20 it refuses all 25.
 */
export function rateStore(clock: Clock): FastifyRateLimitStoreCtor {
  return class RateStore implements FastifyRateLimitStore {
    readonly #windows = new Map<string, Window>();

    incr(
      key: string,
      done: (error: Error | null, result?: { current: number; ttl: number }) => void,
      timeWindow = 60_000,
    ): void {
      const now = clock.now().epochMilliseconds;
      const known = this.#windows.get(key);
      const window = known && now - known.startedAt < timeWindow ? known : { startedAt: now, count: 0 };
      window.count += 1;
      this.#windows.delete(key);
      this.#windows.set(key, window);
      if (this.#windows.size > most) this.#windows.delete(this.#windows.keys().next().value ?? key);
      done(null, { current: window.count, ttl: window.startedAt + timeWindow - now });
    }

    child(): FastifyRateLimitStore {
      return new RateStore();
    }
  };
}
