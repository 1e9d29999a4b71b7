import { createHash, randomInt } from 'node:crypto';

/**
 * Letters of license keys: none that is taken for another on paper or by ear (0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V Y). There are 23, a
 * prime, so that a weighted sum finds every single wrong letter and every swap of neighbours.
 */
const alphabet = '23456789ACDEFHJKMNPRTWX';
const groups = 5;
const groupLength = 5;
const length = groups * groupLength;

/** What people write for a letter of the alphabet that looks like it. */
const lookalikes: Readonly<Record<string, string>> = { Z: '2', S: '5', G: '6', B: '8' };

/** What is wrong with a text that is no license key. */
export type KeyFault =
  | { readonly kind: 'letter'; readonly letter: string; readonly position: number }
  | { readonly kind: 'length'; readonly letters: number }
  | { readonly kind: 'check' };

/** A key in its canonical form, letters alone, or what is wrong with it. */
export type ParsedKey = { readonly key: string } | { readonly fault: KeyFault };

/** A new key in its canonical form: 24 letters of chance, 108 bits, and the check letter. `below` draws a whole number below its argument. */
export function makeKey(below: (limit: number) => number = randomInt): string {
  const drawn = Array.from({ length: length - 1 }, () => below(alphabet.length));
  return [...drawn, checkOf(drawn)].map((value) => alphabet[value]).join('');
}

/** As people read and type it: five groups of five, with dashes. */
export function formatKey(key: string): string {
  return Array.from({ length: groups }, (_, group) =>
    key.slice(group * groupLength, (group + 1) * groupLength),
  ).join('-');
}

/** Its last group, by which people tell keys apart; it does not help to guess the rest. */
export const hintOf = (key: string): string => key.slice(-groupLength);

/** Reads what somebody typed: small letters, spaces, other dashes or none, and letters that look like ours are forgiven. */
export function parseKey(text: string): ParsedKey {
  const letters = [...text.normalize('NFKC').toUpperCase()].filter((letter) => !/[\s\p{Pd}._]/u.test(letter));
  const key = letters.map((letter) => lookalikes[letter] ?? letter);
  const wrong = key.findIndex((letter) => !alphabet.includes(letter));
  if (wrong >= 0) return { fault: { kind: 'letter', letter: letters[wrong] ?? '', position: wrong + 1 } };
  if (key.length !== length) return { fault: { kind: 'length', letters: key.length } };
  const values = key.map((letter) => alphabet.indexOf(letter));
  if (checkOf(values.slice(0, -1)) !== values.at(-1)) return { fault: { kind: 'check' } };
  return { key: key.join('') };
}

/** What is wrong, for whoever typed it. */
export function keyFaultWords(fault: KeyFault): { readonly en: string; readonly id: string } {
  switch (fault.kind) {
    case 'letter':
      return {
        en: `Keys have no "${fault.letter}" (letter ${fault.position}).`,
        id: `Kunci tidak memakai "${fault.letter}" (huruf ke-${fault.position}).`,
      };
    case 'length':
      return {
        en: `A key has ${length} letters and digits, without the dashes; this has ${fault.letters}.`,
        id: `Kunci terdiri dari ${length} huruf dan angka, tanpa tanda hubung; ini ada ${fault.letters}.`,
      };
    case 'check':
      return {
        en: 'One letter is wrong, or two are swapped.',
        id: 'Ada satu huruf yang salah, atau dua huruf tertukar.',
      };
  }
}

/** SHA-256 of a key in its canonical form, in hex: what is kept of it, on both sides. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The letter that makes the sum of all, each times its weight, nothing modulo 23. Weights are never 0 and differ between
 * neighbours, so one wrong letter and one swap always change the sum. Of 24 letters the weights are 1 to 22 and 1, 2; the check letter has 3.
 */
function checkOf(values: readonly number[]): number {
  const prime = alphabet.length;
  const weight = (at: number) => (at % (prime - 1)) + 1;
  const sum = values.reduce((total, value, at) => total + value * weight(at), 0) % prime;
  const own = weight(values.length);
  for (let value = 0; value < prime; value += 1) if ((sum + value * own) % prime === 0) return value;
  throw new Error('Modulo a prime every weight has an inverse.');
}
