import type { RequestOf, ResponseOf, reports } from '#contract';
import { AppError, type Language } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { cursorOf, customerExists, listHappenings } from './timeline-queries.ts';
import { sentenceOf } from './words.ts';

type Timeline = (typeof reports)['customerTimeline'];

/** Everything that happened to a customer, newest first. @throws {AppError} not_found */
export async function answerTimeline(
  kit: Kit,
  { params, query }: RequestOf<Timeline>,
  spoken: Language,
): Promise<ResponseOf<Timeline>> {
  if (!(await customerExists(kit.db, params.id))) throw new AppError('not_found');
  const { per_page: size, cursor } = query;
  const rows = await listHappenings(kit.db, params.id, { cursor, limit: size + 1 });
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return {
    data: shown.map((row) => ({ ...row, text: sentenceOf(row, query.language ?? spoken) })),
    next_cursor: rows.length > size && last !== undefined ? cursorOf(last) : null,
  };
}
