import { type RawBuilder, sql } from 'kysely';

/** A LIKE pattern that finds `text` anywhere, taken literally. */
export function containing(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * The condition that `nadi_grams(column)` has every run of four characters of `text`, which has three characters or
 * more: an index answers it. Whatever contains the text has them; what has them may not contain it, so LIKE decides.
 */
export function hasGrams(column: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  // PostgreSQL counts characters by code points, as this does.
  const characters = Array.from(text.toLowerCase());
  const last = characters.length - 4;
  const runs = Array.from({ length: last + 1 }, (_, start) => characters.slice(start, start + 4).join(''));
  const query = last < 0 ? `${quoted(characters.join(''))}:*` : runs.map(quoted).join(' & ');
  return sql`nadi_grams(${column}) @@ ${query}::tsquery`;
}

/** A lexeme as tsquery takes it literally. */
function quoted(run: string): string {
  return `'${run.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
