import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatKey, hashKey, hintOf, keyFaultWords, makeKey, parseKey } from './index.ts';

const letters = '23456789ACDEFHJKMNPRTWX';
const keys = fc.array(fc.nat({ max: letters.length - 1 }), { minLength: 24, maxLength: 24 }).map((values) => {
  const rest = [...values];
  return makeKey(() => rest.shift() ?? 0);
});

test('a key has 108 bits of chance, in five groups of five', () => {
  assert.ok(24 * Math.log2(letters.length) > 108);
  const made = new Set(Array.from({ length: 1000 }, () => makeKey()));
  assert.equal(made.size, 1000);
  for (const key of made)
    assert.match(formatKey(key), /^[2-9ACDEFHJKMNPRTWX]{5}(-[2-9ACDEFHJKMNPRTWX]{5}){4}$/);
});

test('what is written is read back: in small letters, with spaces, other dashes or none', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const shown = formatKey(key);
      const sloppy = [
        shown,
        key,
        shown.toLowerCase(),
        shown.replaceAll('-', ' '),
        `  ${shown}\n`,
        shown.replaceAll('-', '–'),
      ];
      for (const text of sloppy) assert.deepEqual(parseKey(text), { key });
    }),
  );
});

test('letters that look like ours are read as ours', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const typed = key.replaceAll('2', 'Z').replaceAll('5', 's').replaceAll('6', 'G').replaceAll('8', 'b');
      assert.deepEqual(parseKey(typed), { key });
    }),
  );
});

test('every single wrong letter and every swap of neighbours is found', () => {
  fc.assert(
    fc.property(keys, (key) => {
      for (let at = 0; at < key.length; at += 1) {
        for (const letter of letters) {
          if (letter === key[at]) continue;
          const wrong = key.slice(0, at) + letter + key.slice(at + 1);
          assert.deepEqual(parseKey(wrong), { fault: { kind: 'check' } });
        }
        const [one, other] = [key[at], key[at + 1]];
        if (other === undefined || one === other) continue;
        const swapped = key.slice(0, at) + other + one + key.slice(at + 2);
        assert.deepEqual(parseKey(swapped), { fault: { kind: 'check' } });
      }
    }),
    { numRuns: 30 },
  );
});

test('what is wrong is said: the letter, the length, or that one is wrong', () => {
  const key = makeKey();
  const faults = [`O${key.slice(1)}`, key.slice(1), '', `${key}2`, '🙂', 'ключ'].map((text) =>
    parseKey(text),
  );
  assert.deepEqual(faults.slice(0, 3), [
    { fault: { kind: 'letter', letter: 'O', position: 1 } },
    { fault: { kind: 'length', letters: 24 } },
    { fault: { kind: 'length', letters: 0 } },
  ]);
  for (const parsed of faults) {
    assert.ok('fault' in parsed);
    const { en, id } = keyFaultWords(parsed.fault);
    assert.ok(en !== id && en.endsWith('.') && id.endsWith('.'));
  }
});

test('any text at all is read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parsed = parseKey(text);
      assert.ok('key' in parsed || 'fault' in parsed);
    }),
  );
});

test('what is kept of a key is its hash and its last group', () => {
  const key = makeKey();
  assert.match(hashKey(key), /^[0-9a-f]{64}$/);
  assert.equal(hintOf(key), formatKey(key).split('-').at(-1));
});
