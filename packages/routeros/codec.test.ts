import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultDecoderLimits, SentenceDecoder } from './decoder.ts';
import { encodeSentence } from './encoder.ts';
import { ProtocolError } from './errors.ts';
import { encodeLength } from './length.ts';
import { newRow, replyAttributes, replyTag } from './reply.ts';
import { textCodec } from './text.ts';

const vectors: readonly (readonly [number, string])[] = [
  [0, '00'],
  [127, '7f'],
  [128, '8080'],
  [130, '8082'],
  [0x87, '8087'],
  [0x3fff, 'bfff'],
  [0x4000, 'c04000'],
  [0x4321, 'c04321'],
  [2097140, 'dffff4'],
  [0x1fffff, 'dfffff'],
  [0x200000, 'e0200000'],
  [0x2acdef, 'e02acdef'],
  [268435440, 'effffff0'],
  [0xfffffff, 'efffffff'],
  [0x10000000, 'f010000000'],
  [0x10000080, 'f010000080'],
  [0xffffffff, 'f0ffffffff'],
];

const decoded = (chunks: readonly Uint8Array[], limits = {}) => {
  const sentences: string[][] = [];
  const decoder = new SentenceDecoder({ ...defaultDecoderLimits, ...limits }, (words) =>
    sentences.push(words.map((word) => word.toString('latin1'))),
  );
  for (const chunk of chunks) decoder.push(Buffer.from(chunk));
  return { sentences, midSentence: decoder.midSentence };
};

test('the length of a word is written as the API documents it', () => {
  for (const [length, hex] of vectors) assert.equal(Buffer.from(encodeLength(length)).toString('hex'), hex);
  for (const wrong of [-1, 1.5, 0x100000000, Number.NaN])
    assert.throws(() => encodeLength(wrong), RangeError);
});

test('a length is read as it is written, however many bytes it has', () => {
  const all = { maxWordBytes: Number.MAX_SAFE_INTEGER, maxSentenceBytes: 0 };
  for (const [length, hex] of vectors.filter(([length]) => length > 0)) {
    // The limit on sentences tells that a word of this length was understood, without having to send it.
    const bytes = Buffer.from(hex, 'hex');
    assert.throws(() => decoded([bytes], all), /sentence is above the limit/, hex);
    assert.throws(
      () => decoded([bytes], { maxWordBytes: length - 1 }),
      new RegExp(`A word of ${length} bytes`),
    );
    assert.equal(decoded([bytes.subarray(0, -1)], all).midSentence, bytes.length > 1);
  }
});

test('reserved first bytes are refused', () => {
  for (let byte = 0xf1; byte <= 0xff; byte += 1) {
    assert.throws(() => decoded([Buffer.of(byte)]), ProtocolError);
  }
});

const word = fc.uint8Array({ minLength: 1, maxLength: 300 });
const sentence = fc.array(word, { minLength: 1, maxLength: 8 });

test('sentences come out as they went in, wherever TCP splits them', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(sentence, { maxLength: 6 }), cuts, fc.nat(2), (sentences, places, empties) => {
      const wire = Buffer.concat(
        sentences.flatMap((words) => [encodeSentence(words), Buffer.alloc(empties)]),
      );
      const at = places.map((place) => place % (wire.length + 1)).sort((a, b) => a - b);
      const chunks = [0, ...at].map((from, index) => wire.subarray(from, at[index] ?? wire.length));
      const { sentences: out, midSentence } = decoded(chunks);
      assert.deepEqual(
        out,
        sentences.map((words) => words.map((bytes) => Buffer.from(bytes).toString('latin1'))),
      );
      assert.equal(midSentence, false);
    }),
    { numRuns: 500 },
  );
});

test('byte by byte is the hardest split', () => {
  fc.assert(
    fc.property(sentence, (words) => {
      const wire = encodeSentence(words);
      assert.equal(decoded(Array.from(wire, (byte) => Buffer.of(byte))).sentences.length, 1);
    }),
  );
});

