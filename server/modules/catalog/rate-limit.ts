import {
  checkRateLimit,
  parseDuration,
  parsePair,
  parseRate,
  parseRateLimit,
  type RateLimit,
} from '#routeros';

/** What of a package says how fast it is. */
export interface Speed {
  readonly bandwidth: string | null;
  readonly burst: string | null;
  readonly priority: number | null;
}

/**
 * The speed of a package as routers take it. `burst` is spec 3's "limit threshold priority time", or without the last
 * RouterOS's "limit threshold time"; the package's own priority counts. @throws {RouterValueError} if no router would take it
 */
export function rateLimitOf({ bandwidth, burst, priority }: Speed): RateLimit {
  const { rate } = parseRateLimit(bandwidth ?? '');
  const [limitText, thresholdText, third, fourth] = (burst ?? '').split(' ').filter((part) => part !== '');
  return checkRateLimit({
    rate,
    ...(limitText === undefined
      ? {}
      : {
          burst: {
            limit: parsePair(limitText, parseRate),
            threshold: thresholdText === undefined ? rate : parsePair(thresholdText, parseRate),
            time: parsePair(fourth ?? third ?? '1', parseDuration),
          },
        }),
    // 8 is what routers take anyway.
    ...(priority === null || priority === 8 ? {} : { priority }),
  });
}
