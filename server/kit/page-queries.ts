import { type RawBuilder, sql } from 'kysely';
import { deepestOffset } from '#contract';
import type { Db } from './db.ts';
import { fieldError } from './errors.ts';

export interface PageRequest {
  readonly page: number;
  readonly per_page: number;
  readonly cursor?: string | undefined;
}

export interface PageSource {
  /** Columns to answer; the listed table is `t`, and `t.created_at` and `t.id` order it. */
  readonly select: RawBuilder<unknown>;
  readonly from: RawBuilder<unknown>;
  readonly where: readonly RawBuilder<unknown>[];
  /** The type of `t.id`: uuid unless said. */
  readonly idType?: 'uuid' | 'bigint';
}

export interface PageRows<T> {
  readonly rows: readonly T[];
  readonly total: number;
  readonly totalIsEstimate: boolean;
  readonly nextCursor: string | null;
}

interface Keyed {
  readonly id: string;
  readonly created_at: string;
}

/** The condition of a list without filters. */
const always = sql`true`;

/** Joins conditions with AND. */
function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? always : sql.join(conditions, sql` and `);
}

/** A LIKE pattern that finds `text` anywhere, taken literally. */
export function containing(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}

/**
 * One page, newest first, by number or by cursor. The total is exact up to 10,000 and the planner's estimate above.
 * @throws {AppError} validation_failed on `page` deeper than 10,000 rows, or on a `cursor` we did not give.
 */
export async function listPage<T extends Keyed>(
  db: Db,
  source: PageSource,
  request: PageRequest,
): Promise<PageRows<T>> {
  const { page, per_page: size, cursor } = request;
  const offset = cursor === undefined ? (page - 1) * size : 0;
  if (offset > deepestOffset) {
    throw fieldError('page', {
      en: `Pages reach ${deepestOffset} rows deep; go on with the cursor in next_cursor, or narrow the filter.`,
      id: `Halaman hanya sampai ${deepestOffset} baris; lanjutkan dengan next_cursor, atau persempit saringan.`,
    });
  }
  const conditions =
    cursor === undefined ? source.where : [...source.where, after(cursor, source.idType ?? 'uuid')];
  const [{ rows }, total] = await Promise.all([
    sql<T>`
      select ${source.select} from ${source.from} where ${allOf(conditions)}
      order by t.created_at desc, t.id desc limit ${size + 1} offset ${offset}`.execute(db),
    countRows(db, source),
  ]);
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { rows: shown, ...total, nextCursor: last === undefined ? null : encodeCursor(last) };
}

async function countRows(db: Db, source: PageSource): Promise<{ total: number; totalIsEstimate: boolean }> {
  const where = allOf(source.where);
  const counted = await sql<{ count: number }>`
    select count(*)::int as count from (select 1 from ${source.from} where ${where} limit ${deepestOffset + 1}) c`.execute(
    db,
  );
  const count = counted.rows[0]?.count ?? 0;
  if (count <= deepestOffset) return { total: count, totalIsEstimate: false };
  const plan = await sql<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>`
    explain (format json) select 1 from ${source.from} where ${where}`.execute(db);
  const estimate = plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
  return { total: Math.max(estimate, deepestOffset + 1), totalIsEstimate: true };
}

function encodeCursor(row: Keyed): string {
  return Buffer.from(`${row.created_at} ${row.id}`).toString('base64url');
}

const idForms = {
  uuid: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, cast: sql`uuid` },
  bigint: { pattern: /^\d{1,18}$/, cast: sql`bigint` },
} as const;

function after(cursor: string, idType: 'uuid' | 'bigint'): RawBuilder<unknown> {
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
