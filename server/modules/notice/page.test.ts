import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { masked } from './mask.ts';
import { noticePage } from './page.ts';

/** The page's tags with the names of their attributes: what its text, whatever it is, must not change. */
function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-zA-Z!][^\s>]*)((?:[^>"]|"[^"]*")*)>/g)].map(
    ([, tag, rest = '']) => `${tag} ${rest.replace(/"[^"]*"/g, '""')}`,
  );
}

function pageWith(text: string) {
  return noticePage({
    provider: {
      name: text,
      phone: text,
      email: text,
      address: text,
      language: 'id',
      payment_instructions: text,
      logo_at: '2026-01-15T03:00:00Z',
    },
    debtor: {
      name: text,
      is_blocked: true,
      is_used_up: true,
      invoices: [
        { id: 'a', number: text, due_date: '2026-01-20', left: '150000.00', count: 1, total: '150000.00' },
      ],
    },
    paymentUrls: new Map([['a', `https://pay.example/${encodeURIComponent(text.toWellFormed())}`]]),
    language: 'id',
  });
}

const plain = tagsOf(pageWith('Budi'));

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    '</style><style>*{display:none}</style>',
    '<!-- --!>',
    '&lt;script&gt;',
    '\ud800<b>',
    'javascript:alert(1)',
  ),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', '-', 'a', ' '), minLength: 1 }),
);

test('no name, note or number adds a tag or an attribute to the page', () => {
  assert.ok(plain.length > 30);
  fc.assert(
    fc.property(hostile, (text) => {
      assert.deepEqual(tagsOf(pageWith(text)), plain);
    }),
    { numRuns: 500 },
  );
});

test('names show how they begin and not how they go on', () => {
  assert.equal(masked('Budi Santoso'), 'Bu*** Sa***');
  assert.equal(masked('  Siti   Nur '), 'Si*** N***');
  assert.equal(masked('👩‍👩‍👧Ayu'), '👩‍👩‍👧A***');
  assert.equal(masked(''), '');
  assert.equal(masked('a b c d e f'), 'a*** b*** c*** d***');
});
