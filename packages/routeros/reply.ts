import { isAscii } from 'node:buffer';
import { ProtocolError } from './errors.ts';
import type { TextCodec } from './text.ts';

/** The attributes of one `!re` sentence, by their names on the wire. It has no prototype: any name is only a name. */
export type Row = Readonly<Record<string, string>>;

/** All that a command brought. */
export interface Reply {
  readonly rows: readonly Row[];
  /** The attributes of `!done`; `ret` is the id of what was added. */
  readonly done: Row;
}

/** A sentence of the router. */
export interface ReplySentence {
  /** `!re`, `!done`, `!trap`, `!empty`, `!fatal`, or what a later RouterOS adds. */
  readonly kind: string;
  readonly attributes: Row;
  /** Words that are no attributes: the reason of `!fatal`. */
  readonly words: readonly string[];
}

// A constructor without a prototype: as fast as a literal, and `__proto__` is a name like any other.
const RowObject = function (this: unknown) {} as unknown as new () => Record<string, string>;
RowObject.prototype = Object.create(null);

/** An empty row, to be filled. */
export function newRow(): Record<string, string> {
  return new RowObject();
}

const equalsSign = 0x3d;
const dot = 0x2e;
const tagPrefix = Buffer.from('.tag=');

/** What kind of reply it is. Throws ProtocolError if it is none. */
export function replyKind(words: readonly Buffer[]): string {
  const kind = words[0]?.toString('latin1', 0, 32) ?? '';
  if (!kind.startsWith('!')) throw new ProtocolError('Received a sentence that is no reply');
  return kind;
}

/** The tag of a reply, found without decoding the rest. Throws ProtocolError if it is none of our numbers. */
export function replyTag(words: readonly Buffer[]): number | undefined {
  for (let index = words.length - 1; index > 0; index -= 1) {
    const word = words[index];
    if (word === undefined || word[0] !== dot || !word.subarray(0, tagPrefix.length).equals(tagPrefix))
      continue;
    const tag = word.toString('latin1', tagPrefix.length, tagPrefix.length + 20);
    if (!/^[1-9]\d{0,14}$/.test(tag))
      throw new ProtocolError('Received a reply with a tag that was never sent');
    return Number(tag);
  }
  return undefined;
}

/** The attributes of a reply. A value may hold `=`; the last of equal names counts. */
export function replyAttributes(words: readonly Buffer[], text: TextCodec): Row {
  const row = newRow();
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined || word[0] !== equalsSign) continue;
    const written = word.toString('latin1', 1);
    const split = written.indexOf('=');
    if (split === -1) row[written] = '';
    // Nearly all words are ASCII, and need no second look.
    else if (isAscii(word)) row[written.slice(0, split)] = written.slice(split + 1);
    else row[written.slice(0, split)] = text.decode(word.subarray(split + 2));
  }
  return row;
}

/** The whole of a reply that is not one of many. */
export function parseReply(words: readonly Buffer[], text: TextCodec): ReplySentence {
  return {
    kind: replyKind(words),
    attributes: replyAttributes(words, text),
    words: words
      .slice(1)
      .flatMap((word) => (/^[=.]/.test(word.toString('latin1', 0, 1)) ? [] : [text.decode(word)])),
  };
}
