import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { Clock } from '../clock.ts';

/** Keys remembered at once; the one seen longest ago is forgotten first. */
const most = 10_000;

interface Window {
  readonly startedAt: number;
  count: number;
}

/** Counts by key in fixed windows, by the injected clock. */
export class Windows {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one; gives how many there are in the window, and the milliseconds until it ends. */
  count(key: string, length = 60_000): { current: number; ttl: number } {
    const now = this.#clock.now().epochMilliseconds;
    const known = this.#windows.get(key);
    const window = known && now - known.startedAt < length ? known : { startedAt: now, count: 0 };
    window.count += 1;
    this.#windows.delete(key);
    this.#windows.set(key, window);
    if (this.#windows.size > most) this.#windows.delete(this.#windows.keys().next().value ?? key);
    return { current: window.count, ttl: window.startedAt + length - now };
  }
}

/**
 * Counts requests by address. The library's own store hands out the counter itself, which other requests go on raising
 * before it is read: of 25 at once under a limit of 20 it refuses all 25.
 */
export function rateStore(clock: Clock): FastifyRateLimitStoreCtor {
  return class RateStore implements FastifyRateLimitStore {
    readonly #windows = new Windows(clock);

    incr(
      key: string,
      done: (error: Error | null, result?: { current: number; ttl: number }) => void,
      timeWindow?: number,
    ): void {
      done(null, this.#windows.count(key, timeWindow));
    }

    child(): FastifyRateLimitStore {
      return new RateStore();
    }
  };
}
