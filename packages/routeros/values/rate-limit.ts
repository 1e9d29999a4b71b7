import { formatDuration, parseDuration } from './duration.ts';
import { formatRate, parseRate } from './rate.ts';
import { formatPair, type Pair, parsePair } from './scalars.ts';
import { RouterValueError } from './value-error.ts';

/**
 * What RouterOS calls a rate limit: `rx[/tx] [rx-burst[/tx] [rx-threshold[/tx] [rx-time[/tx] [priority [rx-min[/tx]]]]]]`.
 * rx is what the router receives: the customer's upload. Rates are bits per second; 0 is unlimited.
 */
export interface RateLimit {
  readonly rate: Pair<number>;
  readonly burst?: Burst | undefined;
  /** 1 is served first, 8 last. */
  readonly priority?: number | undefined;
  /** The rate that is kept for the customer. */
  readonly min?: Pair<number> | undefined;
}

export interface Burst {
  readonly limit: Pair<number>;
  /** The average rate below which bursts are allowed. */
  readonly threshold: Pair<number>;
  /** Milliseconds over which that average is taken. */
  readonly time: Pair<number>;
}

/** A missing tx equals rx, a missing threshold the rate, a missing time 1 s. Throws RouterValueError as `checkRateLimit` does. */
export function parseRateLimit(text: string): RateLimit {
  const parts = text.trim().split(/\s+/);
  if (parts.length > 6) throw new RouterValueError('rate-limit', 'has more than six parts');
  const [rateText = '', burstText, thresholdText, timeText, priorityText, minText] = parts;
  const rate = parsePair(rateText, parseRate);
  const limit = burstText === undefined ? none : parsePair(burstText, parseRate);
  const threshold = thresholdText === undefined ? rate : parsePair(thresholdText, parseRate);
  const time = timeText === undefined ? { upload: 1000, download: 1000 } : parsePair(timeText, parseDuration);
  return checkRateLimit({
    rate,
    ...(isNone(limit) ? {} : { burst: { limit, threshold, time } }),
    ...(priorityText === undefined ? {} : { priority: parsePriority(priorityText) }),
    ...(minText === undefined ? {} : { min: parsePair(minText, parseRate) }),
  });
}

/** The shortest text that means the same. Throws RouterValueError as `checkRateLimit` does. */
export function formatRateLimit(limit: RateLimit): string {
  const { rate, burst, priority, min } = checkRateLimit(limit);
  const parts = [formatPair(rate, formatRate)];
  if (burst !== undefined) {
    parts.push(formatPair(burst.limit, formatRate));
    parts.push(formatPair(burst.threshold, formatRate));
    parts.push(formatPair(burst.time, formatSeconds));
  } else if (priority !== undefined || min !== undefined) parts.push('0/0', '0/0', '0/0');
  // A minimum has the priority before it; 8 is what RouterOS takes when none is given.
  if (priority !== undefined || min !== undefined) parts.push(String(priority ?? 8));
  if (min !== undefined) parts.push(formatPair(min, formatRate));
  return parts.join(' ');
}

/** The limit itself if a router would take it and mean it. Throws RouterValueError with a code that says what is wrong. */
export function checkRateLimit(limit: RateLimit): RateLimit {
  const { rate, burst, priority, min } = limit;
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 8)) {
    throw new RouterValueError('priority-range', 'has a priority that is not 1 to 8');
  }
  for (const side of ['upload', 'download'] as const) {
    if (min !== undefined && rate[side] !== 0 && min[side] > rate[side]) {
      throw new RouterValueError('min-above-rate', 'keeps more for the customer than the rate allows');
    }
    if (burst === undefined || burst.limit[side] === 0) continue;
    if (rate[side] === 0 || burst.limit[side] < rate[side]) {
      throw new RouterValueError('burst-below-rate', 'has a burst below the rate');
    }
    if (burst.threshold[side] > burst.limit[side]) {
      throw new RouterValueError('threshold-above-burst', 'has a threshold above the burst');
    }
  }
  return limit;
}

const none: Pair<number> = { upload: 0, download: 0 };

function isNone({ upload, download }: Pair<number>): boolean {
  return upload === 0 && download === 0;
}

function parsePriority(text: string): number {
  if (!/^\d{1,3}$/.test(text))
    throw new RouterValueError('priority-range', 'has a priority that is not 1 to 8');
  return Number(text);
}

function formatSeconds(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? String(milliseconds / 1000) : formatDuration(milliseconds);
}