test('whatever bytes come, the decoder answers with sentences or ProtocolError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
      try {
        decoded(chunks, { maxWordBytes: 500, maxSentenceBytes: 1000 });
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a claimed length costs no memory before its bytes arrive', () => {
  const before = process.memoryUsage().arrayBuffers;
  const limits = { ...defaultDecoderLimits, maxWordBytes: 1 << 30, maxSentenceBytes: 1 << 30 };
  const decoders = Array.from({ length: 100 }, () => new SentenceDecoder(limits, () => {}));
  for (const decoder of decoders) decoder.push(Buffer.concat([encodeLength(1 << 29), Buffer.alloc(10)]));
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
});

test('after a fault nothing more is heard', () => {
  const heard: unknown[] = [];
  const decoder = new SentenceDecoder(defaultDecoderLimits, (words) => heard.push(words));
  assert.throws(() => decoder.push(Buffer.of(0xff)), ProtocolError);
  decoder.push(encodeSentence([Buffer.from('!done')]));
  assert.deepEqual(heard, []);
});

test('too many words, and too many bytes in many words, are refused', () => {
  const words = Array.from({ length: 5 }, () => Buffer.from('=a=b'));
  assert.throws(() => decoded([encodeSentence(words)], { maxSentenceWords: 4 }), /4 words/);
  assert.throws(() => decoded([encodeSentence(words)], { maxSentenceBytes: 19 }), /19 bytes/);
  assert.equal(
    decoded([encodeSentence(words)], { maxSentenceWords: 5, maxSentenceBytes: 20 }).sentences.length,
    1,
  );
});

test('limits are for each sentence, not for all', () => {
  const sentence = encodeSentence(Array.from({ length: 5 }, () => Buffer.from('=a=b')));
  const limits = { maxWordBytes: 4, maxSentenceWords: 5, maxSentenceBytes: 20 };
  assert.equal(decoded([sentence, sentence, sentence], limits).sentences.length, 3);
});

test('an empty word cannot be sent: it would end the sentence', () => {
  assert.throws(() => encodeSentence([Buffer.from('/login'), Buffer.alloc(0)]), RangeError);
});

test('a value may hold =, a name may be __proto__, and order does not matter', () => {
  const words = ['!re', '.tag=7', '=comment=a=b==', '=__proto__=x', '=empty=', '=bare'].map((text) =>
    Buffer.from(text),
  );
  const row = replyAttributes(words, textCodec());
  assert.deepEqual(Object.entries(row), [
    ['comment', 'a=b=='],
    ['__proto__', 'x'],
    ['empty', ''],
    ['bare', ''],
  ]);
  assert.equal('constructor' in newRow(), false);
  assert.equal(replyTag(words), 7);
  assert.throws(() => replyTag([Buffer.from('!re'), Buffer.from('.tag=x')]), ProtocolError);
});

test('10,000 secrets of ten words are decoded at once', (t) => {
  const text = textCodec();
  const wire = Buffer.concat(
    Array.from({ length: 10_000 }, (_, index) =>
      encodeSentence(
        [
          '!re',
          `=.id=*${index.toString(16)}`,
          `=name=subscriber${index}@example`,
          `=password=secret-${index}`,
          '=service=pppoe',
          '=profile=20 Mbps',
          `=remote-address=10.0.${index >> 8}.${index & 255}`,
          '=disabled=false',
          `=comment=Pelanggan nomor ${index}`,
          '.tag=12',
        ].map((part) => Buffer.from(part)),
      ),
    ),
  );
  let rows = 0;
  const start = performance.now();
  const decoder = new SentenceDecoder(defaultDecoderLimits, (words) => {
    if (replyTag(words) === 12 && replyAttributes(words, text)['.id'] !== undefined) rows += 1;
  });
  for (let at = 0; at < wire.length; at += 65_536) decoder.push(wire.subarray(at, at + 65_536));
  const milliseconds = performance.now() - start;
  t.diagnostic(`${rows} secrets, ${wire.length} bytes, in ${milliseconds.toFixed(0)} ms`);
  assert.equal(rows, 10_000);
  assert.ok(milliseconds < 1000, `${milliseconds} ms`);
});
