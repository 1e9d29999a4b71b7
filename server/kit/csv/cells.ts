import { z } from 'zod';
import { money, say } from '#contract';

const largestDigits = 11;

/** One of a few words, in any case; absent stays absent. */
export function chosen<T>(words: Readonly<Record<string, T>>) {
  return z
    .string()
    .transform((value, context): T => {
      const word = value.toLowerCase();
      const found = Object.hasOwn(words, word) ? words[word] : undefined;
      if (found !== undefined) return found;
      context.issues.push({
        code: 'custom',
        input: value,
        message: say('this is not one of the words known here.', 'kata ini tidak dikenal di sini.'),
      });
      return z.NEVER;
    })
    .optional();
}

/**
 * An amount as people write it in a file: 150000, 150000.00, 150.000, Rp 150.000,00, 150,000.00. Becomes a decimal text with
 * two decimals. What could mean two things is none: three digits after a sign are thousands, two are cents.
 */
export const amountCell = z
  .string()
  .transform((value) => {
    const bare = value
      .replace(/^rp\.?/i, '')
      .replace(/,-$/, '')
      .replace(/\s/g, '');
    if (/^\d{1,3}(\.\d{3})+(,\d{1,2})?$/.test(bare)) return bare.replaceAll('.', '').replace(',', '.');
    if (/^\d{1,3}(,\d{3})+(\.\d{1,2})?$/.test(bare)) return bare.replaceAll(',', '');
    return /^\d+,\d{1,2}$/.test(bare) ? bare.replace(',', '.') : bare;
  })
  // A cell is always text.
  .pipe(money as z.ZodType<string, string>);

/** As {@link amountCell}, in whole rupiah and below one hundred billion, as the amount of an invoice is. */
export const wholeAmountCell = amountCell.refine(
  (value) => value.endsWith('.00') && value.length <= largestDigits + 3,
  {
    error: say(
      'Use whole rupiah, below one hundred billion.',
      'Gunakan rupiah bulat, di bawah seratus miliar.',
    ),
  },
);
