import type { Field, FieldFacts } from './facts.ts';
import type { World } from './world.ts';

/** `missing` takes the field away; `raw` is JSON text put in its place as it is. */
export type BadValue = { readonly value: unknown } | { readonly raw: string } | { readonly missing: true };

export interface Corruption {
  readonly name: string;
  readonly bad: BadValue;
  /** Whether the field can never take it; otherwise it may be legal there, and is stored as it is. */
  readonly refused: boolean;
}

export type Place = 'body' | 'query';

const sqlTexts = [
  "'; drop table users; --",
  "' or 1=1 --",
  '%_\\',
  '$1::text; select pg_sleep(9)',
  "\\'); --",
];
const longText = 'x'.repeat(10_000);
const deep = 10_000;
const moneyTexts = [
  '1e5',
  '-1',
  '0x10',
  'NaN',
  'Infinity',
  '1,000',
  '1_000',
  '١٢٣',
  '12345678901234567890',
  ' ',
  '0.001',
];
const numbers = [1e308, 2 ** 53, -1, 0.001, -1e308, 5e-324];
const dates = [
  '2025-02-30',
  '2025-13-01',
  '0000-00-00',
  '0000-01-01',
  '9999-12-31',
  '+275760-09-13',
  '-000001-01-01',
  '2026-1-5',
  '20260105',
];
const nilId = '00000000-0000-0000-0000-000000000000';
const maxId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The table of bad inputs, for one field where it stands. */
export function corruptionsOf(field: Field, world: World, place: Place): Corruption[] {
  const { facts } = field;
  const inBody = place === 'body';
  const takesText = facts.types.has('string');
  const freeText = takesText && facts.format === undefined && facts.choices.size === 0;
  const isMoney = takesText && facts.types.has('number');
  const isTime = facts.format === 'date' || facts.format === 'date-time';
  // Where any text is legal, two of a kind will do.
  const texts = (name: string, values: readonly string[], legal: boolean): Corruption[] =>
    (legal ? values.slice(0, 2) : values).map((value) => ({
      name: `${name} ${shorten(value)}`,
      bad: { value },
      refused: !legal,
    }));
  return [
    ...(inBody ? wrongTypes(facts) : []),
    ...(inBody && field.required
      ? [{ name: 'missing', bad: { missing: true as const }, refused: true }]
      : []),
    { name: 'NUL', bad: { value: 'a\0b' }, refused: true },
    ...(inBody
      ? ['\ud800', 'a\udfff', '\udc00\ud800'].map((value) => ({
          name: 'surrogate',
          bad: { value },
          refused: true,
        }))
      : []),
    { name: 'long', bad: { value: longText }, refused: true },
    ...(inBody ? texts('wide', ['😀'.repeat(5000)], false) : []),
    ...numbers.map((value) => ({ name: `number ${value}`, bad: { value }, refused: inBody || !freeText })),
    ...texts('money', moneyTexts, freeText && !isMoney),
    ...texts('date', dates, freeText),
    ...(isTime
      ? texts(
          'instant',
          dates.map((date) => `${date}T00:00:00Z`),
          false,
        )
      : []),
    ...texts('empty', [''], (freeText && !isMoney) || facts.choices.has('')),
    ...texts(
      'not an id',
      ['not-a-uuid', `{${nilId}}`, `${nilId}\n`, `${nilId.slice(0, -1)}g`],
      freeText && !isMoney,
    ),
    ...texts('no such id', [nilId, maxId], (freeText && !isMoney) || !inBody),
    ...otherThings(field, world).map((value) => ({
      name: 'id of another thing',
      bad: { value },
      refused: inBody && facts.format === 'uuid',
    })),
    ...sqlTexts.map((value) => ({ name: `SQL ${value}`, bad: { value }, refused: !freeText || isMoney })),
    ...texts(
      'template',
      ['{{7*7}}', '<script>alert(1)</script>', '../../etc/passwd', '\r\nSet-Cookie: a=b'],
      freeText && !isMoney,
    ),
    ...(inBody ? structures() : []),
  ];
}

function wrongTypes({ types }: FieldFacts): Corruption[] {
  const samples: readonly (readonly [type: string, value: unknown])[] = [
    ['number', 7],
    ['string', 'seven and a bit'],
    ['boolean', true],
    ['array', ['a']],
    ['object', { a: 1 }],
    ['null', null],
  ];
  return samples
    .filter(([type]) => !types.has(type))
    .map(([type, value]) => ({ name: `type ${type}`, bad: { value }, refused: types.size > 0 }));
}

function structures(): Corruption[] {
  return [
    { name: 'deep arrays', bad: { raw: '['.repeat(deep) + ']'.repeat(deep) }, refused: true },
    { name: 'deep objects', bad: { raw: `${'{"a":'.repeat(deep)}null${'}'.repeat(deep)}` }, refused: true },
    { name: '__proto__', bad: { raw: '{"__proto__":{"isAdmin":true}}' }, refused: true },
    { name: 'constructor', bad: { raw: '{"constructor":{"prototype":{"isAdmin":true}}}' }, refused: true },
    { name: 'huge array', bad: { raw: `[${'1,'.repeat(20_000)}1]` }, refused: true },
    { name: 'number too big for JSON', bad: { raw: '1e999' }, refused: true },
    { name: 'operator', bad: { raw: '{"$gt":""}' }, refused: true },
  ];
}

/** Real ids of other kinds of things than the field means. */
function otherThings(field: Field, world: World): string[] {
  const own = String(field.path.at(-1)).replace(/_id$/, '');
  return Object.entries(world.ids)
    .filter(([kind, id]) => kind !== own && kind !== 'token' && id !== world.ids[own])
    .slice(0, 3)
    .map(([, id]) => id);
}

function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}
