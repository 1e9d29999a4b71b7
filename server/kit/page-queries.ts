import { type RawBuilder, sql } from 'kysely';
import { deepestOffset } from '#contract';
import { after, encodeCursor, type IdType } from './cursor-queries.ts';
import type { Db } from './db.ts';
import { fieldError } from './errors.ts';
import { largeListsOf } from './large-lists.ts';

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
  readonly idType?: IdType;
  /** For a search by part of a text. */
  readonly search?: {
    /** The table of `t`, of which a sample tells how common the part is. */
    readonly table: string;
    /** What an index can find the matches by; `where` must hold of each as well. */
    readonly indexed: RawBuilder<unknown>;
  };
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

/** Which rows of a list are asked for. */
interface Span {
  readonly from: RawBuilder<unknown>;
  readonly limit: number;
  readonly offset: number;
}

/** The condition of a list without filters. */
const always = sql`true`;
const newestFirst = sql`order by t.created_at desc, t.id desc`;

/** Joins conditions with AND. */
function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? always : sql.join(conditions, sql` and `);
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
  const from = cursor === undefined ? always : after(cursor, source.idType ?? 'uuid');
  const { rows, ...total } = await findRows<T>(db, source, { from, limit: size + 1, offset });
  const shown = rows.slice(0, size);
  const last = rows.length > size ? shown.at(-1) : undefined;
  return { rows: shown, ...total, nextCursor: last === undefined ? null : encodeCursor(last) };
}

/**
 * Gathering all matches gives both the total and the page, whatever index finds them. A list with more of them than
 * are counted is walked from its newest row instead, where a page of so many matches is soon full.
 */
async function findRows<T>(db: Db, source: PageSource, span: Span): Promise<Omit<PageRows<T>, 'nextCursor'>> {
  const large = largeListsOf(db);
  const list = sql`select 1 from ${source.from} where ${allOf(source.where)}`;
  const { sql: text, parameters } = list.compile(db);
  const name = `${text} ${JSON.stringify(parameters)}`;
  const known = large.recall(name, performance.now());
  if (known !== undefined)
    return { rows: await walk<T>(db, source, span), total: known, totalIsEstimate: true };
  const sample = source.search === undefined ? countAll : await samplePart(db, source, source.search.table);
  const found = sample.isLarge === 'maybe' ? await walkShortly<T>(db, source, span, sample) : undefined;
  if (found === undefined && sample.isLarge !== 'surely') {
    const gathered = await gather<T>(db, source, span, sample.countUpTo);
    if (gathered.total <= sample.countUpTo) return { ...gathered, totalIsEstimate: false };
  }
  const rows = found ?? (await walk<T>(db, source, span));
  const total = Math.max(sample.total ?? (await estimateRows(db, list)), sample.countUpTo + 1);
  large.remember(name, total, performance.now());
  return { rows, total, totalIsEstimate: true };
}

interface Sample {
  /** How many matches are worth counting one by one. */
  readonly countUpTo: number;
  /** Whether there are more than that. */
  readonly isLarge: 'hardly' | 'maybe' | 'surely';
  /** How many there are if the sample is like the rest; of a part that it has. */
  readonly total?: number;
  /** The newest rows among which that many matches fill a page of one row. */
  readonly rowsPerMatch: number;
}

const countAll: Sample = { countUpTo: deepestOffset, isLarge: 'hardly', rowsPerMatch: 0 };

/** Up to this size every match of a part-search is counted, up to 10,000 as in any list. */
const smallTable = 50_000;
/**
 * In a larger table matches are counted up to here (ADR 5). To gather n matches scattered in a million rows takes
 * 2 µs each, to walk to twenty of them 9 s / n: at 3,000 both take some milliseconds, and neither way takes longer.
 */
const countedInLarge = 3_000;
/** Enough to tell 3,000 in a million, of which it holds three, from what is common. */
const sampleSize = 1_000;
/** Hits in the sample from which on it is worth trying whether the newest rows fill the page. */
const perhapsLarge = 2;
/** And from which on there are surely more than are counted: three times what 3,000 would give. */
const surelyLarge = 10;
/** A walk past so many rows takes 20 ms; a page that is not full by then is gathered. */
const longestWalk = 50_000;

