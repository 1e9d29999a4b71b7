import { lengthWidth, writeLength } from './length.ts';

/** A sentence as it goes over the wire: each word after its length, and the empty word that ends it. */
export function encodeSentence(words: readonly Uint8Array[]): Buffer {
  const size = words.reduce((sum, word) => sum + lengthWidth(word.length) + word.length, 1);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const word of words) {
    // It would end the sentence here, and make what follows a command of its own.
    if (word.length === 0) throw new RangeError('A sentence cannot hold an empty word');
    at = writeLength(bytes, at, word.length);
    bytes.set(word, at);
    at += word.length;
  }
  bytes[at] = 0;
  return bytes;
}
