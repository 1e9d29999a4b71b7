import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentOf } from '../../agent/cli/moment.ts';

test('a moment is read as people write it, and what is none, is over or far away is refused', () => {
  const now = Temporal.Instant.from('2026-03-02T03:00:00Z');
  const read = (text: string) => momentOf(text, 'Asia/Jakarta', now).toString();
  assert.deepEqual(
    [
      '10:01',
      '9:59',
      '2026-03-02 23:00',
      '2026-03-02T23:00',
      '2026-03-02T23:00+08:00',
      '2026-03-02T23:00Z',
    ].map(read),
    [
      '2026-03-02T03:01:00Z',
      '2026-03-03T02:59:00Z',
      '2026-03-02T16:00:00Z',
      '2026-03-02T16:00:00Z',
      '2026-03-02T15:00:00Z',
      '2026-03-02T23:00:00Z',
    ],
  );
  for (const text of [
    '',
    'besok',
    '25:00',
    '2026-02-30 10:00',
    '2026-03-02',
    '2026-03-02 09:00',
    '2028-01-01 00:00',
  ])
    assert.throws(() => read(text), /^AgentError: --at /, text);
});