/**
 * Looks for a part of a text in rows from all over the table: half a millisecond that saves gathering what is common.
 * Not in the newest rows, which are alike after an import.
 */
async function samplePart(db: Db, source: PageSource, table: string): Promise<Sample> {
  const size = await tableSize(db, table);
  if (size <= smallTable) return countAll;
  const { rows } = await sql<{ seen: number; hits: number }>`
    select count(*)::int as seen, (count(*) filter (where ${allOf(source.where)}))::int as hits
    from ${sql.table(table)} t tablesample system (${(100 * sampleSize) / size})`.execute(db);
  const { seen, hits } = rows[0] ?? { seen: 0, hits: 0 };
  const common = { countUpTo: countedInLarge, rowsPerMatch: size / countedInLarge };
  if (hits < perhapsLarge) return { ...common, isLarge: 'hardly' };
  const total = Math.round((hits / seen) * size);
  return { ...common, total, isLarge: hits >= surelyLarge && total > countedInLarge ? 'surely' : 'maybe' };
}

/** The rows of a table as it was last analysed. */
async function tableSize(db: Db, table: string): Promise<number> {
  const { rows } = await sql<{ size: number }>`
    select reltuples::int as size from pg_class where oid = ${table}::regclass`.execute(db);
  return rows[0]?.size ?? 0;
}

/** The page, if the newest rows fill it as they would were there more matches than are counted. */
async function walkShortly<T>(
  db: Db,
  source: PageSource,
  span: Span,
  sample: Sample,
): Promise<readonly T[] | undefined> {
  const reach = Math.ceil((span.offset + span.limit) * sample.rowsPerMatch);
  if (source.search === undefined || reach > longestWalk) return undefined;
  const { rows } = await sql<T>`
    with page as materialized (
      select t.id from (
        select * from ${sql.table(source.search.table)} t where ${span.from} ${newestFirst} limit ${reach}
      ) t where ${allOf(source.where)} ${newestFirst} limit ${span.limit} offset ${span.offset}
    )
    select ${source.select} from ${source.from} where t.id in (select id from page) ${newestFirst}`.execute(
    db,
  );
  return rows.length === span.limit ? rows : undefined;
}

/** The page and the number of all matches, which stops at one more than is counted; then there are no rows. */
async function gather<T>(
  db: Db,
  source: PageSource,
  span: Span,
  countUpTo: number,
): Promise<{ rows: readonly T[]; total: number }> {
  const where = source.search ? [source.search.indexed, ...source.where] : source.where;
  const { rows } = await sql<T & { page_total: number; id: string | null }>`
    with hits as materialized (
      select t.id, t.created_at from ${source.from} where ${allOf(where)} limit ${countUpTo + 1}
    ), counted as materialized (
      select count(*)::int as page_total from hits
    ), page as (
      select t.id from hits t where (select page_total from counted) <= ${countUpTo} and ${span.from}
      ${newestFirst} limit ${span.limit} offset ${span.offset}
    )
    select * from counted
      left join (select ${source.select} from ${source.from} where t.id in (select id from page)) t on true
    ${newestFirst}`.execute(db);
  const [first] = rows;
  if (!first) throw new Error('A count gave no row.');
  // Without matches the outer join still gives the count, on a row of nulls.
  return {
    rows: first.id === null ? [] : rows.map(({ page_total: _, ...row }) => row as T),
    total: first.page_total,
  };
}

async function walk<T>(db: Db, source: PageSource, span: Span): Promise<readonly T[]> {
  const { rows } = await sql<T>`
    select ${source.select} from ${source.from} where ${allOf([...source.where, span.from])}
    ${newestFirst} limit ${span.limit} offset ${span.offset}`.execute(db);
  return rows;
}

async function estimateRows(db: Db, list: RawBuilder<unknown>): Promise<number> {
  const plan = await sql<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }];
  }>`explain (format json) ${list}`.execute(db);
  return plan.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}
