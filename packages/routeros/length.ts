import { ProtocolError } from './errors.ts';

/** The longest word that the length before it can tell of. */
const longest = 0xffffffff;

/** Writes the length of a word, in bytes, at `at`; gives back where the word begins. */
export function writeLength(target: Uint8Array, at: number, length: number): number {
  const width = lengthWidth(length);
  const marked = length + (marks[width - 1] ?? 0);
  for (let index = 0; index < width; index += 1) {
    target[at + index] = Math.floor(marked / 256 ** (width - 1 - index)) & 0xff;
  }
  return at + width;
}

/** What is added to a length of 1 to 5 bytes so that its first byte tells how many follow. */
const marks = [0, 0x8000, 0xc00000, 0xe0000000, 0xf000000000];

/** How many bytes the length of such a word takes: 1 to 5. */
export function lengthWidth(length: number): number {
  if (!Number.isInteger(length) || length < 0 || length > longest) {
    throw new RangeError(`A word cannot have ${length} bytes`);
  }
  if (length <= 0x7f) return 1;
  if (length <= 0x3fff) return 2;
  if (length <= 0x1fffff) return 3;
  return length <= 0xfffffff ? 4 : 5;
}

/** The length of a word as the API writes it. */
export function encodeLength(length: number): Uint8Array {
  const bytes = new Uint8Array(lengthWidth(length));
  writeLength(bytes, 0, length);
  return bytes;
}

/**
 * What the first byte of a length says: its own bits of the length, and how many bytes follow.
 * Throws ProtocolError for control bytes, which are reserved (0xF8 and above) or mean nothing (0xF1 to 0xF7).
 */
export function firstLengthByte(byte: number): { readonly bits: number; readonly more: number } {
  if (byte < 0x80) return { bits: byte, more: 0 };
  if (byte < 0xc0) return { bits: byte & 0x3f, more: 1 };
  if (byte < 0xe0) return { bits: byte & 0x1f, more: 2 };
  if (byte < 0xf0) return { bits: byte & 0x0f, more: 3 };
  if (byte === 0xf0) return { bits: 0, more: 4 };
  throw new ProtocolError(`Received 0x${byte.toString(16)} where a word should begin`);
}
