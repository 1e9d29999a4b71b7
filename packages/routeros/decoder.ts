import { ProtocolError } from './errors.ts';
import { firstLengthByte } from './length.ts';

/** How much a peer may make us remember. */
export interface DecoderLimits {
  readonly maxWordBytes: number;
  readonly maxSentenceBytes: number;
  readonly maxSentenceWords: number;
}

/** Far above what any router sends: its largest values, scripts and files, end at 64 kB. */
export const defaultDecoderLimits: DecoderLimits = {
  maxWordBytes: 1 << 20,
  maxSentenceBytes: 4 << 20,
  maxSentenceWords: 4096,
};

const firstPart = 1024;

/**
 * Cuts a stream of bytes, split anywhere, into sentences. Words that lie within one chunk are not copied; others are
 * gathered in a buffer that doubles as bytes arrive, so neither a claimed length nor single bytes cost more than they bring.
 */
export class SentenceDecoder {
  readonly #limits: DecoderLimits;
  readonly #onSentence: (words: readonly Buffer[]) => void;
  #words: Buffer[] = [];
  #sentenceBytes = 0;
  /** Bytes of the length still to come. */
  #lengthLeft = 0;
  #length = 0;
  #inWord = false;
  #part: Buffer = Buffer.alloc(0);
  #partBytes = 0;
  #stopped = false;

  constructor(limits: DecoderLimits, onSentence: (words: readonly Buffer[]) => void) {
    this.#limits = limits;
    this.#onSentence = onSentence;
  }

  /** Whether what came so far ends inside a sentence. */
  get midSentence(): boolean {
    return this.#words.length > 0 || this.#inWord || this.#lengthLeft > 0;
  }

  /** Tells of each sentence that this chunk completes. Throws ProtocolError, and hears nothing after it. */
  push(chunk: Buffer): void {
    let at = 0;
    try {
      while (at < chunk.length && !this.#stopped) {
        at = this.#inWord ? this.#readWord(chunk, at) : this.#readLength(chunk, at);
      }
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Hears nothing more, not even the rest of the chunk it is at, and forgets what it had. */
  stop(): void {
    this.#stopped = true;
    this.#words = [];
    this.#part = Buffer.alloc(0);
  }

  #readLength(chunk: Buffer, at: number): number {
    const byte = chunk.readUInt8(at);
    if (this.#lengthLeft === 0) {
      const { bits, more } = firstLengthByte(byte);
      this.#length = bits;
      this.#lengthLeft = more;
    } else {
      this.#length = this.#length * 256 + byte;
      this.#lengthLeft -= 1;
    }
    if (this.#lengthLeft > 0) return at + 1;
    if (this.#length === 0) this.#endSentence();
    else this.#startWord();
    return at + 1;
  }

  #startWord(): void {
    const { maxWordBytes, maxSentenceBytes, maxSentenceWords } = this.#limits;
    if (this.#length > maxWordBytes) {
      throw new ProtocolError(`A word of ${this.#length} bytes is above the limit of ${maxWordBytes}`);
    }
    this.#sentenceBytes += this.#length;
    if (this.#sentenceBytes > maxSentenceBytes) {
      throw new ProtocolError(`A sentence is above the limit of ${maxSentenceBytes} bytes`);
    }
    if (this.#words.length >= maxSentenceWords) {
      throw new ProtocolError(`A sentence is above the limit of ${maxSentenceWords} words`);
    }
    this.#inWord = true;
  }

  #readWord(chunk: Buffer, at: number): number {
    const missing = this.#length - this.#partBytes;
    const end = Math.min(at + missing, chunk.length);
    if (this.#partBytes === 0 && end - at === missing) {
      this.#endWord(chunk.subarray(at, end));
      return end;
    }
    this.#reserve(this.#partBytes + end - at);
    chunk.copy(this.#part, this.#partBytes, at, end);
    this.#partBytes += end - at;
    if (this.#partBytes === this.#length) this.#endWord(this.#part.subarray(0, this.#length));
    return end;
  }

  #reserve(bytes: number): void {
    if (this.#part.length >= bytes) return;
    const size = Math.min(this.#length, Math.max(bytes, this.#part.length * 2, firstPart));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#part.copy(larger, 0, 0, this.#partBytes);
    this.#part = larger;
  }

  #endWord(word: Buffer): void {
    this.#words.push(word);
    this.#inWord = false;
    this.#part = Buffer.alloc(0);
    this.#partBytes = 0;
  }

  #endSentence(): void {
    const words = this.#words;
    // An empty sentence means nothing.
    if (words.length === 0) return;
    this.#words = [];
    this.#sentenceBytes = 0;
    this.#onSentence(words);
  }
}
