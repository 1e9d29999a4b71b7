import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeSentences, FramingError, SentenceDecoder, toBytes, toText } from './codec.ts';

const lengthOf = (length: number) =>
  encodeSentences([['x'.repeat(length)]])
    .subarray(0, -1 - length)
    .toString('hex');

test('lengths are written as the protocol has them', () => {
  assert.equal(lengthOf(1), '01');
  assert.equal(lengthOf(127), '7f');
  assert.equal(lengthOf(0x87), '8087');
  assert.equal(lengthOf(130), '8082');
  assert.equal(lengthOf(0x4321), 'c04321');
  assert.equal(lengthOf(2_097_140), 'dffff4');
  assert.equal(lengthOf(0x2acdef), 'e02acdef');
});

const byteText = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const sentences = fc.array(fc.array(byteText, { minLength: 1, maxLength: 6 }), { maxLength: 8 });

test('whatever is sent is read as it was, however it is cut', () => {
  fc.assert(
    fc.property(sentences, fc.array(fc.nat(40), { minLength: 1 }), (sent, cuts) => {
      const bytes = encodeSentences(sent);
      const decoder = new SentenceDecoder();
      const read: (readonly string[])[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = 1 + (cuts[turn % cuts.length] ?? 0);
        read.push(...decoder.push(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(read, sent);
    }),
  );
});

test('empty sentences are passed over', () => {
  const bytes = Buffer.concat([Buffer.alloc(3), encodeSentences([['/quit']]), Buffer.alloc(2)]);
  assert.deepEqual(new SentenceDecoder().push(bytes), [['/quit']]);
});

test('reserved bytes and words beyond a megabyte are refused before they are waited for', () => {
  assert.throws(() => new SentenceDecoder().push(Buffer.from('f8', 'hex')), FramingError);
  assert.throws(() => new SentenceDecoder().push(Buffer.from('ffffffffff', 'hex')), FramingError);
  assert.throws(() => new SentenceDecoder().push(Buffer.from('f010000080', 'hex')), FramingError);
});

test('text goes through byte strings unharmed', () => {
  assert.equal(toText(toBytes('Kafé Ñusa 網')), 'Kafé Ñusa 網');
  assert.equal(toBytes('é').length, 2);
});
