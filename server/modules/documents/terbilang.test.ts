import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { terbilang } from './terbilang.ts';

const known: readonly (readonly [amount: bigint | string, id: string, en: string])[] = [
  [0n, 'nol rupiah', 'zero rupiah'],
  [1n, 'satu rupiah', 'one rupiah'],
  [10n, 'sepuluh rupiah', 'ten rupiah'],
  [11n, 'sebelas rupiah', 'eleven rupiah'],
  [12n, 'dua belas rupiah', 'twelve rupiah'],
  [19n, 'sembilan belas rupiah', 'nineteen rupiah'],
  [20n, 'dua puluh rupiah', 'twenty rupiah'],
  [21n, 'dua puluh satu rupiah', 'twenty-one rupiah'],
  [100n, 'seratus rupiah', 'one hundred rupiah'],
  [101n, 'seratus satu rupiah', 'one hundred one rupiah'],
  [111n, 'seratus sebelas rupiah', 'one hundred eleven rupiah'],
  [200n, 'dua ratus rupiah', 'two hundred rupiah'],
  [1_000n, 'seribu rupiah', 'one thousand rupiah'],
  [1_100n, 'seribu seratus rupiah', 'one thousand one hundred rupiah'],
  [2_001n, 'dua ribu satu rupiah', 'two thousand one rupiah'],
  [11_000n, 'sebelas ribu rupiah', 'eleven thousand rupiah'],
  [21_000n, 'dua puluh satu ribu rupiah', 'twenty-one thousand rupiah'],
  [101_000n, 'seratus satu ribu rupiah', 'one hundred one thousand rupiah'],
  [150_000n, 'seratus lima puluh ribu rupiah', 'one hundred fifty thousand rupiah'],
  [1_000_000n, 'satu juta rupiah', 'one million rupiah'],
  [1_001_000n, 'satu juta seribu rupiah', 'one million one thousand rupiah'],
  [1_000_000_000n, 'satu miliar rupiah', 'one billion rupiah'],
  [1_000_000_000_001n, 'satu triliun satu rupiah', 'one trillion one rupiah'],
  ['150000.00', 'seratus lima puluh ribu rupiah', 'one hundred fifty thousand rupiah'],
  ['1000.5', 'seribu rupiah lima puluh sen', 'one thousand rupiah fifty sen'],
  ['0.11', 'sebelas sen', 'eleven sen'],
  ['-20000.00', 'minus dua puluh ribu rupiah', 'minus twenty thousand rupiah'],
];

for (const [amount, id, en] of known) {
  test(`${amount} is "${id}"`, () => {
    assert.equal(terbilang(amount, 'id'), id);
    assert.equal(terbilang(amount, 'en'), en);
  });
}

test('the largest that can be said is 999 trillion and all below the next; more is refused', () => {
  const words = terbilang(999_999_999_999_999n, 'id');
  assert.equal(words.match(/sembilan ratus sembilan puluh sembilan/g)?.length, 5);
  for (const wrong of [10n ** 15n, -(10n ** 15n), '1e3', '', '1.234', '1,000', 'NaN']) {
    assert.throws(() => terbilang(wrong, 'id'), RangeError, String(wrong));
  }
});

const amounts = fc.bigInt({ min: 0n, max: 999_999_999_999_999n });

test('whoever reads the Indonesian words finds the number', () => {
  fc.assert(
    fc.property(amounts, (amount) => {
      assert.equal(readIndonesian(terbilang(amount, 'id').replace(/ rupiah$/, '')), amount);
    }),
    { numRuns: 2000 },
  );
});

test('whoever reads the English words finds the number', () => {
  fc.assert(
    fc.property(amounts, (amount) => {
      assert.equal(readEnglish(terbilang(amount, 'en').replace(/ rupiah$/, '')), amount);
    }),
    { numRuns: 2000 },
  );
});

test('sen are said after the rupiah, and read back too', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.integer({ min: 1, max: 99 }), (rupiah, sen) => {
      const words = terbilang(`${rupiah}.${String(sen).padStart(2, '0')}`, 'id');
      const [, whole = '', cents = ''] = /^(.+) rupiah (.+) sen$/.exec(words) ?? [];
      assert.equal(readIndonesian(whole), rupiah);
      assert.equal(readIndonesian(cents), BigInt(sen));
    }),
  );
});

/** Reads word by word, as a person would: "se" is one of what follows, and each name multiplies what stands before it. */
function readIndonesian(words: string): bigint {
  const digits = 'nol satu dua tiga empat lima enam tujuh delapan sembilan'.split(' ');
  const names: Readonly<Record<string, bigint>> = {
    ribu: 10n ** 3n,
    juta: 10n ** 6n,
    miliar: 10n ** 9n,
    triliun: 10n ** 12n,
  };
  let total = 0n;
  let group = 0n;
  let digit = 0n;
  for (const word of words.replace(/\bse(puluh|belas|ratus|ribu)\b/g, 'satu $1').split(' ')) {
    const name = names[word];
    if (digits.includes(word)) digit = BigInt(digits.indexOf(word));
    else if (word === 'puluh' || word === 'ratus') {
      group += digit * (word === 'puluh' ? 10n : 100n);
      digit = 0n;
    } else if (word === 'belas') {
      group += 10n + digit;
      digit = 0n;
    } else if (name !== undefined) {
      total += (group + digit) * name;
      group = 0n;
      digit = 0n;
    } else assert.fail(`not a number word: ${word}`);
  }
  return total + group + digit;
}

function readEnglish(words: string): bigint {
  const small =
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
      ' ',
    );
  const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
  const names = ['thousand', 'million', 'billion', 'trillion'];
  let total = 0n;
  let group = 0n;
  for (const word of words.split(/[ -]/)) {
    if (small.includes(word)) group += BigInt(small.indexOf(word));
    else if (tens.includes(word)) group += BigInt(tens.indexOf(word) + 2) * 10n;
    else if (word === 'hundred') group *= 100n;
    else {
      assert.ok(names.includes(word), word);
      total += group * 1000n ** BigInt(names.indexOf(word) + 1);
      group = 0n;
    }
  }
  return total + group;
}
