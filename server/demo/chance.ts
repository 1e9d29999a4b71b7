import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that looks random and is always the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\n')).digest().readUInt32BE(0) / 2 ** 32;
}

/** A whole number from `least` to `most`, both included. */
export function between(least: number, most: number, ...words: readonly (string | number)[]): number {
  return least + Math.floor(chance(...words) * (most - least + 1));
}

/** One of the items. @throws {RangeError} where there are none. */
export function pick<T>(items: readonly T[], ...words: readonly (string | number)[]): T {
  const item = items[Math.floor(chance(...words) * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to pick from.');
  return item;
}
