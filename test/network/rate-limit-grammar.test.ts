import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatRateLimit, parseRateLimit, RouterValueError } from '#routeros';
import { rateLimitOf } from '../../server/modules/catalog/rate-limit.ts';
import { testApp } from '../support/test-app.ts';

const rate = fc
  .tuple(fc.integer({ min: 0, max: 999 }), fc.constantFrom('', 'k', 'M'))
  .map((parts) => parts.join(''));
const pair = fc.oneof(
  rate,
  fc.tuple(rate, rate).map((sides) => sides.join('/')),
);
const count = fc.integer({ min: 0, max: 90 }).map(String);
const seconds = fc.oneof(
  count,
  count.map((text) => `${text}s`),
  fc.tuple(count, count).map(([up, down]) => `${up}s/${down}s`),
);
const burst = fc.oneof(
  fc.constant(null),
  pair,
  fc.tuple(pair, pair).map((words) => words.join(' ')),
  fc.tuple(pair, pair, count).map((words) => words.join(' ')),
  fc.tuple(pair, pair, count, seconds).map((words) => words.join(' ')),
);
const speeds = fc.record({
  bandwidth: pair,
  burst,
  priority: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 8 })),
});

/** One writing of a value. */
const told = (text: string) => formatRateLimit(parseRateLimit(text));

test('the speed that is stored for routers and RADIUS is the one that was checked when the package was written', async () => {
  await using nadi = await testApp();
  const samples = fc.sample(speeds, 2000);
  const { rows } = await nadi.kit.pool.query<{ stored: string | null }>(
    `select nadi_rate_limit(bandwidth, burst, priority) as stored
     from jsonb_to_recordset($1) as s(n integer, bandwidth text, burst text, priority integer) order by n`,
    [JSON.stringify(samples.map((sample, n) => ({ n, ...sample })))],
  );
  let taken = 0;
  for (const [n, sample] of samples.entries()) {
    let checked: string;
    try {
      checked = told(formatRateLimit(rateLimitOf(sample)));
    } catch (error) {
      assert.ok(error instanceof RouterValueError);
      continue;
    }
    taken += 1;
    assert.equal(told(rows[n]?.stored ?? ''), checked, JSON.stringify(sample));
  }
  assert.ok(taken > 200, `${taken} of the samples were speeds`);
});
