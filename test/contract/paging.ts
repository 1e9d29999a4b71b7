import type { Attempt } from './send.ts';

type One = (what: string, query: string, refused: boolean, field?: string) => Attempt;

/** Pages and cursors no list has given. Where unknown fields are passed over, so are cursors. */
export function pagingAttempts(one: One, hasCursor: boolean): Attempt[] {
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  const id = '019bbf5c-6000-7000-8000-000000000000';
  const at = '2025-01-05T00:00:00.000Z';
  const bad = [
    'garbage',
    '!!!!',
    'x'.repeat(199),
    cursor("'; drop table users; --"),
    cursor(`${at} '; drop table users; --`),
    cursor(`2025-13-45T00:00:00.000Z ${id}`),
    cursor(`2025-02-30T00:00:00.000Z ${id}`),
    cursor(`2025-02-29T00:00:00.000Z ${id}`),
    cursor(`2025-01-05T25:00:00.000Z ${id}`),
    cursor(`0000-01-01T00:00:00.000Z ${id}`),
    cursor(`${at} ${id}\0`),
    cursor(`${at} not-a-uuid`),
    cursor(`${at} 99999999999999999999`),
    cursor(`${at}`),
    cursor(`${at} ${id} more`),
    cursor('{"created_at":{"$gt":""}}'),
  ];
  const numbers = [
    '0',
    '-1',
    '1e9',
    '1e1',
    '0x10',
    '1.5',
    ' 1',
    '+1',
    '1000000000',
    '10001',
    '99999999999999999999',
    'NaN',
    '',
    'one',
  ];
  return [
    ...bad.map((text) =>
      one(
        `cursor ${Buffer.from(text, 'base64url').toString('latin1')}`,
        `cursor=${text}`,
        hasCursor,
        'cursor',
      ),
    ),
    ...numbers.map((text) => one(`page ${text}`, `page=${encodeURIComponent(text)}`, true, 'page')),
    ...[...numbers, '101', '1000'].map((text) =>
      one(`per_page ${text}`, `per_page=${encodeURIComponent(text)}`, true, 'per_page'),
    ),
    one('deep page', 'page=10000&per_page=100', true, 'page'),
    one('deepest page', 'page=101&per_page=100', false),
    one('cursor in a leap second', `cursor=${cursor(`2025-01-05T23:59:60.000Z ${id}`)}`, false),
    one('cursor of nobody', `cursor=${cursor(`9999-12-31T23:59:59.999Z ${id}`)}`, false),
    one('cursor of year 1', `cursor=${cursor(`0001-01-01T00:00:00.000Z ${id}`)}`, false),
  ];
}
