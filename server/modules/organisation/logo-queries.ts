import type { Selectable } from 'kysely';
import type { DB, Db } from '#kit/db.ts';

export type LogoRow = Selectable<DB['organisation_logo']>;

export function findLogo(db: Db): Promise<LogoRow | undefined> {
  return db.selectFrom('organisation_logo').selectAll().executeTakeFirst();
}

export function putLogoRow(db: Db, row: Omit<LogoRow, 'organisation_id'>): Promise<LogoRow> {
  return db
    .insertInto('organisation_logo')
    .values(row)
    .onConflict((conflict) => conflict.column('organisation_id').doUpdateSet(row))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The logo that was there. */
export function deleteLogoRow(db: Db): Promise<LogoRow | undefined> {
  return db.deleteFrom('organisation_logo').returningAll().executeTakeFirst();
}
