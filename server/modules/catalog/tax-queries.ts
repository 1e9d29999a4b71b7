import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type TaxRow = Selectable<DB['taxes']>;

export interface TaxFilter extends PageRequest {
  readonly kind?: string | undefined;
  readonly is_active?: boolean | undefined;
}

export function listTaxRows(db: Db, filter: TaxFilter) {
  const where = [
    ...(filter.kind ? [sql`t.kind = ${filter.kind}`] : []),
    ...(filter.is_active === undefined ? [] : [sql`t.is_active = ${filter.is_active}`]),
  ];
  return listPage<TaxRow>(db, { select: sql`t.*`, from: sql`taxes t`, where }, filter);
}

export function findTax(db: Db, id: string): Promise<TaxRow | undefined> {
  return db.selectFrom('taxes').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Lets nobody else change taxes until the transaction ends; who reads them is not held up. */
export async function lockTaxes(db: Db): Promise<void> {
  await sql`lock table taxes in share row exclusive mode`.execute(db);
}

type NewTax = Pick<TaxRow, 'id' | 'name' | 'rate' | 'created_at' | 'updated_at'> & {
  readonly [K in keyof TaxRow]?: TaxRow[K] | undefined;
};

export function insertTax(db: Db, row: NewTax): Promise<TaxRow> {
  return db.insertInto('taxes').values(row).returningAll().executeTakeFirstOrThrow();
}

export function updateTaxRow(
  db: Db,
  id: string,
  values: { readonly [K in Exclude<keyof TaxRow, 'id'>]?: TaxRow[K] | undefined },
): Promise<TaxRow> {
  return db.updateTable('taxes').set(values).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

/**
 * Of the active taxes that can meet on one customer, the most there are in any area: their number, and the sum of
 * their effective rates in percent.
 */
export async function heaviestTaxes(
  db: Db,
): Promise<{ readonly count: number; readonly isTooMuch: boolean }> {
  const { rows } = await sql<{ count: number; is_too_much: boolean }>`
    select coalesce(max(n), 0)::int as count, coalesce(bool_or(rate > 100), false) as is_too_much
    from (
      select count(*) as n, round(sum(t.rate * t.base_numerator / t.base_denominator), 9) as rate
      from (select null as area union select lower(area) from taxes where is_active and area is not null) a
        join taxes t on t.is_active and (t.area is null or lower(t.area) = a.area)
      group by a.area
    ) met`.execute(db);
  return { count: rows[0]?.count ?? 0, isTooMuch: rows[0]?.is_too_much ?? false };
}
