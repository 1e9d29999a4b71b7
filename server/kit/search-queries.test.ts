import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { testApp } from '../../test/support/test-app.ts';
import { hasGrams } from './search-queries.ts';

const character = fc.oneof(
  fc.constantFrom(...'ab 1\'"\\%_&|!():*<>-é日😀'),
  fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
);

test('law: the index finds every text that contains the part, whatever signs it is of', async () => {
  await using nadi = await testApp();
  await fc.assert(
    fc.asyncProperty(
      fc.array(character, { minLength: 3, maxLength: 12 }),
      fc.array(character, { maxLength: 8 }),
      fc.array(character, { maxLength: 8 }),
      async (part, before, after) => {
        const text = [...before, ...part, ...after].join('').toLowerCase();
        const condition = hasGrams(sql`${text}::text`, part.join(''));
        const { rows } = await sql<{ found: boolean }>`select ${condition} as found`.execute(nadi.kit.db);
        assert.equal(rows[0]?.found, true);
      },
    ),
    { numRuns: 300 },
  );
});

test('what does not have the runs is not found', async () => {
  await using nadi = await testApp();
  for (const part of ['lestari han', '0812345', 'zzz', "o'n"]) {
    const { rows } = await sql<{ found: boolean }>`
      select ${hasGrams(sql`'budi santoso 08123 45'::text`, part)} as found`.execute(nadi.kit.db);
    assert.equal(rows[0]?.found, false, part);
  }
});
