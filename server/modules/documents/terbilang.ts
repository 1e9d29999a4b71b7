import type { Language } from '#kit/errors.ts';
import { hundredths } from './rules.ts';

/** The largest amount that can be said, in whole rupiah: 999 trillion and all below the next. */
const largest = 999_999_999_999_999n;

/**
 * An amount of rupiah in words, as a kwitansi has it: `terbilang('1500000', 'id')` is "satu juta lima ratus ribu rupiah".
 * Takes whole rupiah as bigint, or decimal text with up to two decimals, which are said as sen.
 * @throws {RangeError} for more than 999,999,999,999,999 rupiah, and for what is no amount
 */
export function terbilang(amount: bigint | string, language: Language): string {
  const all = typeof amount === 'bigint' ? amount * 100n : hundredths(amount);
  const size = all < 0n ? -all : all;
  const [rupiah, sen] = [size / 100n, Number(size % 100n)];
  if (rupiah > largest) throw new RangeError(`${amount} rupiah is more than can be said in words.`);
  const say = language === 'id' ? indonesian : english;
  const words = [
    ...(all < 0n ? ['minus'] : []),
    ...(rupiah > 0n || sen === 0 ? [wordsOf(rupiah, say), 'rupiah'] : []),
    ...(sen > 0 ? [wordsOf(BigInt(sen), say), 'sen'] : []),
  ];
  return words.join(' ');
}

interface NumberWords {
  readonly zero: string;
  /** Names of the groups of three digits from the right; the first has none. */
  readonly groups: readonly string[];
  /** A group of three digits with its name. */
  readonly group: (value: number, name: string) => string;
}

function wordsOf(value: bigint, words: NumberWords): string {
  if (value === 0n) return words.zero;
  const said: string[] = [];
  let rest = value;
  for (const name of words.groups) {
    const group = Number(rest % 1000n);
    if (group > 0) said.unshift(words.group(group, name));
    rest /= 1000n;
  }
  return said.join(' ');
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

const units = ['', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan'];

/** One becomes "se" before puluh, belas, ratus and ribu, but not before juta and above: seribu, satu juta. */
function below1000(value: number): string {
  if (value >= 200) return joined(`${units[Math.trunc(value / 100)]} ratus`, below1000(value % 100));
  if (value >= 100) return joined('seratus', below1000(value - 100));
  if (value >= 20) return joined(`${units[Math.trunc(value / 10)]} puluh`, units[value % 10] ?? '');
  if (value >= 12) return `${units[value - 10]} belas`;
  if (value === 11) return 'sebelas';
  return value === 10 ? 'sepuluh' : (units[value] ?? '');
}

const indonesian: NumberWords = {
  zero: 'nol',
  groups: ['', 'ribu', 'juta', 'miliar', 'triliun'],
  group: (value, name) => (value === 1 && name === 'ribu' ? 'seribu' : joined(below1000(value), name)),
};

const small =
  ' one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = '  twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function englishBelow1000(value: number): string {
  if (value >= 100) {
    return joined(`${small[Math.trunc(value / 100)]} hundred`, englishBelow1000(value % 100));
  }
  if (value < 20) return small[value] ?? '';
  const unit = small[value % 10];
  return unit ? `${tens[Math.trunc(value / 10)]}-${unit}` : (tens[value / 10] ?? '');
}

const english: NumberWords = {
  zero: 'zero',
  groups: ['', 'thousand', 'million', 'billion', 'trillion'],
  group: (value, name) => joined(englishBelow1000(value), name),
};
