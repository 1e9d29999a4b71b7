/**
 * The framing of the RouterOS API: a word is a length and as many bytes, a sentence is words and an empty one.
 *
 * Text is kept as byte strings: one character a byte (latin1), so that names in any code page come back as they were sent.
 */
const mostWordBytes = 1 << 20;
const mostWords = 4096;

/** What was sent is not the API's framing, or is larger than anything meant: the connection is to be closed. */
export class FramingError extends Error {}

/** A text as the bytes of its UTF-8. */
export const toBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/** Bytes that are UTF-8, as text. */
export const toText = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8');

/** How many bytes the length of a word of that many bytes takes. */
function lengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  return length < 0x1000_0000 ? 4 : 5;
}

/** Bits that say in the first byte how many bytes follow it, by the number of bytes. */
const marks = [0, 0, 0x80, 0xc0, 0xe0, 0xf0];

function writeLength(target: Buffer, at: number, length: number): number {
  const bytes = lengthBytes(length);
  for (let index = bytes - 1, rest = length; index >= 0; index -= 1) {
    target[at + index] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  target[at] = (target[at] ?? 0) | (marks[bytes] ?? 0);
  return at + bytes;
}

/** The sentences, one after the other, as they go over the wire. */
export function encodeSentences(sentences: readonly (readonly string[])[]): Buffer {
  let size = 0;
  for (const words of sentences) {
    for (const word of words) size += lengthBytes(word.length) + word.length;
    size += 1;
  }
  const target = Buffer.allocUnsafe(size);
  let at = 0;
  for (const words of sentences) {
    for (const word of words) {
      at = writeLength(target, at, word.length);
      at += target.write(word, at, 'latin1');
    }
    target[at] = 0;
    at += 1;
  }
  return target;
}

/** Takes bytes as they arrive, in whatever pieces, and gives back the sentences that are complete. */
export class SentenceDecoder {
  #buffer = Buffer.alloc(1024);
  #start = 0;
  #end = 0;
  #words: string[] = [];

  /** Throws a FramingError; after that the decoder is of no use. */
  push(piece: Buffer): readonly (readonly string[])[] {
    this.#keep(piece);
    const sentences: (readonly string[])[] = [];
    for (let word = this.#next(); word !== undefined; word = this.#next()) {
      if (word !== '') {
        if (this.#words.push(word) > mostWords) throw new FramingError('too many words');
      } else if (this.#words.length > 0) {
        sentences.push(this.#words);
        this.#words = [];
      }
    }
    return sentences;
  }

  #keep(piece: Buffer): void {
    if (this.#end + piece.length > this.#buffer.length) {
      const held = this.#end - this.#start;
      const larger = Buffer.alloc(Math.max(this.#buffer.length, 2 * (held + piece.length)));
      this.#buffer.copy(larger, 0, this.#start, this.#end);
      this.#buffer = larger;
      this.#start = 0;
      this.#end = held;
    }
    this.#end += piece.copy(this.#buffer, this.#end);
  }

  #next(): string | undefined {
    const first = this.#buffer[this.#start];
    if (first === undefined || this.#start === this.#end) return undefined;
    if (first >= 0xf8) throw new FramingError('reserved control byte');
    const bytes = first < 0x80 ? 1 : first < 0xc0 ? 2 : first < 0xe0 ? 3 : first < 0xf0 ? 4 : 5;
    if (this.#end - this.#start < bytes) return undefined;
    let length = first & (bytes === 5 ? 0 : 0xff >> bytes);
    if (bytes === 1) length = first;
    for (let index = 1; index < bytes; index += 1)
      length = length * 256 + (this.#buffer[this.#start + index] ?? 0);
    if (length > mostWordBytes) throw new FramingError('word too long');
    const from = this.#start + bytes;
    if (this.#end < from + length) return undefined;
    this.#start = from + length;
    const word = this.#buffer.toString('latin1', from, from + length);
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
    return word;
  }
}
