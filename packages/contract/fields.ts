import { z } from 'zod';
import { say } from './say.ts';

/** A trimmed line of text, at most `max` characters (255 as in spec 3), not empty. */
export const line = (max = 255) => z.string().trim().min(1).max(max);

/** The name of something on a router, which reads other characters differently from one version to the next. */
export const routerName = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._@+-]*$/, {
      error: say(
        'Use letters, digits, spaces and . _ @ + - only.',
        'Gunakan hanya huruf, angka, spasi dan . _ @ + -.',
      ),
    });

/** What kind of member a customer is, for quotas: a short name in lower case. */
export const membershipType = z
  .string()
  .trim()
  .toLowerCase()
  .max(50)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, {
    error: say(
      'Use letters, digits, - and _ only, like "regular".',
      'Gunakan hanya huruf, angka, - dan _, misalnya "regular".',
    ),
  });

/** Part of a text to search for: with fewer characters no index helps. */
export const partSearch = (max: number) =>
  z
    .string()
    .trim()
    .min(3, { error: say('Search for three characters or more.', 'Cari dengan tiga huruf atau lebih.') })
    .max(max);

/** Free text of at most `max` characters; an empty one means none. */
export const note = (max = 2000) =>
  z
    .string()
    .max(max)
    .transform((value) => (value.trim() === '' ? null : value))
    .nullable();

export const id = z.uuid();
export const idParams = z.strictObject({ id });

/** An address for mail, kept in lower case. */
export const email = z
  .string()
  .trim()
  .max(255)
  .pipe(z.email())
  .transform((value) => value.toLowerCase());

/** A calendar date, YYYY-MM-DD, that exists; years 2000 to 2100, which is what a provider can mean. */
export const date = z.iso.date().refine((value) => value >= '2000-01-01' && value <= '2100-12-31', {
  error: say('Use a year from 2000 to 2100.', 'Gunakan tahun 2000 sampai 2100.'),
});

/** RFC 3339 instant as the API answers it. */
export const instant = z.iso.datetime({ offset: true });

const moneyText = /^\d{1,12}(\.\d{1,2})?$/;

/**
 * An amount of rupiah from a client: "150000", "150000.00" or 150000, never negative, at most two decimals
 * and 999999999999.99. Becomes a decimal text with two decimals.
 */
export const money = z.union([z.string().max(20), z.number().nonnegative()]).transform((value, context) => {
  const text = String(value);
  if (!moneyText.test(text)) {
    context.issues.push({
      code: 'custom',
      input: value,
      message: say(
        'Use an amount of zero or more, below one trillion, with at most two decimals, like "150000".',
        'Gunakan jumlah nol atau lebih, di bawah satu triliun, paling banyak dua desimal, misalnya "150000".',
      ),
    });
    return z.NEVER;
  }
  const [whole = '0', cents = ''] = text.split('.');
  return `${whole.replace(/^0+(?=\d)/, '')}.${cents.padEnd(2, '0')}`;
});

/** As {@link money}, but above zero. */
export const positiveMoney = money.refine((value) => Number(value) > 0, {
  error: say('Use an amount above zero.', 'Gunakan jumlah di atas nol.'),
});

/** An amount as the API answers it: a decimal text with two decimals. */
export const moneyOut = z.string();

/** `true` and `false` in a query string, also as 1 and 0. */
export const queryBoolean = z
  .enum(['true', 'false', '1', '0'])
  .transform((value) => value === 'true' || value === '1');

/** A whole number in a path or query: digits alone, so that `0x10`, `1e3`, `1.0` and an empty text are refused. */
export const digits = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
