import type { EndpointSpec } from '#contract';
import type { Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { Windows } from './rate-store.ts';

/** Requests a customer may make in a minute, all endpoints together. */
const mostPerMinute = 240;

/** Counts a request of a customer. @throws {AppError} too_many_requests */
export type CustomerLimits = (spec: EndpointSpec, customerId: string) => void;

/**
 * Counts the portal's requests by customer: many customers share one address, and one customer comes from several. The
 * endpoint's own limit is counted beside the general one.
 */
export function customerLimits(clock: Clock): CustomerLimits {
  const windows = new Windows(clock);
  const count = (key: string, most: number) => {
    const { current, ttl } = windows.count(key);
    if (current > most) throw new AppError('too_many_requests', { retryAfter: Math.max(1, ttl / 1000) });
  };
  return ({ method, path, rateLimit }, customerId) => {
    count(customerId, mostPerMinute);
    if (rateLimit !== undefined) count(`${method} ${path} ${customerId}`, rateLimit);
  };
}
