import { type RawBuilder, sql } from 'kysely';
import { fieldError } from './errors.ts';

/** The type of a list's ids. */
export type IdType = 'uuid' | 'bigint';

const idForms = {
  uuid: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, cast: sql`uuid` },
  bigint: { pattern: /^\d{1,18}$/, cast: sql`bigint` },
} as const;

/** The place behind a row, as clients hand it back to go on from there. */
export function encodeCursor(row: { readonly id: string; readonly created_at: string }): string {
  return Buffer.from(`${row.created_at} ${row.id}`).toString('base64url');
}

/**
 * The condition of rows of `t` that come after the cursor's, newest first.
 * @throws {AppError} validation_failed on a cursor we did not give.
 */
export function after(cursor: string, idType: IdType): RawBuilder<unknown> {
  const [, at = '', id = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+)$/.exec(
      Buffer.from(cursor, 'base64url').toString('latin1'),
    ) ?? [];
  const { pattern, cast } = idForms[idType];
  if (!isInstant(at) || !pattern.test(id)) {
    throw fieldError('cursor', {
      en: 'Use the next_cursor of an earlier answer as it is.',
      id: 'Gunakan next_cursor dari jawaban sebelumnya apa adanya.',
    });
  }
  return sql`(t.created_at, t.id) < (${at}::timestamptz, ${id}::${cast})`;
}

/** Whether PostgreSQL takes it: the day exists (`Date` would accept 30 February), and there is no year 0. */
function isInstant(text: string): boolean {
  if (text.startsWith('0000')) return false;
  try {
    return Temporal.Instant.from(text) !== undefined;
  } catch {
    return false;
  }
}
