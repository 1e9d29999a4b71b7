import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';
import { formatRate, parseRate } from './rate.ts';
import { checkRateLimit, formatRateLimit, parseRateLimit, type RateLimit } from './rate-limit.ts';
import { parseRouterDate } from './router-date.ts';
import { formatPair, parseCounter, parseFlag, parsePair, parseWhole } from './scalars.ts';
import { RouterValueError } from './value-error.ts';

const refuses = (parse: (text: string) => unknown, texts: readonly string[]) => {
  for (const text of texts) assert.throws(() => parse(text), RouterValueError, text);
};

test('durations as RouterOS writes them', () => {
  assert.equal(parseDuration('1w2d3h4m5s'), 788_645_000);
  assert.equal(parseDuration('00:10:00'), 600_000);
  assert.equal(parseDuration('1d00:00:01'), 86_401_000);
  assert.equal(parseDuration('00:00:01.25'), 1250);
  assert.equal(parseDuration('4w2d'), 2_592_000_000);
  assert.equal(parseDuration('5s100ms'), 5100);
  assert.equal(parseDuration('12ms500us'), 12.5);
  assert.equal(parseDuration('0s'), 0);
  assert.equal(parseDuration('30'), 30_000);
  refuses(parseDuration, ['', 'none', 'never', '5x', '1h 2m', '-5s', '3s2m', '1:2:3', '9'.repeat(39)]);
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
});

test('flags, whole numbers, counters and pairs', () => {
  assert.deepEqual(['true', 'yes', 'false', 'no'].map(parseFlag), [true, true, false, false]);
  assert.equal(parseWhole('-42'), -42);
  assert.equal(parseCounter('18446744073709551615'), 2n ** 64n - 1n);
  assert.deepEqual(parsePair('5/7', parseWhole), { upload: 5, download: 7 });
  assert.deepEqual(parsePair('5', parseWhole), { upload: 5, download: 5 });
  assert.equal(formatPair({ upload: 5, download: 7 }, String), '5/7');
  refuses(parseFlag, ['', 'Yes', '1']);
  refuses(parseWhole, ['', '1.5', '9007199254740993', '1e3']);
  refuses(parseCounter, ['-1', '']);
  refuses((text) => parsePair(text, parseWhole), ['1/2/3', '1/']);
});

test('dates before and since RouterOS 7.10, and what the log leaves out', () => {
  const today = Temporal.PlainDate.from('2026-01-02');
  const read = (text: string) => parseRouterDate(text, today).toString();
  assert.equal(read('jan/02/2026 15:04:05'), '2026-01-02T15:04:05');
  assert.equal(read('2026-01-02 15:04:05'), '2026-01-02T15:04:05');
  assert.equal(read('feb/29/2024'), '2024-02-29T00:00:00');
  assert.equal(read('15:04:05'), '2026-01-02T15:04:05');
  assert.equal(read('jan/01 10:00:00'), '2026-01-01T10:00:00');
  assert.equal(read('12-31 23:59:59'), '2025-12-31T23:59:59');
  assert.equal(read('01-03 00:00:01'), '2026-01-03T00:00:01');
  assert.equal(read('feb/29 01:00:00'), '2024-02-29T01:00:00');
  refuses(read, ['', 'never', 'foo/01/2026', 'feb/30/2026', '2026-13-01', '25:00:00', '2026-01-02T15:04:05']);
});

test('rates', () => {
  assert.deepEqual(
    ['10M', '512k', '1G', '64000', '0', '2m'].map(parseRate),
    [1e7, 512_000, 1e9, 64_000, 0, 2e6],
  );
  assert.deepEqual([1e7, 1_500_000, 64_001, 0, 2e9].map(formatRate), ['10M', '1500k', '64001', '0', '2G']);
  refuses(parseRate, ['', '1.5M', '-1', '10Mbps', 'M', '9999999999999999']);
});

test('the grammar of rate limits, with what it leaves out', () => {
  assert.deepEqual(parseRateLimit('10M'), { rate: { upload: 1e7, download: 1e7 } });
  assert.deepEqual(parseRateLimit('5M/10M'), { rate: { upload: 5e6, download: 1e7 } });
  assert.deepEqual(parseRateLimit('5M/10M 10M/20M'), {
    rate: { upload: 5e6, download: 1e7 },
    burst: {
      limit: { upload: 1e7, download: 2e7 },
      threshold: { upload: 5e6, download: 1e7 },
      time: { upload: 1000, download: 1000 },
    },
  });
  const whole = '5M/10M 10M/20M 4M/8M 16/00:00:08 5 1M/2M';
  assert.deepEqual(parseRateLimit(whole), {
    rate: { upload: 5e6, download: 1e7 },
    burst: {
      limit: { upload: 1e7, download: 2e7 },
      threshold: { upload: 4e6, download: 8e6 },
      time: { upload: 16_000, download: 8000 },
    },
    priority: 5,
    min: { upload: 1e6, download: 2e6 },
  });
  assert.equal(formatRateLimit(parseRateLimit(whole)), '5M/10M 10M/20M 4M/8M 16/8 5 1M/2M');
  assert.equal(formatRateLimit(parseRateLimit('10M 0/0 0/0 0/0 3')), '10M/10M 0/0 0/0 0/0 3');
});

test('a rate limit that a router would refuse or misread is refused, and says why', () => {
  const code = (text: string) => {
    try {
      parseRateLimit(text);
      return 'none';
    } catch (error) {
      return error instanceof RouterValueError ? error.code : error;
    }
  };
  assert.equal(code(''), 'rate');
  assert.equal(code('fast'), 'rate');
  assert.equal(code('1M/2M/3M'), 'pair');
  assert.equal(code('10M 20M 10M 1 9'), 'priority-range');
  assert.equal(code('10M 20M 10M 1 0'), 'priority-range');
  assert.equal(code('10M 5M'), 'burst-below-rate');
  assert.equal(code('10M 20M 30M'), 'threshold-above-burst');
  assert.equal(code('10M 0 0 0 8 11M'), 'min-above-rate');
  assert.equal(code('10M 20M 10M soon'), 'duration');
  assert.equal(code('1M 2M 1M 1 8 1M 1M'), 'rate-limit');
});

test('a rate limit means the same after it was written and read', () => {
  const pair = (value: fc.Arbitrary<number>) =>
    fc.record({ upload: value, download: value }, { noNullPrototype: true });
  const rates = pair(fc.integer({ min: 1, max: 1e10 }));
  const limits: fc.Arbitrary<RateLimit> = fc
    .tuple(
      rates,
      rates,
      rates,
      pair(fc.integer({ min: 0, max: 1e6 })),
      fc.integer({ min: 1, max: 8 }),
      rates,
      fc.nat(3),
    )
    .map(([rate, more, threshold, time, priority, min, parts]) => {
      const least = (a: number, b: number) => Math.min(a, b);
      const limit = { upload: rate.upload + more.upload, download: rate.download + more.download };
      const fit = (from: typeof rate, to: typeof rate) => ({
        upload: least(from.upload, to.upload),
        download: least(from.download, to.download),
      });
      return {
        rate,
        ...(parts > 0 ? { burst: { limit, threshold: fit(threshold, limit), time } } : {}),
        ...(parts > 1 ? { priority } : {}),
        ...(parts > 2 ? { min: fit(min, rate) } : {}),
      };
    });
  fc.assert(
    fc.property(limits, (limit) => {
      assert.deepEqual(parseRateLimit(formatRateLimit(limit)), checkRateLimit(limit));
    }),
  );
});
