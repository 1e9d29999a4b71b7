import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InvalidInput } from './errors.ts';
import { textCodec } from './text.ts';

test('text is UTF-8 where it can be, and the code page where it cannot', () => {
  const { decode } = textCodec();
  assert.equal(decode(Buffer.from('Jalan Café')), 'Jalan Café');
  assert.equal(decode(Buffer.from('Jalan Caf\xe9 \x80', 'latin1')), 'Jalan Café €');
  assert.equal(textCodec({ codePage: 'windows-1251' }).decode(Buffer.of(0xcf, 0xf0)), 'Пр');
  assert.equal(decode(Buffer.from('\ufeffx')), '\ufeffx');
});

test('what is written in UTF-8 is read back unchanged', () => {
  const { decode, encode } = textCodec();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0'));
      assert.equal(decode(encode(text, 'comment')), text);
    }),
  );
});

test('what is written in a code page is read back unchanged, or refused', () => {
  for (const codePage of ['windows-1252', 'windows-1251', 'iso-8859-2', 'windows-1253']) {
    const { decode, encode } = textCodec({ codePage, write: 'code-page' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        const text = new TextDecoder(codePage).decode(bytes);
        try {
          assert.equal(decode(encode(text, 'comment')), text);
        } catch (error) {
          assert.ok(error instanceof InvalidInput);
        }
      }),
    );
  }
  const western = textCodec({ write: 'code-page' });
  assert.deepEqual(western.encode('é €', 'comment'), Buffer.of(0xe9, 0x20, 0x80));
  // C3 A9 is é in UTF-8.
  assert.throws(() => western.encode('Ã©', 'comment'), /comment cannot be told from UTF-8/);
});

test('what cannot be sent is refused by the name of its field, never by its value', () => {
  const refused = (text: string, write: 'utf-8' | 'code-page') => {
    assert.throws(
      () => textCodec({ write }).encode(text, 'password'),
      (error: unknown) =>
        error instanceof InvalidInput && error.field === 'password' && !error.message.includes('rahasia'),
    );
  };
  refused('rahasia\0', 'utf-8');
  refused('rahasia\ud800', 'utf-8');
  refused('rahasia\0', 'code-page');
  refused('rahasia ж', 'code-page');
});

test('only code pages of one byte a character are taken', () => {
  for (const codePage of ['gbk', 'utf-16le', 'shift_jis', 'utf-8', 'klingon']) {
    assert.throws(() => textCodec({ codePage }), RangeError);
  }
});
