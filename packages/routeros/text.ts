import { isUtf8 } from 'node:buffer';
import { InvalidInput } from './errors.ts';

/** RouterOS keeps text as the bytes it was given. Who wrote them decided what they mean. */
export interface TextOptions {
  /** What bytes mean that are not UTF-8: a single-byte encoding of the WHATWG list. `windows-1252` unless told. */
  readonly codePage?: string;
  /** What we write. `utf-8` unless told; `code-page` where other programs read the code page only. */
  readonly write?: 'utf-8' | 'code-page';
}

export interface TextCodec {
  /** Never throws; a byte that means nothing in the code page becomes U+FFFD. */
  decode(bytes: Buffer): string;
  /** What `decode` gives back unchanged. Throws InvalidInput, naming `field` and never the value. */
  encode(text: string, field: string): Buffer;
}

/** Throws RangeError if the code page is unknown or not a single-byte one. */
export function textCodec({ codePage = 'windows-1252', write = 'utf-8' }: TextOptions = {}): TextCodec {
  const page = new TextDecoder(codePage, { ignoreBOM: true });
  const characters = singleByteCharacters(page, codePage);
  const decode = (bytes: Buffer) => (isUtf8(bytes) ? bytes.toString('utf8') : page.decode(bytes));

  const encodeUtf8 = (text: string, field: string) => {
    if (!text.isWellFormed()) throw new InvalidInput(field, 'holds half of a character');
    return Buffer.from(text, 'utf8');
  };
  const byteOf = new Map(characters.map((character, byte) => [character, byte]));
  byteOf.delete('\ufffd');
  const encodePage = (text: string, field: string) => {
    const bytes = Array.from(text, (character) => {
      const byte = byteOf.get(character);
      if (byte === undefined)
        throw new InvalidInput(field, `holds a character that ${codePage} does not have`);
      return byte;
    });
    const encoded = Buffer.from(bytes);
    // Such bytes are also UTF-8, and would be read back as other characters.
    if (decode(encoded) !== text) throw new InvalidInput(field, `cannot be told from UTF-8 in ${codePage}`);
    return encoded;
  };

  const encode = write === 'utf-8' ? encodeUtf8 : encodePage;
  return {
    decode,
    encode(text, field) {
      // The router ends text at NUL: what follows would be lost without a word.
      if (text.includes('\0')) throw new InvalidInput(field, 'holds a NUL character');
      return encode(text, field);
    },
  };
}

function singleByteCharacters(page: TextDecoder, name: string): readonly string[] {
  const characters = Array.from({ length: 256 }, (_, byte) => page.decode(Uint8Array.of(byte, 0x41)));
  if (page.encoding === 'utf-8' || characters.some((pair) => pair.length !== 2 || !pair.endsWith('A'))) {
    throw new RangeError(`${name} is not a single-byte code page`);
  }
  return characters.map((pair) => pair.charAt(0));
}
